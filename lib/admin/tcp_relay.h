// SPDX-License-Identifier: Apache-2.0
// Passes TCP connections on to another address of this machine. It is here for one reason: Debian 12's
// civetweb is built without IPv6, and the admin port must be reachable at [::1].
#pragma once

#include <chrono>
#include <cstddef>
#include <thread>

#include "admin/tcp_address.h"

namespace mailvoid::admin {

struct TcpRelayOptions {
  TcpAddress target;
  std::size_t connections_max = 16;               // at once; more wait in the listener's backlog. 32 KiB each
  std::chrono::milliseconds lifetime_max{10000};  // then a connection is cut off, whatever it does
};

class TcpRelay {
 public:
  // Takes over `listener`, a non-blocking listening socket. Its thread inherits the caller's signal mask.
  // Throws std::system_error when there is no thread or descriptor to be had.
  TcpRelay(int listener, const TcpRelayOptions& options);
  // Closes the listener and cuts off whoever is connected.
  ~TcpRelay();
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;

 private:
  int stop_;  // an eventfd
  std::thread thread_;
};

}  // namespace mailvoid::admin
