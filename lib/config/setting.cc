// SPDX-License-Identifier: Apache-2.0
#include "config/setting.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailvoid::config {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kHelpColumn = 30;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Appends `text` word by word, lines after the first indented to `indent`; `column` is where the first one
// starts.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t column) {
  bool first = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!first && column + 1 + word.size() > kWidth) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    first = false;
  }
  out += '\n';
}

std::string left_column(const Setting& setting) {
  if (!setting.positional.empty()) return fmt::format("  {0}, {1} {0}", setting.positional, setting.flag());
  std::string text = setting.letter != 0 ? fmt::format("  -{}, ", setting.letter) : "  ";
  text += setting.negatable ? "--[no-]" + setting.name : setting.flag();
  if (setting.arity == Setting::Arity::one || setting.arity == Setting::Arity::many) {
    text += ' ' + setting.placeholder;
  }
  return text;
}

std::string right_column(const Setting& setting) {
  std::string text = setting.help;
  if (setting.arity == Setting::Arity::many) text += "; repeatable";
  if (!setting.default_text.empty()) text += fmt::format(" [{}]", setting.default_text);
  return text;
}

// "# --listen", "# MAILVOID_SINK_LISTEN", "# default".
std::string source_text(const About& about, const Setting& setting, std::string_view file) {
  switch (setting.source) {
    case Setting::Source::file: return fmt::format("{}:{}", file, setting.line);
    case Setting::Source::command_line: return setting.title();
    case Setting::Source::environment: return setting.variable(about.environment_prefix);
    case Setting::Source::default_value: break;
  }
  return "default";
}

}  // namespace

std::string Setting::flag() const { return "--" + name; }

std::string Setting::title() const { return positional.empty() ? flag() : positional; }

std::string Setting::variable(std::string_view prefix) const {
  std::string text(prefix);
  for (const char c : name) text += c == '-' ? '_' : upper(c);
  return text;
}

std::string Setting::key() const { return name; }

std::string help_text(const About& about, const std::deque<Setting>& settings) {
  std::string out = fmt::format("Usage: {} {}\n\n", about.program, about.usage);
  append_wrapped(out, about.summary, 0, 0);
  out += "\nExamples:\n";
  for (const Example& example : about.examples) {
    out += fmt::format("  {}\n      ", example.command);
    append_wrapped(out, example.what, 6, 6);
  }
  std::string_view group;
  for (const Setting& setting : settings) {
    if (!setting.in_help) continue;
    if (setting.group != group) out += fmt::format("\n{}:\n", setting.group);
    group = setting.group;
    std::string left = left_column(setting);
    if (left.size() + 2 > kHelpColumn) {
      out += left + '\n';
      left.clear();
    }
    left.append(kHelpColumn - left.size(), ' ');
    out += left;
    append_wrapped(out, right_column(setting), kHelpColumn, kHelpColumn);
  }
  out += "\nValues:\n";
  append_wrapped(
      out,
      "  SIZE is in octets, or with k, M or G (powers of 1024): 4096, 64k, 1.5M. TIME has a unit or is in "
      "seconds: 250ms, 10s, 5m, 2h. The default stands in [brackets].",
      2, 0);
  out += "\nEnvironment and file:\n";
  const Setting& first = settings.front();
  const std::string pattern = fmt::format(
      "  Every setting has a variable as well, {} for {} and so on; a list is separated by commas, a flag is "
      "true or false. In a file it is a key: {} = ... What the command line says comes first, then the "
      "environment, then the file; --print-config shows what came of it, as such a file.",
      first.variable(about.environment_prefix), first.title(), first.key());
  append_wrapped(out, pattern, 2, 0);
  return out;
}

std::string config_text(const About& about, const std::deque<Setting>& settings, std::string_view file) {
  std::vector<std::pair<const Setting*, std::string>> lines;
  std::size_t width = 0;
  for (const Setting& setting : settings) {
    if (!setting.listed || !setting.in_file) continue;
    const std::string value = setting.show();
    lines.emplace_back(&setting, value.empty() ? fmt::format("# {} = not set", setting.key())
                                               : fmt::format("{} = {}", setting.key(), value));
    width = std::max(width, std::min<std::size_t>(lines.back().second.size(), 48));
  }
  std::string out = fmt::format("# The settings of {} as they are in force.\n", about.program);
  std::string_view group;
  for (const auto& [setting, line] : lines) {
    if (setting->group != group) out += fmt::format("\n# {}\n", setting->group);
    group = setting->group;
    out += fmt::format("{:{}}  # {}\n", line, width, source_text(about, *setting, file));
  }
  return out;
}

std::string config_table_text(std::string_view name, std::string_view origin,
                              const std::deque<Setting>& settings) {
  std::string out = fmt::format("\n[[{}]]  # {}\n", name, origin);
  for (const Setting& setting : settings) {
    const std::string value = setting.show();
    if (!value.empty()) out += fmt::format("{} = {}\n", setting.key(), value);
  }
  return out;
}

std::string toml_value(const std::string& text, bool quoted) {
  if (!quoted) return text;
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (octet < 0x20 || octet == 0x7f) {
      out += fmt::format("\\u{:04x}", octet);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string toml_array(const std::vector<std::string>& values) {
  return fmt::format("[{}]", fmt::join(values, ", "));
}

}  // namespace mailvoid::config
