// SPDX-License-Identifier: Apache-2.0
// A program's settings in one table: each row is a flag, an environment variable, a line of --help and a line
// of --print-config. A value comes from the command line, else from the environment, else it is the default.
//
// Use: describe the settings with value(), list(), flag() and positional(), each bound to a variable that
// holds its default; parse(); check what depends on several settings and refuse it with error(); leave with
// effective() when print_config() says so.
#pragma once

#include <deque>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/exit_request.h"
#include "config/host.h"
#include "config/setting.h"
#include "config/value.h"

namespace mailvoid::config {

class CommandLine {
 public:
  // `version` gives the text of --version; complete lines.
  CommandLine(About about, const Host& host, std::function<std::string()> version);

  // The heading under which the following settings stand.
  void group(std::string title) { group_ = std::move(title); }

  // `name` is without dashes; `target` outlives this object and holds the default now.
  template <class T>
  Setting& value(std::string name, T& target, const Value<T>& kind, std::string help) {
    return add_value(Setting::Arity::one, std::move(name), target, kind, std::move(help));
  }
  // Without a default: nothing until it is given.
  template <class T>
  Setting& value(std::string name, std::optional<T>& target, const Value<T>& kind, std::string help);
  // The one argument without a flag; it must be given.
  template <class T>
  Setting& positional(std::string name, T& target, const Value<T>& kind, std::string help) {
    return add_value(Setting::Arity::positional, std::move(name), target, kind, std::move(help));
  }
  // May be given several times, in the environment separated by commas; what is given replaces the default.
  template <class T>
  Setting& list(std::string name, std::vector<T>& target, const Value<T>& kind, std::string help);
  Setting& flag(std::string name, bool& target, std::string help);
  // A flag that has --no-NAME, too.
  Setting& negatable_flag(std::string name, bool& target, std::string help);

  // Reads argv[1..] and the environment into the targets. An ExitRequest for --help, --version and errors.
  // Once.
  [[nodiscard]] std::expected<void, ExitRequest> parse(int argc, const char* const* argv);

  // After parse(): whether a setting came from the command line or the environment.
  [[nodiscard]] bool given(std::string_view name) const;
  // After parse(): a usage error about that setting, named the way it was given.
  [[nodiscard]] ExitRequest error(std::string_view name, std::string_view what) const;
  [[nodiscard]] bool print_config() const { return print_config_; }
  // All settings with their values and where these came from, as TOML.
  [[nodiscard]] ExitRequest effective() const;

 private:
  template <class T>
  Setting& add_value(Setting::Arity arity, std::string name, T& target, const Value<T>& kind,
                     std::string help);
  Setting& add(Setting setting);
  void add_own_flags();
  [[nodiscard]] const Setting& find(std::string_view name) const;
  // `given` holds for each setting what the command line says of it.
  [[nodiscard]] std::expected<void, ExitRequest> assign_all(
      const std::vector<std::vector<std::string>>& given);
  [[nodiscard]] std::string assign(Setting& setting, std::vector<std::string> texts);
  [[nodiscard]] ExitRequest usage_error(std::string_view what) const;

  About about_;
  const Host& host_;
  std::function<std::string()> version_;
  std::string group_;
  std::deque<Setting> settings_;  // references stay valid
  bool help_ = false;
  bool show_version_ = false;
  bool print_config_ = false;
};

template <class T>
Setting& CommandLine::add_value(Setting::Arity arity, std::string name, T& target, const Value<T>& kind,
                                std::string help) {
  Setting setting{std::move(name), group_, kind.placeholder, std::move(help), arity};
  setting.assign = [&target, parse = kind.parse](std::span<const std::string> given) {
    return assign_one(given.back(), parse, target);
  };
  setting.default_text = arity == Setting::Arity::positional ? "" : kind.format(target);
  setting.show = [&target, kind] { return toml_value(kind.format(target), kind.quoted); };
  return add(std::move(setting));
}

template <class T>
Setting& CommandLine::value(std::string name, std::optional<T>& target, const Value<T>& kind,
                            std::string help) {
  Setting setting{std::move(name), group_, kind.placeholder, std::move(help), Setting::Arity::one};
  setting.assign = [&target, parse = kind.parse](std::span<const std::string> given) {
    return assign_one(given.back(), parse, target);
  };
  setting.show = [&target, kind] { return target ? toml_value(kind.format(*target), kind.quoted) : ""; };
  return add(std::move(setting));
}

template <class T>
Setting& CommandLine::list(std::string name, std::vector<T>& target, const Value<T>& kind, std::string help) {
  Setting setting{std::move(name), group_, kind.placeholder, std::move(help), Setting::Arity::many};
  setting.assign = [&target, parse = kind.parse](std::span<const std::string> given) {
    target.clear();
    for (const std::string& text : given) {
      T item{};
      if (std::string wrong = assign_one(text, parse, item); !wrong.empty()) return wrong;
      target.push_back(std::move(item));
    }
    return std::string();
  };
  for (const T& item : target) {
    if (!setting.default_text.empty()) setting.default_text += ", ";
    setting.default_text += kind.format(item);
  }
  setting.show = [&target, kind] {
    std::vector<std::string> items;
    for (const T& item : target) items.push_back(toml_value(kind.format(item), kind.quoted));
    return toml_array(items);
  };
  return add(std::move(setting));
}

}  // namespace mailvoid::config
