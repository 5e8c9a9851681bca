// SPDX-License-Identifier: Apache-2.0
// What a running program tells on stderr: events of the program, never of a message or a session. One line
// each:
//
//   text   mailvoid-sink: ready: smtp 127.0.0.1:2525
//          mailvoid-sink: warning: --auth: ...
//   json   {"time":"2026-01-31T12:00:00.000000Z","level":"info","program":"mailvoid-sink","event":"ready",
//           "message":"ready: smtp 127.0.0.1:2525","smtp":["127.0.0.1:2525"]}
//
// The names of events and of their fields are in docs/log.md. Any thread may log, none does so on the path of
// a message: a line waits for whoever reads stderr.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/log_options.h"

namespace mailvoid::program {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

// What a JSON line has besides the message, which says the same to people.
struct LogField {
  std::string_view name;
  std::variant<std::string, std::uint64_t, std::vector<std::string>> value;
};

// Before it is called, lines are text without a program's name. Not while another thread logs.
void start_log(std::string_view program, const config::LogOptions& options);

// `event` is one word, the same for all lines of its kind. Control characters in `message` are shown as '?'
// in text.
void log(LogLevel level, std::string_view event, std::string_view message,
         std::initializer_list<LogField> fields = {});

}  // namespace mailvoid::program
