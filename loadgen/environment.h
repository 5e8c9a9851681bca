// SPDX-License-Identifier: Apache-2.0
// What a run ran on, and when: without it a figure cannot be judged, nor had again.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailvoid::loadgen {

struct Environment {
  std::string host;
  std::string kernel;                      // "Linux 6.12.9 x86_64"
  std::string cpu;                         // the processor's name, "" where it is not told
  unsigned cores = 0;                      // that the process may run on
  std::string congestion_control;          // the system's for TCP: "cubic"; "" where it is not told
  std::string compiler;                    // of this program: "GCC 12.2.0"
  std::string build;                       // "RelWithDebInfo"
  std::string allocator;                   // "mimalloc 3.0.1"
  std::string simd;                        // of the scanner, in force
  std::vector<std::string> ring_features;  // io_uring's newer ones that were in use, by name
  std::vector<std::string> command_line;

  // Asks the machine; ring_features is left to whoever has the ring. `command_line` as main() has it.
  [[nodiscard]] static Environment here(std::span<const char* const> command_line);
};

[[nodiscard]] nlohmann::ordered_json environment_json(const Environment& environment);

// 16 hexadecimal digits from the system's random numbers.
[[nodiscard]] std::string new_run_id();

// "2026-11-22T04:05:06.789Z" (ISO 8601), and back; nothing if it is not of that form.
[[nodiscard]] std::string iso_time(std::chrono::system_clock::time_point when);
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_iso_time(std::string_view text);

}  // namespace mailvoid::loadgen
