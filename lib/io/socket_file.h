// SPDX-License-Identifier: Apache-2.0
// The file that a bound UNIX socket has in the file system, which the kernel leaves behind.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>

#include "base/socket_address.h"
#include "io/unique_fd.h"

namespace mailvoid::io {

// Owns the file: removed with the object, if it is still the one that was made.
class SocketFile {
 public:
  SocketFile() = default;
  // The file at that path, which the caller has just bound.
  explicit SocketFile(std::string path);
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&& other) noexcept;
  ~SocketFile();

  [[nodiscard]] bool empty() const { return path_.empty(); }
  // Makes it somebody's, for the time after root was given up. The error is an errno.
  [[nodiscard]] std::expected<void, int> give_to(uid_t user, gid_t group) const;
  // Removes the file, unless another has taken its place. The error is an errno: then the file stays.
  [[nodiscard]] std::expected<void, int> remove();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// Binds `socket` to the UNIX address, with a file of that mode, and listens. What nobody listens on any more
// is replaced. Two programs that do so at a time do not take each other's file for a stale one. The error
// says what is in the way, without the address: "its folder does not exist".
[[nodiscard]] std::expected<SocketFile, std::string> listen_unix(const UniqueFd& socket,
                                                                 const SocketAddress& address, mode_t mode,
                                                                 int backlog);

}  // namespace mailvoid::io
