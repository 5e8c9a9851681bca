// SPDX-License-Identifier: Apache-2.0
// The options of a run against localhost, for the tests of parts of them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "loadgen/load_options.h"

namespace mailvoid::loadgen {

// A machine of two cores.
inline LoadContext run_context() {
  LoadContext context;
  context.host.cpus = {0, 1};
  context.host.descriptors_max = 4096;
  context.host.name = "client.test";
  context.simd_names = {"scalar"};
  context.version = [] { return std::string("version\n"); };
  return context;
}

inline std::expected<LoadOptions, config::ExitRequest> parse_run(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), {"mailvoid-loadgen", "localhost:2525"});
  return parse_load_options(static_cast<int>(arguments.size()), arguments.data(), run_context());
}

// The text of the usage error.
inline std::string error_of_run(std::vector<const char*> arguments) {
  const auto options = parse_run(std::move(arguments));
  if (options) return "no error";
  EXPECT_EQ(options.error().code, 2);
  return options.error().text;
}

}  // namespace mailvoid::loadgen
