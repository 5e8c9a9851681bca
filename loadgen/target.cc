// SPDX-License-Identifier: Apache-2.0
#include "loadgen/target.h"

#include <netdb.h>

#include <algorithm>
#include <memory>

namespace mailvoid::loadgen {
namespace {

// Of the 28,232 ports that Linux gives out by default, half: finding a free one grows slow as they run out.
constexpr std::uint32_t kSessionsPerSource = 14'000;
// One connection a message leaves ports behind in TIME_WAIT, which Linux uses again after a second: this many
// addresses carry some hundred thousand connections a second.
constexpr std::uint32_t kSourcesWhenReconnecting = 8;
constexpr std::uint32_t kSourcesMax = 250;

}  // namespace

std::expected<SocketAddress, std::string> resolve_target(const LoadOptions& options) {
  if (const auto* const unix_socket = std::get_if<SocketAddress>(&options.target)) return *unix_socket;
  const auto& target = std::get<config::HostAndPort>(options.target);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(target.host.c_str(), nullptr, &hints, &found);
  if (error != 0) return std::unexpected("cannot find " + target.host + ": " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  const addrinfo* chosen = found;
  while (chosen != nullptr && chosen->ai_family != AF_INET) chosen = chosen->ai_next;
  if (chosen == nullptr) chosen = found;
  SocketAddress address(chosen->ai_addr, chosen->ai_addrlen);
  address.set_port(target.port);
  if (!address.is_private() && !options.allow_public_target) {
    return std::unexpected(address.text() +
                           " is a public address: a load test of a system that is not yours is an attack; "
                           "if it is yours, say --allow-public-target");
  }
  return address;
}

std::expected<std::vector<SocketAddress>, std::string> choose_sources(const LoadOptions& options,
                                                                      const SocketAddress& target) {
  std::vector<SocketAddress> sources;
  for (const SocketAddress& source : options.sources) {
    if (source.family() != target.family()) {
      return std::unexpected(
          "--source " + source.host_text() + ": the target " + target.text() +
          (target.is_unix() ? " is reached from no address" : " is of the other address family"));
    }
    sources.push_back(source);
  }
  if (!sources.empty() || !target.is_loopback() || target.family() != AF_INET) return sources;
  std::uint32_t count = 1 + options.sessions / kSessionsPerSource;
  if (options.any_reconnects()) count = std::max(count, kSourcesWhenReconnecting);
  if (count == 1) return sources;
  for (std::uint32_t i = 1; i <= std::min(count, kSourcesMax); ++i) {
    sources.push_back(*SocketAddress::numeric("127.0.0." + std::to_string(i), 0));
  }
  return sources;
}

}  // namespace mailvoid::loadgen
