// SPDX-License-Identifier: Apache-2.0
// A file to which the secrets of sessions go, a line each, for a person who looks at recorded traffic. Any
// thread: a line is one write.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "base/unique_fd.h"

namespace mailvoid::tls {

class KeyLog {
 public:
  // Made readable for its owner alone if it is not there; appended to if it is. The error says why not.
  [[nodiscard]] static std::expected<std::shared_ptr<const KeyLog>, std::string> open(
      const std::string& path);

  // A line that cannot be written is lost: the log serves a person, the session goes on.
  void add(const char* line) const;

 private:
  UniqueFd file_;
};

}  // namespace mailvoid::tls
