// SPDX-License-Identifier: Apache-2.0
// What the subcommands that read results (compare, merge, report) have in common: a small command line of
// their own, and the reading.
#pragma once

#include <CLI/CLI.hpp>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace mailvoid::loadgen {

class ResultCommand {
 public:
  // "merge", and the text of its --help; both outlive this.
  ResultCommand(std::string_view name, std::string_view help);

  // Where its options are added.
  [[nodiscard]] CLI::App& options() { return app_; }
  // The exit code if there is nothing more to do: --help was asked for, or the line is wrong.
  [[nodiscard]] std::optional<int> parse(int argc, const char* const* argv);
  // Says in a line on stderr what went wrong; the exit code for it: of a failure, and of a wrong command
  // line.
  [[nodiscard]] int failed(std::string_view what) const;
  [[nodiscard]] int misused(std::string_view what) const;

 private:
  std::string_view name_;
  std::string_view help_;
  CLI::App app_;
  bool help_wanted_ = false;
};

enum class ResultKind : std::uint8_t { run, limit_search };

struct ReadResult {
  std::string text;
  nlohmann::ordered_json json;  // an object
  ResultKind kind = ResultKind::run;
};

// Of a file, or of standard input for "-". The error is one line that names it.
[[nodiscard]] std::expected<ReadResult, std::string> read_result(const std::string& path);
// The same, but refuses the result of a search.
[[nodiscard]] std::expected<ReadResult, std::string> read_run_result(const std::string& path);

}  // namespace mailvoid::loadgen
