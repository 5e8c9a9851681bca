// SPDX-License-Identifier: Apache-2.0
// What one listener offers, rendered once so that greeting, HELO and EHLO replies are static bytes.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace mailvoid::smtp {

struct ServerOptions {
  std::string hostname;                   // first word of the greeting; a domain or an address literal
  std::uint64_t message_octets_max = 0;   // RFC 1870 octets; 0: no limit
  std::uint32_t recipients_max = 10'000;  // accepted ones per transaction; 1 to kRecipientsMax
};

inline constexpr std::uint32_t kRecipientsMax = 1'000'000;

// Immutable while sessions live. The strings hold complete replies, CRLF included.
struct ServerConfig {
  std::string hostname;
  std::uint64_t message_octets_max = 0;
  std::uint32_t recipients_max = 0;
  std::string greeting;    // 220
  std::string helo_reply;  // 250, one line
  std::string ehlo_reply;  // 250, exactly the keywords that work
};

// The error is a sentence for a person who wrote the option.
[[nodiscard]] std::expected<ServerConfig, std::string> make_server_config(const ServerOptions& options);

}  // namespace mailvoid::smtp
