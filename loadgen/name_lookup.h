// SPDX-License-Identifier: Apache-2.0
// Asks the DNS, before a run, for what targets are made of. Waits for each answer, by c-ares.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/socket_address.h"

namespace mailvoid::loadgen {

// One MX record (RFC 1035 section 3.3.9). `host` is as it came, without the last dot: "" for the root.
struct MailExchanger {
  std::uint16_t preference = 0;
  std::string host;
};

class NameLookup {
 public:
  // `server` is asked instead of those of the system, and /etc/hosts is not read then. `timeout` is for each
  // answer, repeated questions and TCP after a truncated reply included. The error is one line.
  [[nodiscard]] static std::expected<NameLookup, std::string> create(
      const std::optional<SocketAddress>& server, Duration timeout);

  // The MX records of a domain, in no order; none if the domain is there and has none. No search list is
  // applied to a name. The error is why there is no answer, in words that follow the name.
  [[nodiscard]] std::expected<std::vector<MailExchanger>, std::string> exchangers(const std::string& domain);
  // An address of a host, IPv4 if it has any; its port is 0. Otherwise likewise.
  [[nodiscard]] std::expected<SocketAddress, std::string> address(const std::string& host);

 private:
  struct Channel;
  struct Release {
    void operator()(Channel* channel) const;
  };
  explicit NameLookup(std::unique_ptr<Channel, Release> channel) : channel_(std::move(channel)) {}

  std::unique_ptr<Channel, Release> channel_;
};

}  // namespace mailvoid::loadgen
