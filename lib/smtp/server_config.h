// SPDX-License-Identifier: Apache-2.0
// What one listener offers, rendered once so that greeting, HELO and EHLO replies are static bytes.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/address.h"
#include "smtp/directory.h"
#include "smtp/feature.h"

namespace mailvoid::smtp {

enum class Protocol : std::uint8_t {
  smtp,
  lmtp,    // RFC 2033: LHLO, and after the data one reply per recipient
  rfc821,  // the world of 1982: its verbs, 7-bit data, its limits
};

// What happens to octets over 127 in data that are to have 7 bits (rfc821).
enum class EightBit : std::uint8_t {
  allowed,
  masked,   // accepted; whoever keeps the body must pass it through mask_to_seven_bits()
  refused,  // 554 after the dot
};

struct ServerOptions {
  std::string hostname;                   // first word of the greeting; a domain or an address literal
  std::uint64_t message_octets_max = 0;   // RFC 1870 octets; 0: no limit
  std::uint32_t recipients_max = 10'000;  // accepted ones per transaction; 1 to kRecipientsMax
  std::uint16_t transactions_max = 0;     // MAILMAX of RFC 9422: per session; 0: no limit

  FeatureSet disabled{};  // not announced and not served, whatever the rest says
  Protocol protocol = Protocol::smtp;
  EightBit eight_bit = EightBit::masked;  // only of rfc821

  bool starttls = false;      // STARTTLS is offered; inside TLS, however begun, REQUIRETLS is
  bool tls_required = false;  // 530 to mail before TLS (RFC 3207 4)
  // AUTH is offered with these, upper case, inside TLS only where binds_channel() says so; none: not offered.
  std::vector<std::string> auth_mechanisms{};
  bool auth_only_in_tls = false;  // and in the clear not announced: 538
  bool auth_required = false;     // 530 to mail before AUTH succeeded
  bool xclient = false;           // XCLIENT and XFORWARD are offered to trusted peers
  bool xforward = false;

  bool strict_syntax = false;                  // smtp.md 8, 39: RFC 5321 as written
  bool bare_lf_ends_commands = false;          // smtp.md 55: a LF without CR ends a command line (never data)
  bool bare_lf_in_data_refused = false;        // smtp.md 54: 554 after the dot
  bool early_talkers_refused = false;          // smtp.md 65: 554 to who sends before the greeting
  bool no_mail = false;                        // RFC 7504: 521 to everything but QUIT
  std::vector<std::string> null_mx_domains{};  // RFC 7505: recipients there get 556
  DirectoryOptions directory{};                // for VRFY and EXPN
};

inline constexpr std::uint32_t kRecipientsMax = 1'000'000;

// Immutable while sessions live. The strings hold complete replies, CRLF included.
struct ServerConfig {
  // What is said to a kind of session, of which there are four.
  struct Variant {
    std::string ehlo_reply;     // 250, exactly the keywords that work
    std::string help_overview;  // 214
  };
  // Indexed by kInTls and kTrusted, or both added.
  std::array<FeatureSet, 4> served;  // and so announced
  std::array<Variant, 4> variants;
  static constexpr unsigned kInTls = 1;
  static constexpr unsigned kTrusted = 2;

  std::string hostname;
  std::string greeting;    // 220, or 521
  std::string helo_reply;  // 250, one line
  std::array<std::string, kVerbCount> help;

  std::uint64_t message_octets_max = 0;
  std::uint64_t text_line_octets_max = 0;  // CRLF included; 0: no limit
  std::uint32_t recipients_max = 0;
  std::uint16_t transactions_max = 0;
  std::uint16_t command_octets_max = 0;  // CRLF included
  AddressRules address_rules;            // where 8-bit octets are not allowed
  AddressRules utf8_address_rules;       // where they are

  FeatureSet foreign;  // verbs of another protocol: 500, not 502
  EightBit eight_bit = EightBit::allowed;
  bool enhanced = true;  // replies have an x.y.z
  bool lmtp = false;
  bool tls_required = false;
  bool auth_required = false;
  bool strict_syntax = false;
  bool bare_lf_ends_commands = false;
  bool bare_lf_in_data_refused = false;
  bool early_talkers_refused = false;
  bool no_mail = false;
  bool inspects_data = false;  // there is more to see in data than the scanner sees
  std::vector<std::string> auth_mechanisms;
  std::vector<std::string> null_mx_domains;  // upper case, sorted
  Directory directory;
};

// The error is a sentence for a person who wrote the option.
[[nodiscard]] std::expected<ServerConfig, std::string> make_server_config(const ServerOptions& options);

}  // namespace mailvoid::smtp
