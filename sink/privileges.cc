// SPDX-License-Identifier: Apache-2.0
#include "sink/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mailvoid::sink {

std::expected<void, std::string> become_user(const std::string& name) {
  const auto failed = [&name](const char* what) {
    return std::unexpected("--user " + name + ": " + what + ": " + std::strerror(errno));
  };
  errno = 0;
  const passwd* const entry = ::getpwnam(name.c_str());
  if (entry == nullptr) {
    if (errno != 0) return failed("cannot look the user up");
    return std::unexpected("--user " + name + ": there is no such user");
  }
  const uid_t user = entry->pw_uid;
  const gid_t group = entry->pw_gid;
  if (::geteuid() == user && ::getuid() == user) return {};
  if (::initgroups(name.c_str(), group) != 0) return failed("cannot set its groups (started as root?)");
  if (::setgid(group) != 0) return failed("cannot set its group");
  if (::setuid(user) != 0) return failed("cannot become it");
  // A process that can take root back has not given it up.
  if (user != 0 && ::setuid(0) == 0) return std::unexpected("--user " + name + ": root was not given up");
  return {};
}

}  // namespace mailvoid::sink
