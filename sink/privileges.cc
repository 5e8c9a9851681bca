// SPDX-License-Identifier: Apache-2.0
#include "sink/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mailvoid::sink {

namespace {

std::unexpected<std::string> failed(const std::string& name, const char* what) {
  return std::unexpected("--user " + name + ": " + what + ": " + std::strerror(errno));
}

}  // namespace

std::expected<User, std::string> find_user(const std::string& name) {
  errno = 0;
  const passwd* const entry = ::getpwnam(name.c_str());
  if (entry != nullptr) return User{name, entry->pw_uid, entry->pw_gid};
  if (errno != 0) return failed(name, "cannot look the user up");
  return std::unexpected("--user " + name + ": there is no such user");
}

std::expected<void, std::string> become(const User& user) {
  if (::geteuid() == user.id && ::getuid() == user.id) return {};
  if (::initgroups(user.name.c_str(), user.group) != 0)
    return failed(user.name, "cannot set its groups (started as root?)");
  if (::setgid(user.group) != 0) return failed(user.name, "cannot set its group");
  if (::setuid(user.id) != 0) return failed(user.name, "cannot become it");
  // A process that can take root back has not given it up.
  if (user.id != 0 && ::setuid(0) == 0)
    return std::unexpected("--user " + user.name + ": root was not given up");
  return {};
}

}  // namespace mailvoid::sink
