// SPDX-License-Identifier: Apache-2.0
// What a server announced in its reply to EHLO or LHLO (RFC 5321 §4.1.1.1), as far as a client here can use
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mailvoid::smtp {

enum class ClientExtension : std::uint8_t {
  pipelining,      // RFC 2920
  size,            // RFC 1870
  eight_bit_mime,  // RFC 6152
  chunking,        // RFC 3030
  binary_mime,     // RFC 3030
  dsn,             // RFC 3461
  smtp_utf8,       // RFC 6531
  starttls,        // RFC 3207
  auth,            // RFC 4954; missing means that none of the wanted mechanisms was announced
  limits,          // RFC 9422
  require_tls,     // RFC 8689
  xclient,         // Postfix's XCLIENT_README; missing means that some wanted attribute was not announced
};
inline constexpr std::size_t kClientExtensions = 12;
// As EHLO spells it: "PIPELINING", "SIZE", ...
[[nodiscard]] std::string_view keyword_of(ClientExtension extension);
// "pipelining", "size", "8bitmime", ...: labels of metrics and reports.
[[nodiscard]] std::string_view name_of(ClientExtension extension);

struct ClientCapabilities {
  std::uint32_t mails_max = 0;              // LIMITS MAILMAX: MAIL commands of a connection; 0: no limit said
  std::uint32_t recipients_max = 0;         // LIMITS RCPTMAX: of a transaction
  std::uint32_t recipient_domains_max = 0;  // LIMITS RCPTDOMAINMAX: domains of a transaction's recipients
  std::uint32_t auth_mechanisms = 0;        // bit i: the i-th of the mechanisms that note() was told
  std::uint16_t extensions = 0;             // bit i: ClientExtension i
  std::uint8_t xclient_attributes = 0;      // as xclient_attributes() numbers them

  [[nodiscard]] bool offers(ClientExtension extension) const {
    return (extensions >> static_cast<unsigned>(extension) & 1) != 0;
  }
  // One line of the list, without code, separator and line end. Keywords in any case, separated by any
  // blanks; a keyword that is not known, and a parameter that makes no sense, say nothing. `mechanisms` is
  // the same in every call, in capitals, at most 32.
  void note(std::string_view line, std::span<const std::string> mechanisms);
};

// How many of the first of `recipients`, at least one, the limits let into one transaction. Domains are
// compared as DNS does, without case.
[[nodiscard]] std::size_t recipients_within(const ClientCapabilities& limits,
                                            std::span<const std::string_view> recipients);

// The attributes of an XCLIENT argument such as "ADDR=192.0.2.1 PORT=25", a bit each; 0 if one has an unknown
// name, or no value.
[[nodiscard]] std::uint8_t xclient_attributes(std::string_view argument);

}  // namespace mailvoid::smtp
