// SPDX-License-Identifier: Apache-2.0
#include "config/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/assert.h"
#include "config/nearest.h"

namespace mailvoid::config {
namespace {

// How CLI11 is told a setting: "-q,--quiet", "--pipelining,!--no-pipelining".
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

bool is_option(std::string_view argument) { return argument.starts_with('-'); }

// What to say of arguments that nothing took.
std::string complaint(const std::vector<std::string>& remaining, const std::deque<Setting>& settings) {
  const auto unknown = std::ranges::find_if(remaining, is_option);
  if (unknown == remaining.end()) return fmt::format("unexpected argument '{}'", remaining.front());
  const std::string name = unknown->substr(0, unknown->find('='));
  std::vector<std::string> names;
  for (const Setting& setting : settings) {
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

void CommandLine::add_own_flags() {
  group("About the program");
  value("config", config_path_,
        text("FILE", [](std::string_view path) { return path.empty() ? "is empty" : ""; }),
        "read settings from this file too, in TOML")
      .in_file = false;
  Setting& help = flag("help", help_, "this text");
  help.letter = 'h';
  help.listed = false;
  flag("version", show_version_, "version, revision, compiler, allocator, kernel, SIMD in use").listed =
      false;
  flag("print-config", print_config_, "the settings in force and where each comes from").listed = false;
  flag("check-config", check_config_, "say what is wrong with the settings and the file, and leave").listed =
      false;
}

std::expected<void, ExitRequest> CommandLine::parse(int argc, const char* const* argv) {
  add_own_flags();
  CLI::App app;
  app.set_help_flag();  // ours is a setting like the others
  app.allow_extras();
  std::vector<CLI::Option*> options;
  for (const Setting& setting : settings()) options.push_back(describe(app, setting));
  try {
    app.parse(reversed_arguments(argc, argv, settings()));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view what = error.what();
    return std::unexpected(usage_error(fmt::format("{}: needs a value", what.substr(0, what.find(':')))));
  } catch (const CLI::ParseError& error) {
    return std::unexpected(usage_error(error.what()));
  }
  std::vector<std::vector<std::string>> given;
  for (const CLI::Option* option : options) given.push_back(option->results());
  // Told to CLI11, a positional of several values would take "[::1]" for a list.
  const auto remaining = app.remaining();
  const auto positional =
      std::ranges::find_if(settings(), [](const Setting& each) { return !each.positional.empty(); });
  const bool taken = positional != settings().end() && std::ranges::none_of(remaining, is_option);
  if (!remaining.empty() && !taken) return std::unexpected(usage_error(complaint(remaining, settings())));
  if (taken) {
    std::vector<std::string>& values = given[static_cast<std::size_t>(positional - settings().begin())];
    values.insert(values.begin(), remaining.begin(), remaining.end());
  }
  return assign_all(given);
}

std::expected<void, ExitRequest> CommandLine::assign_all(const std::vector<std::vector<std::string>>& given) {
  // Help and version answer whatever the other settings are.
  for (const bool listed : {false, true}) {
    for (std::size_t i = 0; i < settings().size(); ++i) {
      if (settings()[i].listed != listed) continue;
      const std::string wrong = assign(settings()[i], given[i]);
      if (!wrong.empty()) return std::unexpected(error(settings()[i].name, wrong));
    }
    if (help_) return std::unexpected(ExitRequest{kExitDone, help_text(about_, settings()), true});
    if (show_version_) return std::unexpected(ExitRequest{kExitDone, version_(), true});
  }
  if (auto read = read_file(); !read) return read;
  for (const Setting& setting : settings()) {
    if (setting.positional.empty() || setting.source != Setting::Source::default_value) continue;
    if (std::ranges::find(file_.tables, setting.key(), &FileTable::name) != file_.tables.end()) continue;
    return std::unexpected(usage_error(fmt::format("no {} given", setting.positional)));
  }
  return {};
}

std::string CommandLine::assign(Setting& setting, std::vector<std::string> texts) {
  if (!texts.empty()) {
    setting.source = Setting::Source::command_line;
    // CLI11 takes what follows an option as its value even where that is an option itself.
    for (const std::string& text : texts) {
      if (std::ranges::find(settings(), text, &Setting::flag) != settings().end())
        return fmt::format("needs a value before {}", text);
    }
    if (!setting.commas) return setting.assign(texts);
    std::vector<std::string> parts;
    for (const std::string& text : texts) std::ranges::move(split_at_commas(text), std::back_inserter(parts));
    return setting.assign(parts);
  }
  if (!setting.listed) return "";
  // Variables that are no setting of ours are left alone: Kubernetes sets MAILVOID_SINK_PORT and the like.
  const auto variable = host_.environment(setting.variable(about_.environment_prefix));
  if (!variable || variable->empty()) return "";
  setting.source = Setting::Source::environment;
  if (setting.arity != Setting::Arity::many) return setting.assign(std::vector{*variable});
  return setting.assign(setting.split ? setting.split(*variable) : split_at_commas(*variable));
}

std::expected<void, ExitRequest> CommandLine::read_file() {
  if (config_path_.empty()) return {};
  auto file = read_config_file(config_path_, tables_);
  file_.path = config_path_;
  if (!file) return std::unexpected(error(file.error()));
  file_ = std::move(*file);
  if (const auto taken = SettingTable::assign(file_.entries); !taken) {
    return std::unexpected(error(taken.error()));
  }
  return {};
}

const Setting& CommandLine::find(std::string_view name) const {
  const auto setting = std::ranges::find(settings(), name, &Setting::name);
  MAILVOID_ASSERT(setting != settings().end());
  return *setting;
}

bool CommandLine::given(std::string_view name) const {
  const Setting& setting = find(name);
  return setting.source == Setting::Source::file ? setting.changed
                                                 : setting.source != Setting::Source::default_value;
}

bool CommandLine::from_file(std::string_view name) const {
  return find(name).source == Setting::Source::file;
}

ExitRequest CommandLine::error(std::string_view name, std::string_view what) const {
  const Setting& setting = find(name);
  switch (setting.source) {
    case Setting::Source::file: return error(FileFault{setting.line, setting.key(), std::string(what)});
    case Setting::Source::environment:
      return usage_error(fmt::format("{}: {}", setting.variable(about_.environment_prefix), what));
    case Setting::Source::command_line:
    case Setting::Source::default_value: break;
  }
  return usage_error(fmt::format("{}: {}", setting.title(), what));
}

ExitRequest CommandLine::error(const FileFault& fault) const {
  return {kExitUsage, fmt::format("{}: {}\n", about_.program, on_one_line(fault_text(file_.path, fault))),
          false};
}

std::vector<SettingInForce> CommandLine::in_force() const {
  std::vector<SettingInForce> all;
  for (const Setting& setting : settings()) {
    if (!setting.listed || !setting.in_file) continue;
    all.push_back({setting.group, setting.key(), setting.show(), setting.help, given(setting.name)});
  }
  return all;
}

ExitRequest CommandLine::effective(std::string_view tables) const {
  std::string text = config_text(about_, settings(), file_.path);
  text += tables;
  return {kExitDone, std::move(text), true};
}

ExitRequest CommandLine::checked() const {
  const std::string what = config_path_.empty() ? "the settings are" : config_path_ + " is";
  return {kExitDone, fmt::format("{}: {} in order\n", about_.program, on_one_line(what)), true};
}

ExitRequest CommandLine::usage_error(std::string_view what) const {
  return {kExitUsage, fmt::format("{0}: {1} (see {0} --help)\n", about_.program, on_one_line(what)), false};
}

}  // namespace mailvoid::config
