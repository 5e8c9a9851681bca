// SPDX-License-Identifier: Apache-2.0
// A part of a load plan: for so long, at a rate that goes like this.
//
//   hold:1000/s:1m            the same rate all the time; soak:... is another word for it
//   ramp:0..1000/s:30s        from the first to the second, in a straight line
//   step:100..1000/s:10m:10   10 steps of equal length, the first at 100/s, the last at 1000/s
//   spike:100..2000/s:20s     straight up in the first half, and straight down again in the second
//   sine:100..1000/s:1h:10m   waves of 10 minutes between the two, beginning at the first
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "pacing/rate.h"

namespace mailvoid::pacing {

enum class Shape : std::uint8_t { hold, ramp, step, spike, sine };

struct Stage {
  Shape shape = Shape::hold;
  RateSpan rate;  // of hold both the same
  Duration time{};
  std::uint32_t steps = 0;  // of step
  Duration period{};        // of sine

  friend bool operator==(const Stage& a, const Stage& b) {
    return a.shape == b.shape && a.rate.from == b.rate.from && a.rate.to == b.rate.to && a.time == b.time &&
           a.steps == b.steps && a.period == b.period;
  }
};

inline constexpr std::uint32_t kStepsMax = 1000;

// As above. The error goes on after the quoted text.
[[nodiscard]] std::expected<Stage, std::string> parse_stage(std::string_view text);
// What parse_stage() reads back as the same.
[[nodiscard]] std::string exact_stage(const Stage& stage);

}  // namespace mailvoid::pacing
