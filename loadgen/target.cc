// SPDX-License-Identifier: Apache-2.0
#include "loadgen/target.h"

#include <netdb.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace mailvoid::loadgen {
namespace {

using Outcome = std::expected<void, std::string>;

// Of the 28,232 ports that Linux gives out by default, half: finding a free one grows slow as they run out.
constexpr std::uint32_t kSessionsPerSource = 14'000;
// One connection a message leaves ports behind in TIME_WAIT, which Linux uses again after a second: this many
// addresses carry some hundred thousand connections a second.
constexpr std::uint32_t kSourcesWhenReconnecting = 8;
constexpr std::uint32_t kSourcesMax = 250;

std::expected<SocketAddress, std::string> address_of(const config::HostAndPort& target) {
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
  return address;
}

std::expected<Destination, std::string> resolve(const TargetOption& target) {
  Destination destination{.name = where_text(target), .weight = target.weight};
  if (const auto* const unix_socket = std::get_if<SocketAddress>(&target.where)) {
    destination.address = *unix_socket;
    return destination;
  }
  const auto& named = std::get<config::HostAndPort>(target.where);
  auto address = address_of(named);
  if (!address) return std::unexpected(std::move(address.error()));
  destination.host = named.host;
  destination.address = *address;
  return destination;
}

Outcome check_private(const SocketAddress& address) {
  if (address.is_private()) return {};
  return std::unexpected(address.text() +
                         " is a public address: a load test of a system that is not yours is an attack; "
                         "if it is yours, say --allow-public-target");
}

std::vector<SocketAddress> loopback_sources(const LoadOptions& options) {
  std::uint32_t count = 1 + options.sessions / kSessionsPerSource;
  if (options.any_reconnects()) count = std::max(count, kSourcesWhenReconnecting);
  std::vector<SocketAddress> sources;
  if (count == 1) return sources;
  for (std::uint32_t i = 1; i <= std::min(count, kSourcesMax); ++i) {
    sources.push_back(*SocketAddress::numeric("127.0.0." + std::to_string(i), 0));
  }
  return sources;
}

Outcome give_sources(const LoadOptions& options, std::vector<Destination>& destinations) {
  for (const SocketAddress& source : options.sources) {
    bool used = false;
    for (Destination& destination : destinations) {
      if (source.family() != destination.address.family()) continue;
      destination.sources.push_back(source);
      used = true;
    }
    if (used) continue;
    const SocketAddress& first = destinations.front().address;
    const std::string why =
        first.is_unix() ? " is reached from no address" : " is of the other address family";
    return std::unexpected("--source " + source.host_text() + ": " +
                           (destinations.size() == 1 ? "the target " + first.text() + why
                                                     : "no target is of its address family"));
  }
  for (Destination& destination : destinations) {
    const SocketAddress& address = destination.address;
    if (!destination.sources.empty() || address.is_unix()) continue;
    if (!options.sources.empty()) {
      return std::unexpected("--source: none is of the address family of the target " + address.text());
    }
    if (address.is_loopback() && address.family() == AF_INET) destination.sources = loopback_sources(options);
  }
  return {};
}

}  // namespace

std::expected<std::vector<Destination>, std::string> resolve_targets(const LoadOptions& options) {
  std::vector<Destination> destinations;
  for (const TargetOption& target : options.targets) {
    auto destination = resolve(target);
    if (!destination) return std::unexpected(std::move(destination.error()));
    destinations.push_back(*std::move(destination));
  }
  for (const Destination& destination : destinations) {
    if (options.allow_public_target) break;
    if (auto allowed = check_private(destination.address); !allowed) return std::unexpected(allowed.error());
  }
  if (auto given = give_sources(options, destinations); !given) return std::unexpected(given.error());
  return destinations;
}

}  // namespace mailvoid::loadgen
