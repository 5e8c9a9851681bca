// SPDX-License-Identifier: Apache-2.0
#include "config/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/assert.h"
#include "config/nearest.h"

namespace mailvoid::config {
namespace {

// How CLI11 is told a setting: "-q,--quiet", "--pipelining,!--no-pipelining", "TARGET".
std::string cli_names(const Setting& setting) {
  std::string names = setting.flag();
  if (setting.letter != 0) names = fmt::format("-{},{}", setting.letter, names);
  if (setting.negatable) names += ",!--no-" + setting.name;
  return names;
}

CLI::Option* describe(CLI::App& app, const Setting& setting) {
  const std::string names = cli_names(setting);
  if (setting.arity == Setting::Arity::flag) {
    return app.add_flag(names)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  CLI::Option* option = app.add_option(names);
  // One value each time it is named; which of several counts is decided in assign.
  return option->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name(setting.placeholder);
}

// The arguments, last first as CLI11 wants them. --name=value is taken apart here: CLI11 would take the
// argument that follows "--name=" for its value.
std::vector<std::string> reversed_arguments(int argc, const char* const* argv,
                                            const std::deque<Setting>& settings) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t equals = argument.find('=');
    const bool takes_value =
        equals != std::string_view::npos && std::ranges::any_of(settings, [&](const Setting& setting) {
          return setting.arity != Setting::Arity::flag && setting.flag() == argument.substr(0, equals);
        });
    if (takes_value) {
      arguments.emplace_back(argument.substr(0, equals));
      arguments.emplace_back(argument.substr(equals + 1));
    } else {
      arguments.emplace_back(argument);
    }
  }
  std::ranges::reverse(arguments);
  return arguments;
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

// What is quoted in a complaint may be anything: no line end of it breaks ours, no escape reaches the
// terminal.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet == 0x7f) {
      line += fmt::format("\\x{:02x}", octet);
    } else {
      line += c;
    }
  }
  return line;
}

// What to say of arguments that nothing took.
std::string complaint(const std::vector<std::string>& remaining, const std::deque<Setting>& settings) {
  const auto unknown =
      std::ranges::find_if(remaining, [](const auto& text) { return text.starts_with("-"); });
  if (unknown == remaining.end()) return fmt::format("unexpected argument '{}'", remaining.front());
  const std::string name = unknown->substr(0, unknown->find('='));
  std::vector<std::string> names;
  for (const Setting& setting : settings) {
    if (setting.arity == Setting::Arity::positional) continue;
    names.push_back(setting.flag());
    if (setting.negatable) names.push_back("--no-" + setting.name);
  }
  const std::string near = nearest(name, names);
  return fmt::format("unknown option {}{}", name,
                     near.empty() ? "" : fmt::format("; did you mean {}?", near));
}

}  // namespace

CommandLine::CommandLine(About about, const Host& host, std::function<std::string()> version)
    : about_(std::move(about)), host_(host), version_(std::move(version)) {}

Setting& CommandLine::add(Setting setting) { return settings_.emplace_back(std::move(setting)); }

Setting& CommandLine::flag(std::string name, bool& target, std::string help) {
  Setting setting{std::move(name), group_, "", std::move(help), Setting::Arity::flag};
  setting.assign = [&target](std::span<const std::string> given) {
    return assign_one(given.back(), parse_switch, target);
  };
  setting.show = [&target] { return target ? "true" : "false"; };
  return add(std::move(setting));
}

Setting& CommandLine::negatable_flag(std::string name, bool& target, std::string help) {
  Setting& setting = flag(std::move(name), target, std::move(help));
  setting.negatable = true;
  setting.default_text = target ? "on" : "off";
  return setting;
}

void CommandLine::add_own_flags() {
  group("About the program");
  Setting& help = flag("help", help_, "this text");
  help.letter = 'h';
  help.listed = false;
  flag("version", show_version_, "version, revision, compiler, allocator, kernel, SIMD in use").listed =
      false;
  flag("print-config", print_config_, "the settings in force and where each comes from").listed = false;
}

std::expected<void, ExitRequest> CommandLine::parse(int argc, const char* const* argv) {
  add_own_flags();
  CLI::App app;
  app.set_help_flag();  // ours is a setting like the others
  app.allow_extras();
  std::vector<CLI::Option*> options;
  for (const Setting& setting : settings_) options.push_back(describe(app, setting));
  try {
    app.parse(reversed_arguments(argc, argv, settings_));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view what = error.what();
    return std::unexpected(usage_error(fmt::format("{}: needs a value", what.substr(0, what.find(':')))));
  } catch (const CLI::ParseError& error) {
    return std::unexpected(usage_error(error.what()));
  }
  if (const auto remaining = app.remaining(); !remaining.empty()) {
    return std::unexpected(usage_error(complaint(remaining, settings_)));
  }
  std::vector<std::vector<std::string>> given;
  for (const CLI::Option* option : options) given.push_back(option->results());
  return assign_all(given);
}

std::expected<void, ExitRequest> CommandLine::assign_all(const std::vector<std::vector<std::string>>& given) {
  // Help and version answer whatever the other settings are.
  for (const bool listed : {false, true}) {
    for (std::size_t i = 0; i < settings_.size(); ++i) {
      if (settings_[i].listed != listed) continue;
      const std::string wrong = assign(settings_[i], given[i]);
      if (!wrong.empty()) return std::unexpected(error(settings_[i].name, wrong));
    }
    if (help_) return std::unexpected(ExitRequest{kExitDone, help_text(about_, settings_), true});
    if (show_version_) return std::unexpected(ExitRequest{kExitDone, version_(), true});
  }
  for (const Setting& setting : settings_) {
    if (setting.arity == Setting::Arity::positional && setting.source == Setting::Source::default_value) {
      return std::unexpected(usage_error(fmt::format("no {} given", setting.name)));
    }
  }
  return {};
}

std::string CommandLine::assign(Setting& setting, std::vector<std::string> texts) {
  if (!texts.empty()) {
    setting.source = Setting::Source::command_line;
    // CLI11 takes what follows an option as its value even where that is an option itself.
    for (const std::string& text : texts) {
      if (std::ranges::find(settings_, text, &Setting::flag) != settings_.end())
        return fmt::format("needs a value before {}", text);
    }
    return setting.assign(texts);
  }
  if (!setting.listed) return "";
  // Variables that are no setting of ours are left alone: Kubernetes sets MAILVOID_SINK_PORT and the like.
  const auto variable = host_.environment(setting.variable(about_.environment_prefix));
  if (!variable || variable->empty()) return "";
  setting.source = Setting::Source::environment;
  return setting.assign(setting.arity == Setting::Arity::many ? split_at_commas(*variable)
                                                              : std::vector{*variable});
}

const Setting& CommandLine::find(std::string_view name) const {
  const auto setting = std::ranges::find(settings_, name, &Setting::name);
  MAILVOID_ASSERT(setting != settings_.end());
  return *setting;
}

bool CommandLine::given(std::string_view name) const {
  return find(name).source != Setting::Source::default_value;
}

ExitRequest CommandLine::error(std::string_view name, std::string_view what) const {
  const Setting& setting = find(name);
  const bool from_environment = setting.source == Setting::Source::environment;
  const std::string given_as =
      from_environment ? setting.variable(about_.environment_prefix) : setting.flag();
  return usage_error(fmt::format("{}: {}", given_as, what));
}

ExitRequest CommandLine::effective() const { return {kExitDone, config_text(about_, settings_), true}; }

ExitRequest CommandLine::usage_error(std::string_view what) const {
  return {kExitUsage, fmt::format("{0}: {1} (see {0} --help)\n", about_.program, on_one_line(what)), false};
}

}  // namespace mailvoid::config
