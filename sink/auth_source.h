// SPDX-License-Identifier: Apache-2.0
// Where the shards find who may log in: one for the program, replaced as a whole when its file is read again.
#pragma once

#include <atomic>
#include <expected>
#include <memory>
#include <string>

#include "sasl/authority.h"
#include "sink/auth_options.h"

namespace mailvoid::sink {

class AuthSource {
 public:
  // Reads the file if there is one. The error is one line that names it and its line; warning() tells of what
  // is odd and no error.
  [[nodiscard]] static std::expected<std::unique_ptr<AuthSource>, std::string> create(
      const AuthOptions& options);

  // From any thread; exchanges keep what they began with.
  [[nodiscard]] std::shared_ptr<const sasl::Authority> current() const { return authority_.load(); }
  // What listeners announce: fixed, whatever a new file holds.
  [[nodiscard]] sasl::MechanismSet mechanisms() const { return mechanisms_; }

  // Reads the file again. With an error what was read before stays.
  [[nodiscard]] std::expected<void, std::string> reload();
  // "" if the last reading found nothing.
  [[nodiscard]] const std::string& warning() const { return warning_; }

 private:
  explicit AuthSource(const AuthOptions& options) : options_(options) {}

  AuthOptions options_;
  sasl::MechanismSet mechanisms_;
  std::string warning_;
  std::atomic<std::shared_ptr<const sasl::Authority>> authority_;
};

}  // namespace mailvoid::sink
