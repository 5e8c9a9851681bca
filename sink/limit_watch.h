// SPDX-License-Identifier: Apache-2.0
// Which limits mail has run into, told once when it begins and then at most once a minute: a limit that is
// reached at all may be reached a million times a second.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sink/sink_totals.h"

namespace mailvoid::sink {

struct LimitNotice {
  std::string_view limit;   // the option: "--max-connections"
  std::string_view what;    // what has happened so often: "connections refused"
  std::uint64_t count = 0;  // since the last notice of it
  bool again = false;       // there was one
};

class LimitWatch {
 public:
  static constexpr Duration kQuietTime = std::chrono::minutes(1);
  static constexpr std::size_t kLimitCount = 7;

  // What there is to tell `at` that time, of counts that only grow.
  [[nodiscard]] std::vector<LimitNotice> look(const SinkTotals& totals, Instant at);

 private:
  struct Told {
    std::uint64_t count = 0;
    std::optional<Instant> at;
  };
  std::array<Told, kLimitCount> told_{};
};

}  // namespace mailvoid::sink
