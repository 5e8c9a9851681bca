// SPDX-License-Identifier: Apache-2.0
#include "loadgen/merge_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "loadgen/environment.h"
#include "loadgen/error_examples_json.h"
#include "loadgen/latency_json.h"
#include "loadgen/result_judge.h"
#include "loadgen/series_json.h"
#include "loadgen/threshold_json.h"

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;
using Parts = std::vector<NamedResult>;

// Told as a value by merge_results().
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Options in which the processes of one load may differ.
const std::set<std::string> kOwnOptions{"target",
                                        "resolver",
                                        "resolver_timeout_seconds",
                                        "allow_public_target",
                                        "sources",
                                        "shards",
                                        "shard_cpus",
                                        "sessions",
                                        "shard_of",
                                        "helo",
                                        "simd",
                                        "ring_disable",
                                        "ring_entries",
                                        "interval_seconds"};
constexpr const char* kSums[] = {"messages",    "recipients", "deliveries",      "degraded", "tls",
                                 "connections", "replies",    "replies_by_step", "errors",   "generator"};

// What a result must have to be merged; that of a version before this one may lack some.
constexpr const char* kNeeded[] = {"run_id",
                                   "started_at",
                                   "mode",
                                   "valid",
                                   "interrupted",
                                   "invalid_reasons",
                                   "environment",
                                   "options",
                                   "duration_seconds",
                                   "measured",
                                   "plan",
                                   "targets",
                                   "mix",
                                   "thresholds",
                                   "error_examples",
                                   "series",
                                   "histograms",
                                   "service_histograms",
                                   "lag_histograms",
                                   "latency_seconds"};

// Those that are added hold counts, times and shares, null where there is none; what is not one of these
// would be left out of the sum, or spoil it.
void check_sums(const std::string& part, const std::string& path, const Json& value) {
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) check_sums(part, path + "." + name, member);
    return;
  }
  const bool is_measure = path.find("seconds") != path.npos || path.find("percent") != path.npos;
  const bool fits = is_measure ? value.is_number() && value.get<double>() >= 0 : value.is_number_unsigned();
  if (!fits && !value.is_null()) {
    throw Fault(fmt::format("{}: '{}' is {}, which is no {}", part, path, value.dump(),
                            is_measure ? "time or share" : "count"));
  }
}

void check_members(const NamedResult& part) {
  const auto check = [&part](const char* name) {
    if (part.result.contains(name)) return;
    throw Fault(fmt::format("{}: has no '{}', which results of this version have", part.name, name));
  };
  for (const char* name : kNeeded) check(name);
  for (const char* name : kSums) check(name);
  for (const char* name : kSums) check_sums(part.name, name, part.result.at(name));
  for (const char* name : {"measured", "bad_clients", "retries"}) {
    check_sums(part.name, name, part.result.value(name, Json()));
  }
}

// Numbers are added, members of objects each for itself; of the rest the first one's stays.
void add(Json& to, const Json& from) {
  if (to.is_object() && from.is_object()) {
    for (const auto& [name, value] : from.items()) {
      if (to.contains(name)) {
        add(to[name], value);
      } else {
        to[name] = value;
      }
    }
  } else if (to.is_number_unsigned() && from.is_number_unsigned()) {
    to = to.get<std::uint64_t>() + from.get<std::uint64_t>();
  } else if (to.is_number() && from.is_number()) {
    to = to.get<double>() + from.get<double>();
  }
}

// What makes a mix the same: its parts' names and weights.
std::vector<std::pair<std::string, std::uint64_t>> mix_of(const Json& result) {
  std::vector<std::pair<std::string, std::uint64_t>> parts;
  for (const Json& part : result.at("mix")) parts.emplace_back(part.at("name"), part.at("weight"));
  return parts;
}

// What no other run has, of the run or of those that it was merged of.
std::vector<std::string> runs_in(const Json& result) {
  const auto mark = [](const Json& of, const Json& shard_of) {
    return of.at("run_id").get<std::string>() + of.at("started_at").get<std::string>() +
           shard_of.get<std::string>();
  };
  if (!result.contains("merged")) return {mark(result, result.at("options").at("shard_of"))};
  std::vector<std::string> marks;
  for (const Json& part : result.at("merged")) marks.push_back(mark(part, part.at("shard_of")));
  return marks;
}

void check(const Parts& parts) {
  std::set<std::string> runs;
  std::set<std::string> shares;
  const Json& first = parts[0].result;
  for (const NamedResult& part : parts) check_members(part);
  for (const NamedResult& part : parts) {
    for (const std::string& run : runs_in(part.result)) {
      if (!runs.insert(run).second) throw Fault(part.name + ": is a run that was given already");
    }
    if (part.result.at("mode") != first.at("mode")) {
      throw Fault(part.name + ": is of another mode than " + parts[0].name);
    }
    if (mix_of(part.result) != mix_of(first)) {
      throw Fault(part.name + ": has another mix than " + parts[0].name);
    }
    for (const auto& [name, value] : part.result.at("options").items()) {
      const Json& other = first.at("options").value(name, Json());
      if (kOwnOptions.contains(name) || value == other) continue;
      throw Fault(fmt::format("{}: is of another load than {}: {} is {}, not {}", part.name, parts[0].name,
                              name, value.dump(), other.dump()));
    }
    const std::string share = part.result.at("options").at("shard_of");
    if (first.at("mode") == "open" && share != "0/1" && !shares.insert(share).second) {
      throw Fault(fmt::format("{}: is part {} of the plan, which another is, too", part.name, share));
    }
  }
}

// Since the earliest of them began.
std::vector<Duration> offsets(const Parts& parts, std::string& earliest) {
  std::vector<std::chrono::system_clock::time_point> begun;
  for (const NamedResult& part : parts) {
    const auto when = parse_iso_time(part.result.at("started_at").get<std::string>());
    if (!when) throw Fault(part.name + ": has no time in 'started_at'");
    begun.push_back(*when);
  }
  const auto first = *std::ranges::min_element(begun);
  earliest = iso_time(first);
  std::vector<Duration> offsets;
  for (const auto when : begun) offsets.push_back(when - first);
  return offsets;
}

// Each point goes whole to the interval of the merged series that its middle lies in.
TimeSeries merged_series(const Parts& parts, const std::vector<Duration>& offsets) {
  std::vector<TimeSeries> all;
  TimeSeries merged;
  for (const NamedResult& part : parts) {
    auto series = parse_series(part.result.at("series"));
    if (!series) throw Fault(fmt::format("{}: 'series' {}", part.name, series.error()));
    merged.interval = std::max(merged.interval, series->interval);
    merged.open_loop = merged.open_loop || series->open_loop;
    all.push_back(std::move(*series));
  }
  constexpr std::int64_t kCellsMax = 100'000;
  for (std::size_t i = 0; i < all.size(); ++i) {
    // Whole intervals, or two points of one series could fall on one.
    const std::int64_t offset = (offsets[i] + merged.interval / 2) / merged.interval;
    const auto cell_of = [&](const SeriesPoint& point) {
      return offset + (point.at - point.length / 2) / merged.interval;
    };
    for (const SeriesPoint& point : all[i].points) {
      const std::int64_t cell = cell_of(point);
      if (cell < 0 || cell > kCellsMax) throw Fault(parts[i].name + ": is too far from the others in time");
      const auto at = static_cast<std::size_t>(cell);
      while (merged.points.size() <= at) {
        SeriesPoint empty;
        empty.length = merged.interval;
        empty.at = merged.interval * (static_cast<std::int64_t>(merged.points.size()) + 1);
        merged.points.push_back(std::move(empty));
      }
      SeriesPoint& to = merged.points[at];
      for (const SeriesCount& count : kSeriesCounts) {
        // Of what is so at the end of an interval, the last of each series that falls into it.
        if (count.at_end && &point != &all[i].points.back() && cell_of(*(&point + 1)) == cell) continue;
        to.counts.*count.member += point.counts.*count.member;
      }
      to.latency.merge(point.latency);
      to.service.merge(point.service);
      to.lag.merge(point.lag);
      // Planned starts of this point, spread over the interval of the merged one.
      const double share = std::chrono::duration<double>(point.length) / merged.interval;
      if (point.target_rate) to.target_rate = to.target_rate.value_or(0) + *point.target_rate * share;
    }
  }
  return merged;
}

stats::SparseHistogram histogram_of(const NamedResult& part, const std::string& where, const Json& object) {
  auto histogram = parse_histogram(object);
  if (!histogram) throw Fault(fmt::format("{}: '{}' {}", part.name, where, histogram.error()));
  return std::move(*histogram);
}

// The members that follow from histograms: `exact` by name, and their summaries.
void merge_histograms(const Parts& parts, const char* exact, const char* summary, Json& to) {
  Json merged = Json::object();
  for (const NamedResult& part : parts) {
    for (const auto& [name, value] : part.result.at(exact).items()) {
      auto histogram = histogram_of(part, fmt::format("{}.{}", exact, name), value);
      if (merged.contains(name)) histogram.merge(*parse_histogram(merged[name]));
      merged[name] = histogram_json(histogram);
    }
  }
  if (summary != nullptr) {
    for (const auto& [name, value] : merged.items())
      to[summary][name] = latency_json(parse_histogram(value)->expanded());
  }
  to[exact] = std::move(merged);
}

// Each part of the mix for itself.
void merge_mix(const Parts& parts, Json& to) {
  for (std::size_t i = 0; i < to["mix"].size(); ++i) {
    Json& merged = to["mix"][i];
    stats::SparseHistogram histogram;
    for (const NamedResult& part : parts) {
      const Json& own = part.result.at("mix").at(i);
      histogram.merge(histogram_of(part, fmt::format("mix[{}].histogram", i), own.at("histogram")));
      if (&part == &parts.front()) continue;
      for (const auto& [name, value] : own.items()) {
        if (name != "weight") add(merged[name], value);
      }
    }
    merged["histogram"] = histogram_json(histogram);
    merged["latency_seconds"] = latency_json(histogram.expanded());
  }
}

// Of each server what all parts sent there. Its weight is the first one's.
void merge_targets(const Parts& parts, Json& to) {
  Json merged = Json::array();
  for (const NamedResult& part : parts) {
    for (const Json& each : part.result.at("targets")) {
      const auto same = std::ranges::find_if(
          merged, [&](const Json& other) { return other.at("name") == each.at("name"); });
      if (same == merged.end()) {
        merged.push_back(each);
        continue;
      }
      auto histogram = histogram_of(part, "targets[].histogram", each.at("histogram"));
      histogram.merge(histogram_of(part, "targets[].histogram", same->at("histogram")));
      const Json weight = same->at("weight");
      add(*same, each);
      (*same)["weight"] = weight;
      (*same)["latency_seconds"] = latency_json(histogram.expanded());
      (*same)["histogram"] = histogram_json(histogram);
    }
  }
  to["targets"] = std::move(merged);
  std::string all;
  for (const Json& target : to["targets"]) {
    all += (all.empty() ? "" : ", ") + target.at("address").get<std::string>();
  }
  to["target"] = all;
}

void merge_measured(const Parts& parts, const std::vector<Duration>& offsets, Json& to) {
  double from = INFINITY;
  double until = 0;
  double end = 0;
  double busiest = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double offset = std::chrono::duration<double>(offsets[i]).count();
    const Json& measured = parts[i].result.at("measured");
    from = std::min(from, offset + measured.at("from_seconds").get<double>());
    until = std::max(until, offset + measured.at("to_seconds").get<double>());
    end = std::max(end, offset + parts[i].result.at("duration_seconds").get<double>());
    busiest = std::max(busiest, measured.at("busiest_shard_percent").get<double>());
    if (i > 0) add(to["measured"], measured);
  }
  to["measured"]["from_seconds"] = from;
  to["measured"]["to_seconds"] = until;
  to["measured"]["busiest_shard_percent"] = busiest;
  to["duration_seconds"] = end;
  const auto rate = [&](const char* member) {
    return until > from ? to["measured"][member].get<double>() / (until - from) : 0;
  };
  to["rate_per_second"] = rate("accepted");
  to["bytes_per_second"] = rate("bytes");
}

void merge_verdicts(const Parts& parts, Json& to) {
  to["merged"] = Json::array();
  to["invalid_reasons"] = Json::array();
  ErrorExamples examples;
  bool interrupted = false;
  for (const NamedResult& part : parts) {
    const Json& result = part.result;
    interrupted = interrupted || result.at("interrupted").get<bool>();
    for (const Json& reason : result.at("invalid_reasons")) {
      to["invalid_reasons"].push_back(result.at("run_id").get<std::string>() + ": " +
                                      reason.get<std::string>());
    }
    add_error_examples(result.at("error_examples"), examples);
    to["merged"].push_back({{"run_id", result.at("run_id")},
                            {"started_at", result.at("started_at")},
                            {"host", result.at("environment").at("host")},
                            {"shard_of", result.at("options").at("shard_of")},
                            {"valid", result.at("valid")}});
  }
  const std::string share = parts[0].result.at("options").at("shard_of");
  const std::string all = share.substr(share.find('/') + 1);
  if (to["mode"] == "open" && all != "1" && all != std::to_string(parts.size())) {
    to["invalid_reasons"].push_back(
        fmt::format("only {} of the {} parts of the plan are here", parts.size(), all));
  }
  to["valid"] = to["invalid_reasons"].empty();
  to["interrupted"] = interrupted;
  to["error_examples"] = error_examples_json(examples);
}

double number(const Json& object, const char* member) { return object.at(member).get<double>(); }

// From the first planned start that is measured to the end of the last part's plan, beyond which it only
// waited.
Duration planned_time(const Parts& parts, const std::vector<Duration>& offsets) {
  double from = INFINITY;
  double until = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Json& measured = parts[i].result.at("measured");
    const Json& options = parts[i].result.at("options");
    const double offset = std::chrono::duration<double>(offsets[i]).count();
    double length = number(measured, "to_seconds") - number(measured, "from_seconds");
    if (!options.at("duration_seconds").is_null()) {
      length = std::min(length, number(options, "duration_seconds") - number(options, "warm_up_seconds") -
                                    number(options, "cool_down_seconds"));
    }
    from = std::min(from, offset + number(measured, "from_seconds"));
    until = std::max(until, offset + number(measured, "from_seconds") + length);
  }
  return Duration(std::llround((until - from) * 1e9));
}

// All that any part was held to and `more`, of the load as a whole. What ended a part early was broken.
void judge_again(const Parts& parts, const std::vector<Duration>& offsets, const std::vector<Threshold>& more,
                 Json& to) {
  std::vector<Threshold> thresholds;
  std::set<std::string> aborted;
  const auto want = [&thresholds](const Threshold& wanted) {
    if (std::ranges::find(thresholds, wanted) == thresholds.end()) thresholds.push_back(wanted);
  };
  for (const NamedResult& part : parts) {
    for (const Json& outcome : part.result.at("thresholds")) {
      const std::string expression = outcome.at("expression");
      const auto threshold = parse_threshold(expression);
      if (!threshold) throw Fault(fmt::format("{}: '{}' {}", part.name, expression, threshold.error()));
      want(*threshold);
      if (outcome.at("aborted").get<bool>()) aborted.insert(threshold->expression);
    }
  }
  for (const Threshold& threshold : more) want(threshold);
  std::vector<ThresholdOutcome> outcomes = judge_result(to, planned_time(parts, offsets), thresholds);
  for (ThresholdOutcome& outcome : outcomes) {
    outcome.aborted = aborted.contains(outcome.threshold.expression);
    outcome.passed = outcome.passed && !outcome.aborted;
  }
  to["thresholds"] = thresholds_json(outcomes);
}

Json merge(const Parts& parts, const std::vector<Threshold>& more) {
  check(parts);
  Json to = parts[0].result;
  std::string earliest;
  const std::vector<Duration> begun = offsets(parts, earliest);
  double busy = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Json& generator = parts[i].result.at("generator");
    busy += generator.at("cpu_percent_of_cores").get<double>() * generator.at("cores").get<double>();
    if (i == 0) continue;
    for (const char* member : kSums) add(to[member], parts[i].result.at(member));
    const Json& result = parts[i].result;
    for (const char* member : {"bad_clients", "retries"}) {
      if (to.contains(member) && result.contains(member)) add(to[member], result.at(member));
    }
    add(to["plan"], parts[i].result.at("plan"));
    for (const char* option : {"sessions", "shards"})
      add(to["options"][option], parts[i].result.at("options").at(option));
  }
  to["run_id"] = new_run_id();
  to["started_at"] = earliest;
  const auto cores = to["generator"]["cores"].get<double>();
  to["generator"]["cpu_percent_of_cores"] = cores > 0 ? busy / cores : 0;
  to["options"]["shard_of"] = "0/1";
  merge_measured(parts, begun, to);
  merge_targets(parts, to);
  merge_histograms(parts, "histograms", "latency_seconds", to);
  merge_mix(parts, to);
  to["service_seconds"] = to["latency_seconds"];
  merge_histograms(parts, "service_histograms", "service_seconds", to);
  merge_histograms(parts, "lag_histograms", nullptr, to);
  if (!to["plan"].is_null()) {
    const auto lag = [&to](const char* name) {
      return latency_json(parse_histogram(to["lag_histograms"].at(name))->expanded());
    };
    to["schedule_lag_seconds"] = lag("schedule");
    to["plan"]["wake_lag_p99_seconds"] = lag("wake")["p99"];
    to["plan"]["duration_seconds"] = parts[0].result.at("plan").at("duration_seconds");
  }
  to["series"] = series_json(merged_series(parts, begun));
  merge_verdicts(parts, to);
  judge_again(parts, begun, more, to);
  return to;
}

}  // namespace

std::expected<Json, std::string> merge_results(const Parts& parts, const std::vector<Threshold>& more) {
  try {
    return merge(parts, more);
  } catch (const Json::exception& error) {
    const std::string_view what =
        error.what();  // behind a number of its own: "[json.exception.type_error.302] "
    return std::unexpected(fmt::format("one of the results is not as this version writes it: {}",
                                       what.substr(what.find(' ') + 1)));
  } catch (const std::runtime_error& fault) {
    return std::unexpected(std::string(fault.what()));
  }
}

}  // namespace mailvoid::loadgen
