// SPDX-License-Identifier: Apache-2.0
// Where --json FILE|- goes, and what else a run leaves in a file. Opened before the run, so that a path that
// cannot be written is known then.
#pragma once

#include <cstdio>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace mailvoid::program {

class ResultFile {
 public:
  // `path` as the option (for errors: "--json") gives it: "" for none, "-" for stdout. The error is one line
  // for the user.
  [[nodiscard]] static std::expected<ResultFile, std::string> open(std::string_view option,
                                                                   const std::string& path);

  // Whether write() has somewhere to write.
  [[nodiscard]] bool wanted() const { return to_stdout_ || file_ != nullptr; }

  // Writes all of the result; nothing happens if there is no file.
  [[nodiscard]] std::expected<void, std::string> write(const std::string& text);

  // Where text for people belongs: stdout, or stderr if the result took stdout.
  [[nodiscard]] std::FILE* people() const { return to_stdout_ ? stderr : stdout; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string name_;  // for errors
  std::unique_ptr<std::FILE, Close> file_;
  bool to_stdout_ = false;
};

}  // namespace mailvoid::program
