// SPDX-License-Identifier: Apache-2.0
#include "program/result_file.h"

#include <cerrno>
#include <cstring>

namespace mailvoid::program {

std::expected<ResultFile, std::string> ResultFile::open(std::string_view option, const std::string& path) {
  ResultFile result;
  result.name_ = std::string(option) + ' ' + path;
  result.to_stdout_ = path == "-";
  if (path.empty() || result.to_stdout_) return result;
  result.file_.reset(std::fopen(path.c_str(), "we"));
  if (!result.file_) return std::unexpected(result.name_ + ": cannot open: " + std::strerror(errno));
  return result;
}

std::expected<void, std::string> ResultFile::write(const std::string& text) {
  std::FILE* const to = to_stdout_ ? stdout : file_.get();
  if (to == nullptr) return {};
  const bool written = std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0;
  if (!written) return std::unexpected(name_ + ": cannot write: " + std::strerror(errno));
  return {};
}

}  // namespace mailvoid::program
