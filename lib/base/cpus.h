// SPDX-License-Identifier: Apache-2.0
// Which CPUs there are for us, and staying on one of them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailvoid {

// Those that this thread may run on (sched_getaffinity), ascending; at least one.
[[nodiscard]] std::vector<unsigned> usable_cpus();

// "0,2-3", as taskset(1) and /proc write them: comma-separated numbers and ranges, in the order given.
[[nodiscard]] std::string cpu_list_text(std::span<const unsigned> cpus);
// Nothing if it is no such list, names a CPU twice, or one of 65,536 and above.
[[nodiscard]] std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text);

// Keeps this thread on that CPU from here on; 0 or an errno.
[[nodiscard]] int pin_this_thread(unsigned cpu);

// While it lives this thread runs on that CPU, so that memory it touches first is near it. Without a CPU, or
// where it is forbidden, nothing happens.
class OnCpu {
 public:
  explicit OnCpu(std::optional<unsigned> cpu);
  ~OnCpu();
  OnCpu(const OnCpu&) = delete;
  OnCpu& operator=(const OnCpu&) = delete;

 private:
  std::vector<unsigned> before_;  // empty: nothing to restore
};

}  // namespace mailvoid
