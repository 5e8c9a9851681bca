// SPDX-License-Identifier: Apache-2.0
#include "loadgen/merge_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/say.h"
#include "config/exit_request.h"
#include "loadgen/exit_codes.h"
#include "loadgen/json_text.h"
#include "loadgen/merge_results.h"
#include "loadgen/result_command.h"
#include "program/result_file.h"

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHelp =
    R"(usage: mailvoid-loadgen merge A.json B.json... [-o FILE]

Makes one result of those of several processes or hosts that made one load
together: counts and histograms are added exactly, and the time series are
laid over each other by the time at which each began. It is valid if all are,
and held to the thresholds that they were held to, by the figures of the whole.

  A.json B.json...     results that --json wrote
  -o, --output FILE    where the result goes (standard output)
  --threshold EXPR     hold it to this, too: message.p99<250ms; may be repeated
                       (docs/thresholds.md)
  -h, --help           this text

Exit codes are those of a run: 0, 98 for a load that is not valid, 99 for a
threshold that failed.

example:
  mailvoid-loadgen mta.test:25 --rate 2000/s --shard-of 0/2 --json a.json &
  mailvoid-loadgen mta.test:25 --rate 2000/s --shard-of 1/2 --json b.json; wait
  mailvoid-loadgen merge a.json b.json -o both.json
)";

// What is not as it should be is said on stderr.
int exit_code_of(const Json& merged) {
  bool failed = false;
  for (const Json& threshold : merged.at("thresholds")) {
    if (threshold.at("passed").get<bool>()) continue;
    failed = true;
    say(stderr, "mailvoid-loadgen merge: failed: {}\n", threshold.at("expression").get<std::string>());
  }
  for (const Json& reason : merged.at("invalid_reasons")) {
    say(stderr, "mailvoid-loadgen merge: invalid: {}\n", reason.get<std::string>());
  }
  if (failed) return kExitThreshold;
  const bool borne = merged.at("options").at("allow_invalid").get<bool>();
  return merged.at("valid").get<bool>() || borne ? config::kExitDone : kExitInvalid;
}

}  // namespace

int merge_command(int argc, const char* const* argv) {
  ResultCommand command("merge", kHelp);
  std::vector<std::string> paths;
  std::vector<std::string> expressions;
  std::string output = "-";
  command.options().add_option("A.json", paths);
  command.options().add_option("-o,--output", output);
  command.options().add_option("--threshold", expressions)->expected(1)->take_all();
  if (const auto ended = command.parse(argc, argv)) return *ended;
  if (paths.size() < 2) return command.misused("two results at least are needed");
  std::vector<Threshold> thresholds;
  for (const std::string& expression : expressions) {
    const auto threshold = parse_threshold(expression);
    if (!threshold) return command.misused("--threshold: " + threshold.error());
    thresholds.push_back(*threshold);
  }
  std::vector<NamedResult> parts;
  for (const std::string& path : paths) {
    auto result = read_run_result(path);
    if (!result) return command.failed(result.error());
    parts.push_back({path, std::move(result->json)});
  }
  const auto merged = merge_results(parts, thresholds);
  if (!merged) return command.failed(merged.error());
  auto file = program::ResultFile::open("--output", output);
  if (!file) return command.failed(file.error());
  if (const auto written = file->write(json_text(*merged)); !written) return command.failed(written.error());
  return exit_code_of(*merged);
}

}  // namespace mailvoid::loadgen
