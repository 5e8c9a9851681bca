// SPDX-License-Identifier: Apache-2.0
// One row of a program's table of settings, and the texts made from such a table.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/address_text.h"

namespace mailvoid::config {

struct Setting {
  enum class Arity : std::uint8_t { flag, one, many };
  enum class Source : std::uint8_t { default_value, file, environment, command_line };

  std::string name;         // "idle-timeout"
  std::string group;        // heading in --help
  std::string placeholder;  // "TIME"; unused for a flag
  std::string help;
  Arity arity = Arity::one;

  char letter = 0;             // -q
  bool negatable = false;      // a flag that has --no-NAME, too
  bool listed = true;          // has an environment variable, a key in a file and a line in --print-config
  bool in_file = true;         // a file may give it
  bool in_help = true;         // has a line in --help
  bool number = false;         // in a file it is a number, without quotes
  bool may_be_empty = false;   // in a file: []
  bool commas = false;         // of `many`: they part its values on the command line as well
  std::string default_text{};  // what --help calls the default; "" says nothing of one
  // "TARGET": arguments without a flag are its values, too, and there must be one, or one [[table]] named as
  // its key in the file.
  std::string positional{};

  // Of `many`: how the environment's variable is parted; at commas without it.
  std::function<std::vector<std::string>(std::string_view)> split{};
  // Texts as given, at least one, to the bound variable; what is wrong with them or "".
  std::function<std::string(std::span<const std::string>)> assign{};
  std::function<std::string()> show{};  // the variable as a TOML value; "" while it has none
  Source source = Source::default_value;
  unsigned line = 0;     // of the file it is from
  bool changed = false;  // by the file, to something else than it was

  [[nodiscard]] std::string flag() const;                             // "--idle-timeout"
  [[nodiscard]] std::string title() const;                            // the flag; of a positional, "TARGET"
  [[nodiscard]] std::string variable(std::string_view prefix) const;  // "MAILVOID_SINK_IDLE_TIMEOUT"
  [[nodiscard]] std::string key() const;                              // "idle-timeout"
};

// What a setting is now, for people to read.
struct SettingInForce {
  std::string group;
  std::string key;
  std::string value;  // as a file would give it; "" while it has none
  std::string help;
  bool chosen = false;  // by the user, wherever: not the default
};

struct Example {
  std::string command;
  std::string what;
};

struct About {
  std::string program;             // "mailvoid-sink"
  std::string summary;             // a paragraph
  std::string usage;               // what follows the program in the usage line
  std::string environment_prefix;  // "MAILVOID_SINK_"
  std::vector<Example> examples;
};

// --help: what the program is, examples, settings by group in the order of the table, the environment.
[[nodiscard]] std::string help_text(const About& about, const std::deque<Setting>& settings);
// --print-config: the same order as a TOML file, with the source of each value in a comment. `file` is the
// path of the configuration file, if there is one.
[[nodiscard]] std::string config_text(const About& about, const std::deque<Setting>& settings,
                                      std::string_view file);
// One `[[name]]` of that file, with a comment where it comes from.
[[nodiscard]] std::string config_table_text(std::string_view name, std::string_view origin,
                                            const std::deque<Setting>& settings);

[[nodiscard]] std::string toml_value(const std::string& text, bool quoted);
[[nodiscard]] std::string toml_array(const std::vector<std::string>& values);

// Parses `text` into `target`; the complaint, quoting the text, or "".
template <class Parse, class T>
std::string assign_one(const std::string& text, const Parse& parse, T& target) {
  auto parsed = parse(text);
  if (!parsed) return "'" + text + "' " + parsed.error();
  target = *std::move(parsed);
  return "";
}

}  // namespace mailvoid::config
