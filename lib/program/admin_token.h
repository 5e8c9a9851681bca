// SPDX-License-Identifier: Apache-2.0
// The secret of --admin-token-file.
#pragma once

#include <expected>
#include <string>

namespace mailvoid::program {

struct AdminToken {
  std::string text;     // at least 16 characters of RFC 6750's b64token
  std::string warning;  // who else may read the file; "" if nobody
};

// The file's one line. The error is one line for people that names the file, never what is in it.
[[nodiscard]] std::expected<AdminToken, std::string> read_admin_token(const std::string& path);

}  // namespace mailvoid::program
