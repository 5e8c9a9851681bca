// SPDX-License-Identifier: Apache-2.0
#include "io/listener.h"

#include <fcntl.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>

namespace mailvoid::io {
namespace {

std::string bind_error(const SocketAddress& address, int error) {
  std::string text = address.text() + ": cannot listen there: " + std::strerror(error);
  if (error == EADDRINUSE) text += "; another program has it";
  if (error == EACCES)
    text += "; ports below 1024 need root or CAP_NET_BIND_SERVICE (start as root with --user)";
  if (error == EADDRNOTAVAIL) text += "; no interface of this machine has that address";
  return text;
}

std::expected<UniqueFd, int> bind_stream(const SocketAddress& address, bool shared) {
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return std::unexpected(errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (address.family() == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (shared) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  if (::bind(fd.get(), address.get(), address.length()) != 0) return std::unexpected(errno);
  return fd;
}

// One socket, and a descriptor of it for each shard.
std::expected<Listener, std::string> listen_on_unix(const SocketAddress& address,
                                                    const ListenOptions& options) {
  const auto failed = [&address](const std::string& why) {
    return std::unexpected(address.text() + ": cannot listen there: " + why);
  };
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return failed(std::strerror(errno));
  auto file = listen_unix(socket, address, options.file_mode, options.backlog);
  if (!file) return failed(file.error());
  Listener listener{address, {}, std::move(*file)};
  for (std::size_t i = 1; i < options.count; ++i) {
    listener.sockets.emplace_back(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
    if (!listener.sockets.back()) return failed(std::strerror(errno));
  }
  listener.sockets.push_back(std::move(socket));
  return listener;
}

}  // namespace

std::expected<Listener, std::string> listen_on(const SocketAddress& address, const ListenOptions& options) {
  if (address.is_unix()) return listen_on_unix(address, options);
  Listener listener{address, {}, {}};
  {
    // A socket that is bound alone, and listens, proves that nobody else does; a bare bind would not, for
    // SO_REUSEADDR lets it pass.
    auto probe = bind_stream(address, false);
    if (!probe) return std::unexpected(bind_error(address, probe.error()));
    if (::listen(probe->get(), 1) != 0) return std::unexpected(bind_error(address, errno));
    listener.address = SocketAddress::of_socket(probe->get());
  }
  for (std::size_t i = 0; i < options.count; ++i) {
    auto socket = bind_stream(listener.address, true);
    if (!socket) return std::unexpected(bind_error(listener.address, socket.error()));
    listener.sockets.push_back(std::move(*socket));
  }
  // Listening only once all are bound: no connection is queued on a socket of a start that fails.
  for (const UniqueFd& socket : listener.sockets) {
    if (::listen(socket.get(), options.backlog) != 0)
      return std::unexpected(bind_error(listener.address, errno));
  }
  return listener;
}

}  // namespace mailvoid::io
