// SPDX-License-Identifier: Apache-2.0
// What a parser of options must be told of the program and its machine.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/host.h"

namespace mailvoid::config {

struct ProgramContext {
  Host host;
  std::vector<std::string> simd_names;     // what this build and CPU can run, without "auto"
  std::vector<std::string> ring_features;  // what --ring-disable may name
  std::function<std::string()> version;    // the text of --version; complete lines
};

}  // namespace mailvoid::config
