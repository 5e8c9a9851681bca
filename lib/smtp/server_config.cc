// SPDX-License-Identifier: Apache-2.0
#include "smtp/server_config.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "smtp/address.h"

namespace mailvoid::smtp {
namespace {

// "250-host", "250-KEYWORD", ..., "250 KEYWORD".
std::string render_ehlo_reply(const ServerOptions& options) {
  const std::string size = fmt::format("SIZE {}", options.message_octets_max);
  const std::string_view lines[] = {options.hostname, "PIPELINING", size,   "8BITMIME", "ENHANCEDSTATUSCODES",
                                    "HELP",           "EXPN",       "SEND", "SOML",     "SAML"};
  std::string reply;
  for (const std::string_view& line : lines) {
    reply += fmt::format("250{}{}\r\n", &line == std::end(lines) - 1 ? ' ' : '-', line);
  }
  return reply;
}

}  // namespace

std::expected<ServerConfig, std::string> make_server_config(const ServerOptions& options) {
  if (!is_domain(options.hostname) && !is_address_literal(options.hostname)) {
    return std::unexpected(fmt::format("'{}' is not a host name or an address literal", options.hostname));
  }
  if (options.recipients_max < 1 || options.recipients_max > kRecipientsMax) {
    return std::unexpected(fmt::format("the limit of recipients must be 1 to {}, not {}", kRecipientsMax,
                                       options.recipients_max));
  }
  return ServerConfig{
      .hostname = options.hostname,
      .message_octets_max = options.message_octets_max,
      .recipients_max = options.recipients_max,
      .greeting = fmt::format("220 {} ESMTP Mailvoid\r\n", options.hostname),
      .helo_reply = fmt::format("250 {}\r\n", options.hostname),
      .ehlo_reply = render_ehlo_reply(options),
  };
}

}  // namespace mailvoid::smtp
