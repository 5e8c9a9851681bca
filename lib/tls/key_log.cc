// SPDX-License-Identifier: Apache-2.0
#include "tls/key_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace mailvoid::tls {

std::expected<std::shared_ptr<const KeyLog>, std::string> KeyLog::open(const std::string& path) {
  auto log = std::make_shared<KeyLog>();
  log->file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!log->file_) return std::unexpected(path + ": " + std::strerror(errno));
  return log;
}

void KeyLog::add(const char* line) const {
  char newline = '\n';
  const iovec parts[] = {{const_cast<char*>(line), std::strlen(line)}, {&newline, 1}};
  [[maybe_unused]] const auto written = ::writev(file_.get(), parts, 2);
}

}  // namespace mailvoid::tls
