// SPDX-License-Identifier: Apache-2.0
// What options take from the machine: defaults, bounds and the environment. A plain value, so that tests
// can describe another machine.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailvoid::config {

struct Host {
  std::vector<unsigned> cpus{0};         // that this process may run on (sched_getaffinity)
  std::uint64_t descriptors_max = 1024;  // hard RLIMIT_NOFILE
  std::string name = "localhost";        // fully qualified where the machine knows it; a valid domain
  [[nodiscard]] unsigned cores() const { return static_cast<unsigned>(cpus.size()); }
  // The value of an environment variable, or nothing.
  std::function<std::optional<std::string>(const std::string&)> environment = [](const std::string&) {
    return std::nullopt;
  };
};

[[nodiscard]] Host this_host();

}  // namespace mailvoid::config
