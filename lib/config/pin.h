// SPDX-License-Identifier: Apache-2.0
// --pin: which CPU each shard stays on.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "config/value.h"

namespace mailvoid::config {

struct Pin {
  enum class Kind : std::uint8_t { off, automatic, list };
  Kind kind = Kind::off;
  std::vector<unsigned> cpus{};  // of a list
};

// "off", "auto", or a list of CPUs as taskset(1) takes it.
[[nodiscard]] Value<Pin> pin();

// The CPU of each shard, empty for off: the first ones of `usable`, or of the list. The error says which CPU
// is not there or how many are missing: two shards on one CPU would be slower than one.
[[nodiscard]] std::expected<std::vector<unsigned>, std::string> cpus_of_shards(
    const Pin& pin, unsigned shards, std::span<const unsigned> usable);

}  // namespace mailvoid::config
