// SPDX-License-Identifier: Apache-2.0
// Giving up root once the ports are bound.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>

namespace mailvoid::sink {

struct User {
  std::string name;
  uid_t id;
  gid_t group;
};

// The errors are one line for the user.
[[nodiscard]] std::expected<User, std::string> find_user(const std::string& name);
// Becomes that user, with its groups, for good.
[[nodiscard]] std::expected<void, std::string> become(const User& user);

}  // namespace mailvoid::sink
