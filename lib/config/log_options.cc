// SPDX-License-Identifier: Apache-2.0
#include "config/log_options.h"

#include "config/value.h"

namespace mailvoid::config {

LogOptions default_log(const Host& host) {
  LogOptions options;
  const auto no_color = host.environment("NO_COLOR");
  options.color = !no_color || no_color->empty();
  return options;
}

void describe_log(SettingTable& settings, LogOptions& options) {
  settings.value(
      "log-format", options.format, choice("auto|text|json", {"auto", "text", "json"}),
      "what stderr says of events: lines for people, json for a JSON object a line; auto is text with "
      "colours where stderr is a terminal, unless NO_COLOR is set");
  settings.value("log-level", options.level,
                 choice("debug|info|warning|error", {"debug", "info", "warning", "error"}),
                 "events of less weight are not told of");
}

}  // namespace mailvoid::config
