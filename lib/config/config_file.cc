// SPDX-License-Identifier: Apache-2.0
#include "config/config_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "config/nearest.h"

namespace mailvoid::config {
namespace {

using std::unexpected;
using Type = FileEntry::Type;

// A table of settings is small; more is some other file.
constexpr std::size_t kFileOctetsMax = 16 * 1024 * 1024;

unsigned line_of(const toml::node& node) { return node.source().begin.line; }

struct Scalar {
  Type type;
  std::string text;
};

// Nothing for dates, times and what is no scalar: no setting is one.
std::optional<Scalar> scalar_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return Scalar{Type::string, text->get()};
  if (const auto* number = node.as_integer()) return Scalar{Type::number, fmt::to_string(number->get())};
  if (const auto* number = node.as_floating_point()) {
    return Scalar{Type::number, fmt::to_string(number->get())};
  }
  if (const auto* truth = node.as_boolean()) return Scalar{Type::boolean, truth->get() ? "true" : "false"};
  return std::nullopt;
}

std::expected<FileEntry, FileFault> entry_of(std::string key, const toml::node& node) {
  FileEntry entry{std::move(key), Type::empty, false, {}, line_of(node)};
  const auto fault = [&](std::string what) {
    return unexpected(FileFault{entry.line, entry.key, std::move(what)});
  };
  const auto take = [&entry](const toml::node& item) {
    auto scalar = scalar_of(item);
    if (!scalar || (!entry.texts.empty() && scalar->type != entry.type)) return false;
    entry.type = scalar->type;
    entry.texts.push_back(std::move(scalar->text));
    return true;
  };
  if (const auto* array = node.as_array()) {
    entry.array = true;
    for (const toml::node& item : *array) {
      if (!take(item)) return fault("must hold strings only, or numbers only");
    }
  } else if (!take(node)) {
    return fault("must be a string, a number, true, false or an array of them");
  }
  return entry;
}

std::expected<void, FileFault> read_entry(std::string key, const toml::node& node,
                                          std::vector<FileEntry>& entries) {
  auto entry = entry_of(std::move(key), node);
  if (!entry) return unexpected(std::move(entry.error()));
  entries.push_back(std::move(*entry));
  return {};
}

std::string unknown_table(const std::string& name, std::span<const std::string> tables) {
  std::string text = fmt::format("there is no table of that name");
  if (const std::string near = nearest(name, tables); !near.empty()) {
    text += fmt::format("; did you mean [[{}]]?", near);
  } else if (!tables.empty()) {
    text += fmt::format(", only [[{}]]", fmt::join(tables, "]], [["));
  }
  return text;
}

std::expected<void, FileFault> read_tables(const std::string& name, const toml::array& array,
                                           std::vector<FileTable>& tables) {
  for (const toml::node& node : array) {
    FileTable table{name, line_of(node), {}};
    for (const auto& [key, value] : *node.as_table()) {
      if (auto read = read_entry(std::string(key.str()), value, table.entries); !read) return read;
    }
    tables.push_back(std::move(table));
  }
  return {};
}

bool holds_tables(const toml::node& node) {
  const auto* array = node.as_array();
  return array != nullptr && !array->empty() && array->is_homogeneous(toml::node_type::table);
}

std::expected<std::string, FileFault> contents_of(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) {
    // One octet more than may be, so that what never ends (/dev/zero) is not read for ever.
    text.resize(kFileOctetsMax + 1);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (errno != 0 || file.bad()) {
    return unexpected(FileFault{0, "", fmt::format("cannot be read: {}", std::strerror(errno))});
  }
  if (text.size() > kFileOctetsMax) return unexpected(FileFault{0, "", "is too large for a configuration"});
  return text;
}

std::expected<toml::table, FileFault> parse(const std::string& path) {
  const auto text = contents_of(path);
  if (!text) return unexpected(text.error());
  try {
    return toml::parse(*text, path);
  } catch (const toml::parse_error& error) {
    return unexpected(FileFault{error.source().begin.line, "", std::string(error.description())});
  }
}

}  // namespace

std::string fault_text(std::string_view path, const FileFault& fault) {
  std::string text(path);
  if (fault.line != 0) text += fmt::format(":{}", fault.line);
  if (!fault.key.empty()) text += fmt::format(": {}", fault.key);
  return fmt::format("{}: {}", text, fault.what);
}

std::expected<ConfigFile, FileFault> read_config_file(const std::string& path,
                                                      std::span<const std::string> tables) {
  const auto root = parse(path);
  if (!root) return unexpected(root.error());
  ConfigFile file{path, {}, {}};
  for (const auto& [key, node] : *root) {
    const std::string name(key.str());
    const bool known_table = std::ranges::find(tables, name) != tables.end();
    if (holds_tables(node) && known_table) {
      if (auto read = read_tables(name, *node.as_array(), file.tables); !read)
        return unexpected(read.error());
    } else if (node.is_table() || holds_tables(node)) {
      const std::string what = known_table ? fmt::format("stands as [[{}]], for there may be several", name)
                                           : unknown_table(name, tables);
      return unexpected(FileFault{line_of(node), name, what});
    } else if (auto read = read_entry(name, node, file.entries); !read) {
      return unexpected(read.error());
    }
  }
  // toml++ sorts by key; the first fault to be told is the first in the file.
  std::ranges::stable_sort(file.entries, {}, &FileEntry::line);
  std::ranges::stable_sort(file.tables, {}, &FileTable::line);
  for (FileTable& table : file.tables) std::ranges::stable_sort(table.entries, {}, &FileEntry::line);
  return file;
}

}  // namespace mailvoid::config
