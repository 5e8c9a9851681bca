// SPDX-License-Identifier: Apache-2.0
#include "loadgen/target.h"

#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "loadgen/mail_exchangers.h"
#include "loadgen/name_lookup.h"

namespace mailvoid::loadgen {
namespace {

using Outcome = std::expected<void, std::string>;
using Found = std::expected<std::vector<Destination>, std::string>;

// Of the 28,232 ports that Linux gives out by default, half: finding a free one grows slow as they run out.
constexpr std::uint32_t kSessionsPerSource = 14'000;
// One connection a message leaves ports behind in TIME_WAIT, which Linux uses again after a second: this many
// addresses carry some hundred thousand connections a second.
constexpr std::uint32_t kSourcesWhenReconnecting = 8;
constexpr std::uint32_t kSourcesMax = 250;

std::expected<SocketAddress, std::string> system_address(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return std::unexpected("cannot find " + host + ": " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  const addrinfo* chosen = found;
  while (chosen != nullptr && chosen->ai_family != AF_INET) chosen = chosen->ai_next;
  if (chosen == nullptr) chosen = found;
  return SocketAddress(chosen->ai_addr, chosen->ai_addrlen);
}

// Finds the servers of one target after the other.
class Resolution {
 public:
  explicit Resolution(const LoadOptions& options) : options_(options) {}

  // The servers of `target`, which share its weight equally.
  [[nodiscard]] Found find(const TargetOption& target) {
    if (const auto* const unix_socket = std::get_if<SocketAddress>(&target.where)) {
      return std::vector{Destination{.name = where_text(target), .address = *unix_socket}};
    }
    if (const auto* const domain = std::get_if<MailDomain>(&target.where)) {
      auto found = find_domain(*domain, where_text(target));
      if (!found) return std::unexpected(where_text(target) + ": " + found.error());
      return found;
    }
    const auto& named = std::get<config::HostAndPort>(target.where);
    auto address = address_of(named);
    if (!address) return std::unexpected(std::move(address.error()));
    return std::vector{Destination{.name = where_text(target), .host = named.host, .address = *address}};
  }

 private:
  [[nodiscard]] std::expected<SocketAddress, std::string> address_of(const config::HostAndPort& named) {
    const bool here = named.host == "localhost" || SocketAddress::numeric(named.host, 0);
    auto address = here || !options_.resolver ? system_address(named.host) : dns_address(named.host);
    if (address) address->set_port(named.port);
    return address;
  }

  [[nodiscard]] std::expected<SocketAddress, std::string> dns_address(const std::string& host) {
    if (auto ready = open(); !ready) return std::unexpected(ready.error());
    auto address = names_->address(host);
    if (!address) return std::unexpected(host + " " + address.error());
    return address;
  }

  [[nodiscard]] Found find_domain(const MailDomain& domain, const std::string& name) {
    if (auto ready = open(); !ready) return std::unexpected(ready.error());
    const auto records = names_->exchangers(domain.name);
    if (!records) return std::unexpected(domain.name + " " + records.error());
    const auto hosts = best_exchangers(domain.name, *records);
    if (!hosts) return std::unexpected(domain.name + " " + hosts.error());
    if (hosts->size() > kTargetsMax) {
      return std::unexpected(
          fmt::format("{} has {} exchangers: at most {}", domain.name, hosts->size(), kTargetsMax));
    }
    std::vector<Destination> servers;
    for (const std::string& host : *hosts) {
      auto address = dns_address(host);
      if (!address)
        return std::unexpected((records->empty() ? "has no MX, and " : "its exchanger ") + address.error());
      address->set_port(domain.port);
      servers.push_back({.name = name + "/" + to_string(config::HostAndPort{host, domain.port}),
                         .host = host,
                         .address = *address});
    }
    return servers;
  }

  Outcome open() {
    if (names_) return {};
    auto names = NameLookup::create(options_.resolver, options_.resolver_timeout);
    if (!names) return std::unexpected(std::move(names.error()));
    names_.emplace(*std::move(names));
    return {};
  }

  const LoadOptions& options_;
  std::optional<NameLookup> names_;
};

// What all servers of all targets weigh, so that those of one target weigh together as much as it does.
std::vector<Destination> weighed(const std::vector<TargetOption>& targets,
                                 std::vector<std::vector<Destination>> servers) {
  std::uint64_t multiple = 1;  // of 64 servers in all: 2 million at most
  for (const auto& of_target : servers) multiple = std::lcm(multiple, std::uint64_t{of_target.size()});
  std::uint64_t common = 0;
  std::vector<Destination> all;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    for (Destination& server : servers[i]) {
      server.weight = targets[i].weight * (multiple / servers[i].size());
      all.push_back(std::move(server));
    }
    common = std::gcd(common, all.back().weight);
  }
  // Those of people stay as they are.
  if (multiple > 1) {
    for (Destination& server : all) server.weight /= common;
  }
  return all;
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
  Resolution resolution(options);
  std::vector<std::vector<Destination>> servers;
  std::size_t count = 0;
  for (const TargetOption& target : options.targets) {
    auto found = resolution.find(target);
    if (!found) return std::unexpected(std::move(found.error()));
    count += found->size();
    servers.push_back(*std::move(found));
  }
  if (count > kTargetsMax) {
    return std::unexpected(fmt::format("the targets are {} servers: at most {}", count, kTargetsMax));
  }
  std::vector<Destination> destinations = weighed(options.targets, std::move(servers));
  for (const Destination& destination : destinations) {
    if (options.allow_public_target) break;
    if (auto allowed = check_private(destination.address); !allowed) return std::unexpected(allowed.error());
  }
  if (auto given = give_sources(options, destinations); !given) return std::unexpected(given.error());
  return destinations;
}

}  // namespace mailvoid::loadgen
