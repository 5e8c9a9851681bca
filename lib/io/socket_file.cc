// SPDX-License-Identifier: Apache-2.0
#include "io/socket_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace mailvoid::io {
namespace {

struct stat status_of(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) status = {};
  return status;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Held while a file is judged stale, removed and made anew, so that nobody else's new one is removed. Where
// the folder cannot be read it goes without.
UniqueFd lock_folder(const std::string& path) {
  UniqueFd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::flock(folder.get(), LOCK_EX);
  return folder;
}

int bind_file(const UniqueFd& socket, const SocketAddress& address, mode_t mode) {
  const mode_t before = ::umask(0777 & ~mode);
  const int error = ::bind(socket.get(), address.get(), address.length()) == 0 ? 0 : errno;
  ::umask(before);
  return error;
}

// A listener may outlive its program for a moment after a kill: the kernel takes io_uring down behind it.
// Then the connection breaks; of a server that is alive it stands, or brings a greeting.
constexpr int kProbesMax = 10;
constexpr int kProbeMilliseconds = 300;

bool hangs_up(const UniqueFd& connection) {
  pollfd watched{connection.get(), POLLIN, 0};
  if (::poll(&watched, 1, kProbeMilliseconds) != 1) return false;
  char octet = 0;
  return ::recv(connection.get(), &octet, 1, MSG_DONTWAIT) <= 0;
}

// 0 if somebody accepts connections there, else an errno.
int probe(const SocketAddress& address) {
  for (int i = 0; i < kProbesMax; ++i) {
    const UniqueFd connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(connection.get(), address.get(), address.length()) != 0) return errno;
    if (!hangs_up(connection)) return 0;
  }
  return 0;
}

// What is in the way at an address that is taken; "" if it is a socket that nobody listens on.
std::string obstacle(const SocketAddress& address) {
  const std::string path = address.path();
  if (path.empty()) return "another program listens on it";
  if (!S_ISSOCK(status_of(path).st_mode)) return "there is a file of that name, which is no socket";
  switch (const int error = probe(address)) {
    case ECONNREFUSED: return "";
    case 0:
    case EAGAIN:
    case EPROTOTYPE: return "another program listens on it";
    default:
      return std::string("whether another program listens on it cannot be told: ") + std::strerror(error);
  }
}

std::string bind_error(const SocketAddress& address, int error) {
  const std::string folder = folder_of(address.path());
  switch (error) {
    case ENOENT: return "the folder " + folder + " does not exist";
    case ENOTDIR: return folder + " is no folder";
    case EACCES:
    case EPERM: return "no file may be made in " + folder + ": " + std::strerror(error);
    default: return std::strerror(error);
  }
}

}  // namespace

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  const struct stat status = status_of(path_);
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

SocketFile::~SocketFile() { [[maybe_unused]] const auto removed = remove(); }

std::expected<void, int> SocketFile::give_to(uid_t user, gid_t group) const {
  // By descriptor: whoever may write in the folder could put something else at the path.
  const UniqueFd file(::open(path_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) return std::unexpected(errno);
  if (status.st_dev != device_ || status.st_ino != inode_) return std::unexpected(ENOENT);
  if (::fchownat(file.get(), "", user, group, AT_EMPTY_PATH) != 0) return std::unexpected(errno);
  return {};
}

std::expected<void, int> SocketFile::remove() {
  if (empty()) return {};
  const std::string path = std::exchange(path_, {});
  const UniqueFd lock = lock_folder(path);
  const struct stat status = status_of(path);
  if (status.st_dev != device_ || status.st_ino != inode_ || !S_ISSOCK(status.st_mode)) return {};
  if (::unlink(path.c_str()) != 0) return std::unexpected(errno);
  return {};
}

std::expected<SocketFile, std::string> listen_unix(const UniqueFd& socket, const SocketAddress& address,
                                                   mode_t mode, int backlog) {
  const std::string path = address.path();
  const UniqueFd lock = path.empty() ? UniqueFd() : lock_folder(path);
  int error = bind_file(socket, address, mode);
  if (error == EADDRINUSE) {
    if (const std::string what = obstacle(address); !what.empty()) return std::unexpected(what);
    if (::unlink(path.c_str()) != 0) {
      return std::unexpected(std::string("a socket that nobody uses any more cannot be removed: ") +
                             std::strerror(errno));
    }
    error = bind_file(socket, address, mode);
  }
  if (error != 0) return std::unexpected(bind_error(address, error));
  SocketFile file(path);
  // Before the lock is given up: a socket that is bound and does not listen yet looks stale.
  if (::listen(socket.get(), backlog) != 0) return std::unexpected(std::string(std::strerror(errno)));
  return file;
}

}  // namespace mailvoid::io
