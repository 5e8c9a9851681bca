// SPDX-License-Identifier: Apache-2.0
#include "loadgen/load_plan.h"

#include <fmt/format.h>

namespace mailvoid::loadgen {

std::optional<pacing::ArrivalPlan> make_plan(const LoadOptions& options) {
  if (!options.open_loop()) return std::nullopt;
  const pacing::RateCurve curve =
      options.stages.empty()
          ? pacing::RateCurve(*options.rate, options.messages ? Duration::max() : *options.duration)
          : pacing::RateCurve(options.stages);
  return pacing::ArrivalPlan{curve, options.arrivals, options.seed,
                             options.messages.value_or(~std::uint64_t{0})};
}

std::string plan_text(const LoadOptions& options) {
  const std::string_view arrivals =
      options.arrivals == pacing::Arrivals::poisson ? "Poisson" : "evenly spaced";
  if (options.stages.empty()) return fmt::format("{}, {}", pacing::exact_rate(*options.rate), arrivals);
  std::string text;
  for (const pacing::Stage& stage : options.stages) {
    text += (text.empty() ? "" : ", ") + pacing::exact_stage(stage);
  }
  return fmt::format("{}, {}", text, arrivals);
}

}  // namespace mailvoid::loadgen
