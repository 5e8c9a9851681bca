// SPDX-License-Identifier: Apache-2.0
// A promise that a run is held to, as people write it:
//
//   message.p99 < 250ms          rate >= 99%            errors < 0.1% abort after 30s
//   ^metric     ^  ^limit
//
// Metrics, all of the measured part of the run:
//   PHASE.FIGURE           latency of a phase (loadgen/phases.h): message.p99, connect.max
//   service.PHASE.FIGURE   the same from the actual send, where PHASE counts from the intended start
//   lag.FIGURE             how late due starts were handed to a session
//       FIGURE: p0 to p100 (p50, p99.9), min, mean, max; the limit is a time with its unit
//   started accepted rejected failed missed errors
//       messages; the limit is a number, or with % a share: of the planned starts for started and missed, of
//       the messages that ended for accepted, rejected and failed. errors: rejected, failed, and connections
//       that never got as far as mail; its share is of messages that ended and such connections.
//   rate                   accepted messages a second (N, N/s, N/m), or with % of the planned rate
// Operators: < <= > >=. Blanks may stand anywhere between the parts.
//
// `abort`: the run ends as soon as the promise is seen to be broken; `after TIME` begins to look then.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "config/value.h"

namespace mailvoid::loadgen {

enum class MetricKind : std::uint8_t {
  latency,
  service,
  lag,
  started,
  accepted,
  rejected,
  failed,
  missed,
  errors,
  rate,
};

// What is taken of a histogram.
enum class Statistic : std::uint8_t { percentile, min, mean, max };

enum class Relation : std::uint8_t { below, at_most, above, at_least };

// Of a limit, and of the figure that is compared with it.
enum class ThresholdUnit : std::uint8_t { seconds, messages, percent, messages_per_second };

struct Threshold {
  std::string expression;  // as given, without blanks around it
  MetricKind metric = MetricKind::latency;
  std::size_t phase = 0;  // latency, service: index of kPhases
  Statistic statistic = Statistic::percentile;
  double percentile = 0;  // 0 to 100
  Relation relation = Relation::below;
  ThresholdUnit unit = ThresholdUnit::seconds;
  double limit = 0;  // in `unit`
  bool abort = false;
  std::optional<std::chrono::nanoseconds> abort_after{};  // none: kAbortGrace

  // When to begin to look, from the beginning of the measured part, where nothing else was said: the first
  // connections and a cold server make figures that say little.
  static constexpr std::chrono::seconds kAbortGrace{5};

  [[nodiscard]] bool holds(double value) const;
  // Whether a figure that fails in the middle of a run may still pass at its end just by the run going on:
  // `accepted >= 1000`. Such a promise never aborts.
  [[nodiscard]] bool grows_into_it() const;
  // Only of use where starts are planned.
  [[nodiscard]] bool needs_plan() const;

  friend bool operator==(const Threshold&, const Threshold&) = default;
};

// What is wrong names the column, from 1.
[[nodiscard]] config::Parsed<Threshold> parse_threshold(std::string_view text);
// The setting; shown as its expression.
[[nodiscard]] config::Value<Threshold> threshold_value();

[[nodiscard]] std::string_view name_of(ThresholdUnit unit);  // "seconds", "percent", ...
// A figure in that unit, for people: "12.3 ms", "0.05 %", "1,234", "99.0/s".
[[nodiscard]] std::string figure_text(ThresholdUnit unit, double value);

}  // namespace mailvoid::loadgen
