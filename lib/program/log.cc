// SPDX-License-Identifier: Apache-2.0
#include "program/log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

namespace mailvoid::program {
namespace {

using TerminalSink = spdlog::sinks::ansicolor_stderr_sink_mt;

struct State {
  bool json = false;
  std::unique_ptr<spdlog::logger> logger;
};

spdlog::level::level_enum spdlog_level(LogLevel level) {
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                   spdlog::level::warn, spdlog::level::err};
  return kLevels[static_cast<std::size_t>(level)];
}

// What the line says around what log() makes.
std::string pattern(std::string_view program, bool json) {
  if (!json) return program.empty() ? "%^%v%$" : fmt::format("{}: %^%v%$", program);
  return fmt::format(R"({{"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","program":"{}",%v}})", program);
}

State make(std::string_view program, const config::LogOptions& options) {
  const bool colors = options.color && options.format == "auto";
  auto sink =
      std::make_shared<TerminalSink>(colors ? spdlog::color_mode::automatic : spdlog::color_mode::never);
  sink->set_color(spdlog::level::info, "");
  sink->set_color(spdlog::level::debug, sink->dark);
  sink->set_color(spdlog::level::warn, sink->yellow);
  sink->set_color(spdlog::level::err, sink->red);
  State state{options.json(), std::make_unique<spdlog::logger>(std::string(program), std::move(sink))};
  state.logger->set_pattern(pattern(program, options.json()), options.json()
                                                                  ? spdlog::pattern_time_type::utc
                                                                  : spdlog::pattern_time_type::local);
  state.logger->set_level(spdlog::level::from_str(options.level));
  state.logger->flush_on(spdlog::level::trace);
  // There is nobody to tell that stderr cannot be written.
  state.logger->set_error_handler([](const std::string&) {});
  return state;
}

State& state() {
  static State state = make("", {});
  return state;
}

std::string text_line(LogLevel level, std::string_view message) {
  std::string line(level == LogLevel::warning ? "warning: " : "");
  line += message;
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return line;
}

// The members of an object, without its braces: the pattern has the first ones.
std::string json_members(std::string_view event, std::string_view message,
                         std::initializer_list<LogField> fields) {
  nlohmann::ordered_json object;
  object["event"] = event;
  object["message"] = message;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { object[std::string(field.name)] = value; }, field.value);
  }
  const std::string text = object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

}  // namespace

void start_log(std::string_view program, const config::LogOptions& options) {
  state() = make(program, options);
}

void log(LogLevel level, std::string_view event, std::string_view message,
         std::initializer_list<LogField> fields) {
  State& to = state();
  if (!to.logger->should_log(spdlog_level(level))) return;
  const std::string line = to.json ? json_members(event, message, fields) : text_line(level, message);
  to.logger->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace mailvoid::program
