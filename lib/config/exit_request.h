// SPDX-License-Identifier: Apache-2.0
// What a program prints before it leaves without running: help, version, settings or a usage error.
#pragma once

#include <string>

namespace mailvoid::config {

inline constexpr int kExitDone = 0;
inline constexpr int kExitUsage = 2;

struct ExitRequest {
  int code = kExitUsage;
  std::string text;        // complete lines
  bool to_stdout = false;  // otherwise stderr
};

}  // namespace mailvoid::config
