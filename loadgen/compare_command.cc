// SPDX-License-Identifier: Apache-2.0
#include "loadgen/compare_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "config/exit_request.h"
#include "loadgen/comparison.h"
#include "loadgen/json_text.h"
#include "loadgen/result_command.h"
#include "program/result_file.h"

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHelp =
    R"(usage: mailvoid-loadgen compare A.json... --with B.json... [--json]

Tells what changed from the runs A to the runs B, and whether that means
anything: medians, the 95 % interval of their difference (bootstrap), and the
p value of the Mann-Whitney U test. From one run a side nobody can tell; four
a side is the least that can show a difference. Let runs of A and B alternate,
and give each of them once.

  A.json...            results that --json wrote, of the same load
  --with B.json...     those that they are compared with
  --json               the comparison as JSON
  -h, --help           this text

example:
  for i in 1 2 3 4 5; do
    mailvoid-loadgen old.test:25 --json old$i.json
    mailvoid-loadgen new.test:25 --json new$i.json
  done
  mailvoid-loadgen compare old*.json --with new*.json
)";

// A figure that runs are compared by.
struct Figure {
  std::string_view name;
  std::string_view unit;
  double scale;  // to that unit
  std::string_view path;
  std::string_view per;  // divided by this, "" for nothing
};
constexpr Figure kFigures[] = {
    {"accepted messages", "/s", 1, "/rate_per_second", ""},
    {"message p50", "ms", 1e3, "/latency_seconds/message/p50", ""},
    {"message p90", "ms", 1e3, "/latency_seconds/message/p90", ""},
    {"message p99", "ms", 1e3, "/latency_seconds/message/p99", ""},
    {"message p99.9", "ms", 1e3, "/latency_seconds/message/p99_9", ""},
    {"from the send p99", "ms", 1e3, "/service_seconds/message/p99", ""},
    {"connect p99", "ms", 1e3, "/latency_seconds/connect/p99", ""},
    {"rejected", "%", 100, "/messages/rejected", "/messages/started"},
    {"failed", "%", 100, "/messages/failed", "/messages/started"},
    {"generator's CPU", "us/message", 1e6, "/generator/cpu_seconds", "/messages/started"},
};

double number_at(const Json& result, std::string_view path) {
  const Json::json_pointer pointer{std::string(path)};
  return result.contains(pointer) && result[pointer].is_number() ? result[pointer].get<double>() : NAN;
}

// Of the runs that have it.
std::vector<double> figures(const std::vector<Json>& runs, const Figure& figure) {
  std::vector<double> values;
  for (const Json& run : runs) {
    const double per = figure.per.empty() ? 1 : number_at(run, figure.per);
    const double value = number_at(run, figure.path) * figure.scale / per;
    if (std::isfinite(value)) values.push_back(value);
  }
  return values;
}

std::string_view name_of(Difference difference) {
  switch (difference) {
    case Difference::cannot_tell: return "cannot tell";
    case Difference::none_shown: return "no difference shown";
    case Difference::less: return "less";
    case Difference::more: return "more";
  }
  return "";
}

std::string change_text(const Comparison& compared) {
  if (compared.median_a == 0) return compared.median_b == 0 ? "0 %" : "-";
  return fmt::format("{:+.1f} %", (compared.median_b / compared.median_a - 1) * 100);
}

std::string row_text(const Figure& figure, const Comparison& compared) {
  const std::string interval = compared.interval ? fmt::format("{:+.4g} to {:+.4g}", compared.interval->first,
                                                               compared.interval->second)
                                                 : "-";
  return fmt::format("{:<30} {:>11.4g} {:>11.4g} {:>9}  {:<24} {:<7.2g} {}\n",
                     fmt::format("{}, {}", figure.name, figure.unit), compared.median_a, compared.median_b,
                     change_text(compared), interval, compared.p, name_of(compared.difference));
}

Json row_json(const Figure& figure, const Comparison& compared, std::span<const double> a,
              std::span<const double> b) {
  Json interval;
  if (compared.interval) interval = {compared.interval->first, compared.interval->second};
  return {{"figure", figure.name},
          {"unit", figure.unit},
          {"a", a},
          {"b", b},
          {"median_a", compared.median_a},
          {"median_b", compared.median_b},
          {"difference_95", interval},
          {"p", compared.p},
          {"verdict", name_of(compared.difference)}};
}

// Options that say what was sent, and how: figures of runs that differ in one of these tell of that as well.
constexpr const char* kLoadOptions[] = {"rate_per_second",
                                        "stages",
                                        "arrivals",
                                        "sessions",
                                        "duration_seconds",
                                        "messages",
                                        "think_seconds",
                                        "messages_per_session",
                                        "size",
                                        "size_bytes",
                                        "content",
                                        "mail",
                                        "recipients",
                                        "pipelining",
                                        "overlap",
                                        "lmtp",
                                        "bdat_bytes",
                                        "tls",
                                        "auth_user",
                                        "tls_resume_percent",
                                        "retry",
                                        "bad_clients_percent",
                                        "bad_kinds"};

// What makes a comparison doubtful, a line each.
std::vector<std::string> doubts(const std::vector<Json>& a, const std::vector<Json>& b) {
  std::vector<std::string> lines;
  if (least_p(a.size(), b.size()) > 0.05) {
    lines.push_back(
        fmt::format("{} against {} {}: nobody can tell whether a difference is more than chance; four a side "
                    "is the least",
                    a.size(), b.size(), a.size() == 1 && b.size() == 1 ? "run" : "runs"));
  }
  std::size_t invalid = 0;
  std::size_t other_load = 0;
  std::vector<std::string> differing;
  for (const std::vector<Json>* side : {&a, &b}) {
    for (const Json& run : *side) {
      if (!run.value("valid", true)) ++invalid;
      bool other = false;
      for (const char* option : kLoadOptions) {
        const Json::json_pointer pointer(std::string("/options/") + option);
        if (run.value(pointer, Json()) == a[0].value(pointer, Json())) continue;
        other = true;
        if (std::ranges::find(differing, option) == differing.end()) differing.emplace_back(option);
      }
      other_load += other ? 1 : 0;
    }
  }
  if (invalid > 0)
    lines.push_back(
        fmt::format("{} of the runs are invalid: their generator could not keep its plan", invalid));
  if (other_load > 0)
    lines.push_back(fmt::format("{} of the runs had another load than the first: another {}", other_load,
                                fmt::join(differing, ", ")));
  return lines;
}

std::string comparison_text(const std::vector<Json>& a, const std::vector<Json>& b, bool as_json) {
  const std::vector<std::string> warnings = doubts(a, b);
  Json rows = Json::array();
  std::string text = fmt::format("{} and {} runs\n\n{:<30} {:>11} {:>11} {:>9}  {:<24} {:<7} {}\n", a.size(),
                                 b.size(), "medians", "A", "B", "change", "B - A, 95 %", "p", "B against A");
  for (const Figure& figure : kFigures) {
    const std::vector<double> of_a = figures(a, figure);
    const std::vector<double> of_b = figures(b, figure);
    if (of_a.empty() || of_b.empty()) continue;
    const Comparison compared = compare(of_a, of_b);
    text += row_text(figure, compared);
    rows.push_back(row_json(figure, compared, of_a, of_b));
  }
  for (const std::string& warning : warnings) text += fmt::format("\n{}\n", warning);
  if (as_json) {
    text = json_text({{"runs_a", a.size()}, {"runs_b", b.size()}, {"figures", rows}, {"doubts", warnings}});
  }
  return text;
}

}  // namespace

int compare_command(int argc, const char* const* argv) {
  ResultCommand command("compare", kHelp);
  std::vector<std::string> paths[2];
  bool as_json = false;
  command.options().add_option("A.json", paths[0]);
  command.options().add_option("--with", paths[1]);
  command.options().add_flag("--json", as_json);
  if (const auto ended = command.parse(argc, argv)) return *ended;
  if (paths[0].empty() || paths[1].empty()) {
    return command.misused("results on both sides are needed: A.json --with B.json");
  }
  std::vector<Json> runs[2];
  std::set<std::string> given;
  for (const int side : {0, 1}) {
    for (const std::string& path : paths[side]) {
      auto result = read_run_result(path);
      if (!result) return command.failed(result.error());
      // Nothing is learned from a run by counting it twice, but chance would seem smaller.
      const std::string run = result->json.value("run_id", "");
      if (!run.empty() && !given.insert(run).second) {
        return command.failed(path + ": is a run that was given already");
      }
      runs[side].push_back(std::move(result->json));
    }
  }
  auto output = program::ResultFile::open(as_json ? "--json" : "output", "-");
  const auto written = output->write(comparison_text(runs[0], runs[1], as_json));
  return written ? config::kExitDone : command.failed(written.error());
}

}  // namespace mailvoid::loadgen
