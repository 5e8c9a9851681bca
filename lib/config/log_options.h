// SPDX-License-Identifier: Apache-2.0
// The settings of what a program says on stderr, the same in both programs.
#pragma once

#include <string>

#include "config/host.h"
#include "config/setting_table.h"

namespace mailvoid::config {

struct LogOptions {
  std::string format = "auto";  // "auto", "text", "json"
  std::string level = "info";   // "debug", "info", "warning", "error"
  bool color = true;            // where `format` leaves it to the terminal

  [[nodiscard]] bool json() const { return format == "json"; }
};

// NO_COLOR (no-color.org) is asked for here.
[[nodiscard]] LogOptions default_log(const Host& host);

void describe_log(SettingTable& settings, LogOptions& options);

}  // namespace mailvoid::config
