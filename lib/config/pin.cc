// SPDX-License-Identifier: Apache-2.0
#include "config/pin.h"

#include <algorithm>

#include "base/cpus.h"

namespace mailvoid::config {

Value<Pin> pin() {
  return {"auto|CPUS|off",
          [](std::string_view text) -> Parsed<Pin> {
            if (text == "off") return Pin{};
            if (text == "auto") return Pin{Pin::Kind::automatic};
            auto cpus = parse_cpu_list(text);
            if (!cpus) return std::unexpected("is neither auto, off nor a list of CPUs such as 0,2-3");
            return Pin{Pin::Kind::list, std::move(*cpus)};
          },
          [](const Pin& pin) -> std::string {
            switch (pin.kind) {
              case Pin::Kind::off: return "off";
              case Pin::Kind::automatic: return "auto";
              case Pin::Kind::list: break;
            }
            return cpu_list_text(pin.cpus);
          }};
}

std::expected<std::vector<unsigned>, std::string> cpus_of_shards(const Pin& pin, unsigned shards,
                                                                 std::span<const unsigned> usable) {
  if (pin.kind == Pin::Kind::off) return std::vector<unsigned>();
  std::vector<unsigned> cpus = pin.cpus;
  if (pin.kind == Pin::Kind::automatic) cpus.assign(usable.begin(), usable.end());
  for (const unsigned cpu : cpus) {
    if (std::ranges::find(usable, cpu) == usable.end()) {
      return std::unexpected(
          fmt::format("CPU {} is not one that this process may run on: {}", cpu, cpu_list_text(usable)));
    }
  }
  if (cpus.size() < shards) {
    return std::unexpected(
        fmt::format("{} shards need a CPU each, and there are {}: give fewer --shards", shards, cpus.size()));
  }
  cpus.resize(shards);
  return cpus;
}

}  // namespace mailvoid::config
