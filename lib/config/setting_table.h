// SPDX-License-Identifier: Apache-2.0
// Settings bound to variables: each row gives a flag, a key in a file, an environment variable and a line of
// --help and of --print-config their name, kind and meaning.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config_file.h"
#include "config/setting.h"
#include "config/value.h"

namespace mailvoid::config {

class SettingTable {
 public:
  // The heading under which the following settings stand.
  void group(std::string title) { group_ = std::move(title); }

  // `name` is without dashes; `target` outlives this object and holds the default now.
  template <class T>
  Setting& value(std::string name, T& target, const Value<T>& kind, std::string help) {
    return add_value(std::move(name), target, kind, std::move(help));
  }
  // Without a default: nothing until it is given.
  template <class T>
  Setting& value(std::string name, std::optional<T>& target, const Value<T>& kind, std::string help);
  // May be given several times, in a file as an array, in the environment separated by commas; what is given
  // replaces the default.
  template <class T>
  Setting& list(std::string name, std::vector<T>& target, const Value<T>& kind, std::string help);
  Setting& flag(std::string name, bool& target, std::string help);
  // A flag that has --no-NAME, too.
  Setting& negatable_flag(std::string name, bool& target, std::string help);

  [[nodiscard]] const std::deque<Setting>& settings() const { return settings_; }
  [[nodiscard]] std::deque<Setting>& settings() { return settings_; }

  // Takes what a file says, but for settings that the command line or the environment has given. The first
  // fault, with its place.
  [[nodiscard]] std::expected<void, FileFault> assign(std::span<const FileEntry> entries);
  // The same for one key and its texts, wherever they are from. What is wrong, or "".
  [[nodiscard]] std::string assign(std::string_view key, std::span<const std::string> texts);

 private:
  [[nodiscard]] Setting* find_key(std::string_view key);
  [[nodiscard]] std::string unknown_key(std::string_view key) const;
  template <class T>
  Setting& add_value(std::string name, T& target, const Value<T>& kind, std::string help);
  Setting& add(Setting setting) { return settings_.emplace_back(std::move(setting)); }

  std::string group_;
  std::deque<Setting> settings_;  // references stay valid
};

template <class T>
Setting& SettingTable::add_value(std::string name, T& target, const Value<T>& kind, std::string help) {
  Setting setting{std::move(name), group_, kind.placeholder, std::move(help), Setting::Arity::one};
  setting.number = !kind.quoted;
  setting.assign = [&target, parse = kind.parse](std::span<const std::string> given) {
    return assign_one(given.back(), parse, target);
  };
  setting.default_text = kind.format(target);
  setting.show = [&target, kind] {
    const std::string text = kind.format(target);
    return text.empty() ? text : toml_value(text, kind.quoted);
  };
  return add(std::move(setting));
}

template <class T>
Setting& SettingTable::value(std::string name, std::optional<T>& target, const Value<T>& kind,
                             std::string help) {
  Setting setting{std::move(name), group_, kind.placeholder, std::move(help), Setting::Arity::one};
  setting.number = !kind.quoted;
  setting.assign = [&target, parse = kind.parse](std::span<const std::string> given) {
    T parsed{};
    std::string wrong = assign_one(given.back(), parse, parsed);
    if (wrong.empty()) target = std::move(parsed);
    return wrong;
  };
  setting.show = [&target, kind] { return target ? toml_value(kind.format(*target), kind.quoted) : ""; };
  return add(std::move(setting));
}

template <class T>
Setting& SettingTable::list(std::string name, std::vector<T>& target, const Value<T>& kind,
                            std::string help) {
  Setting setting{std::move(name), group_, kind.placeholder, std::move(help), Setting::Arity::many};
  setting.number = !kind.quoted;
  setting.assign = [&target, parse = kind.parse](std::span<const std::string> given) {
    std::vector<T> items;
    for (const std::string& text : given) {
      T item{};
      if (std::string wrong = assign_one(text, parse, item); !wrong.empty()) return wrong;
      items.push_back(std::move(item));
    }
    target = std::move(items);
    return std::string();
  };
  setting.may_be_empty = target.empty();
  for (const T& item : target) {
    if (!setting.default_text.empty()) setting.default_text += ", ";
    setting.default_text += kind.format(item);
  }
  setting.show = [&target, kind] {
    std::vector<std::string> items;
    for (const T& item : target) items.push_back(toml_value(kind.format(item), kind.quoted));
    return items.empty() ? std::string() : toml_array(items);
  };
  return add(std::move(setting));
}

}  // namespace mailvoid::config
