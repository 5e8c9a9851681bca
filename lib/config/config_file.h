// SPDX-License-Identifier: Apache-2.0
// A configuration file in TOML, read to keys and texts with their places; what they mean is the business of
// the settings (setting_table.h).
//
//   max-connections = 500
//   listen = ["127.0.0.1:2525"]
//
//   [[listener]]
//   address = "127.0.0.1:2465"
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailvoid::config {

// One line `key = value`, or `key = [value, ...]`.
struct FileEntry {
  enum class Type : std::uint8_t { string, number, boolean, empty };  // of all of an array; empty: []

  std::string key;
  Type type = Type::string;
  bool array = false;
  std::vector<std::string> texts;  // one unless it is an array
  unsigned line = 0;               // from 1
};

// One `[[name]]` and what stands below it.
struct FileTable {
  std::string name;
  unsigned line = 0;
  std::vector<FileEntry> entries;
};

struct ConfigFile {
  std::string path;
  std::vector<FileEntry> entries;  // those of no table
  std::vector<FileTable> tables;   // in the order of the file
};

// What is wrong with a file, and where.
struct FileFault {
  unsigned line = 0;  // 0: nowhere in particular
  std::string key;    // "": none
  std::string what;
};
// "FILE:LINE: KEY: what"
[[nodiscard]] std::string fault_text(std::string_view path, const FileFault& fault);

// `tables` names the [[tables]] that there may be.
[[nodiscard]] std::expected<ConfigFile, FileFault> read_config_file(const std::string& path,
                                                                    std::span<const std::string> tables);

}  // namespace mailvoid::config
