// SPDX-License-Identifier: Apache-2.0
#include "config/setting_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/nearest.h"

namespace mailvoid::config {
namespace {

using Type = FileEntry::Type;

// What is wrong with the shape of the entry; "" when nothing is.
std::string wrong_type(const Setting& setting, const FileEntry& entry) {
  if (setting.arity == Setting::Arity::flag) {
    return entry.type == Type::boolean && !entry.array ? "" : "must be true or false";
  }
  if (entry.array && setting.arity != Setting::Arity::many) return "must be one value, not an array";
  if (entry.type == Type::empty) return setting.may_be_empty ? "" : "must not be empty";
  if (entry.type == Type::boolean) {
    return setting.number ? "must be a number" : fmt::format("must be a string: {}", setting.placeholder);
  }
  if (setting.number && entry.type != Type::number) return "must be a number, without quotes";
  return "";
}

}  // namespace

Setting& SettingTable::flag(std::string name, bool& target, std::string help) {
  Setting setting{std::move(name), group_, "", std::move(help), Setting::Arity::flag};
  setting.assign = [&target](std::span<const std::string> given) {
    return assign_one(given.back(), parse_switch, target);
  };
  setting.show = [&target] { return target ? "true" : "false"; };
  return add(std::move(setting));
}

Setting& SettingTable::negatable_flag(std::string name, bool& target, std::string help) {
  Setting& setting = flag(std::move(name), target, std::move(help));
  setting.negatable = true;
  setting.default_text = target ? "on" : "off";
  return setting;
}

Setting* SettingTable::find_key(std::string_view key) {
  const auto setting = std::ranges::find_if(settings_, [&](const Setting& candidate) {
    return candidate.listed && candidate.in_file && candidate.key() == key;
  });
  return setting == settings_.end() ? nullptr : &*setting;
}

std::string SettingTable::unknown_key(std::string_view key) const {
  std::vector<std::string> keys;
  for (const Setting& known : settings_) {
    if (known.listed && known.in_file) keys.push_back(known.key());
  }
  const std::string near = nearest(key, keys);
  return near.empty() ? "there is no setting of that name"
                      : fmt::format("there is no setting of that name; did you mean {}?", near);
}

std::expected<void, FileFault> SettingTable::assign(std::span<const FileEntry> entries) {
  for (const FileEntry& entry : entries) {
    const auto fault = [&](std::string what) {
      return std::unexpected(FileFault{entry.line, entry.key, std::move(what)});
    };
    Setting* const setting = find_key(entry.key);
    if (setting == nullptr) return fault(unknown_key(entry.key));
    if (const std::string wrong = wrong_type(*setting, entry); !wrong.empty()) return fault(wrong);
    if (setting->source != Setting::Source::default_value) continue;
    const std::string before = setting->show();
    if (const std::string wrong = setting->assign(entry.texts); !wrong.empty()) return fault(wrong);
    setting->changed = setting->show() != before;
    setting->source = Setting::Source::file;
    setting->line = entry.line;
  }
  return {};
}

std::string SettingTable::assign(std::string_view key, std::span<const std::string> texts) {
  Setting* const setting = find_key(key);
  if (setting == nullptr) return unknown_key(key);
  if (setting->arity != Setting::Arity::many && texts.size() > 1) return "is given twice";
  return setting->assign(texts);
}

}  // namespace mailvoid::config
