// SPDX-License-Identifier: Apache-2.0
// From addresses as options name them to addresses as the kernel takes them.
#pragma once

#include "config/socket_address.h"
#include "io/socket_address.h"

namespace mailvoid::program {

[[nodiscard]] inline io::SocketAddress kernel_address(const config::SocketAddress& address) {
  sockaddr_storage storage{};
  const socklen_t length = address.to_sockaddr(storage);
  return {reinterpret_cast<const sockaddr*>(&storage), length};
}

}  // namespace mailvoid::program
