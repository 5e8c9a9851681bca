// SPDX-License-Identifier: Apache-2.0
// A program's settings, taken from the command line, else from the environment, else from the file that
// --config names, else they keep their defaults.
//
// Use: describe the settings; parse(); read what tables() the file has; check what depends on several
// settings and refuse it with error(); leave with effective() or checked() when print_config() or
// check_config() says so.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/exit_request.h"
#include "config/host.h"
#include "config/setting_table.h"

namespace mailvoid::config {

class CommandLine : public SettingTable {
 public:
  // `version` gives the text of --version; complete lines.
  CommandLine(About about, const Host& host, std::function<std::string()> version);

  // Names of the [[tables]] that a configuration file may have; without any, --config takes plain keys only.
  void allow_tables(std::vector<std::string> names) { tables_ = std::move(names); }

  // Reads argv[1..], the environment and the file into the targets. An ExitRequest for --help, --version and
  // errors.
  // Once.
  [[nodiscard]] std::expected<void, ExitRequest> parse(int argc, const char* const* argv);

  // After parse(): whether the user chose it: on the command line, in the environment, or in the file where
  // that says something else than the default, as what --print-config wrote does not.
  [[nodiscard]] bool given(std::string_view name) const;
  // After parse(): whether it is the file's word that counts.
  [[nodiscard]] bool from_file(std::string_view name) const;
  // After parse(): the [[tables]] of the file.
  [[nodiscard]] const std::vector<FileTable>& tables() const { return file_.tables; }
  // A fault found in one of them.
  [[nodiscard]] ExitRequest error(const FileFault& fault) const;
  // After parse(): a usage error about that setting, named the way it was given.
  [[nodiscard]] ExitRequest error(std::string_view name, std::string_view what) const;
  // After parse(): the settings that --print-config would show, as they are now.
  [[nodiscard]] std::vector<SettingInForce> in_force() const;
  // After parse(): of --config; "" without.
  [[nodiscard]] const std::string& config_path() const { return config_path_; }
  [[nodiscard]] bool print_config() const { return print_config_; }
  [[nodiscard]] bool check_config() const { return check_config_; }
  // All settings with their values and where these came from, as TOML; `tables` is appended.
  [[nodiscard]] ExitRequest effective(std::string_view tables = {}) const;
  // What --check-config says when nothing is wrong.
  [[nodiscard]] ExitRequest checked() const;

 private:
  void add_own_flags();
  [[nodiscard]] const Setting& find(std::string_view name) const;
  // `given` holds for each setting what the command line says of it.
  [[nodiscard]] std::expected<void, ExitRequest> assign_all(
      const std::vector<std::vector<std::string>>& given);
  [[nodiscard]] std::string assign(Setting& setting, std::vector<std::string> texts);
  [[nodiscard]] std::expected<void, ExitRequest> read_file();
  [[nodiscard]] ExitRequest usage_error(std::string_view what) const;

  About about_;
  const Host& host_;
  std::function<std::string()> version_;
  std::vector<std::string> tables_;
  ConfigFile file_;
  std::string config_path_;
  bool help_ = false;
  bool show_version_ = false;
  bool print_config_ = false;
  bool check_config_ = false;
};

}  // namespace mailvoid::config
