// SPDX-License-Identifier: Apache-2.0
#include "loadgen/profile_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/units.h"
#include "config/address_text.h"
#include "loadgen/dsn_request.h"
#include "smtp/client_capabilities.h"

namespace mailvoid::loadgen {
namespace {

std::string check_dsn(std::string_view text) {
  if (text.empty()) return "";
  const auto parsed = parse_dsn(text);
  return parsed ? "" : parsed.error();
}

std::string any_text(std::string_view) { return ""; }

// No mechanism can carry them all: NUL parts the fields of PLAIN, an octet of value 1 those of OAuth.
std::string check_user(std::string_view text) {
  const bool plain = std::ranges::none_of(text, [](char c) { return ('\0' <= c && c < ' ') || c == '\x7f'; });
  return plain ? "" : "has control characters";
}

std::string check_proxy(std::string_view text) {
  if (text == "off") return "";
  const bool versioned = text.starts_with("v1") || text.starts_with("v2");
  const std::string_view rest = text.substr(std::min<std::size_t>(text.size(), 2));
  if (versioned && rest.empty()) return "";
  if (versioned && rest.starts_with('=') && config::parse_inet_address(rest.substr(1))) return "";
  return "is not off, v1, v2, or one of these with =ADDR:PORT behind it";
}

std::string check_xclient(std::string_view text) {
  std::string argument(text);
  std::ranges::replace(argument, ',', ' ');
  if (argument.empty() || smtp::xclient_attributes(argument) != 0) return "";
  return "is not ATTRIBUTE=VALUE,... of NAME, ADDR, PORT, PROTO, HELO, LOGIN, DESTADDR and DESTPORT";
}

}  // namespace

// RFC 5321 section 4.1.1.1: a domain, or an address literal.
std::string check_helo(std::string_view name) {
  if (config::valid_domain(name)) return "";
  if (name.starts_with('[') && name.ends_with(']')) {
    std::string_view literal = name.substr(1, name.size() - 2);
    const bool v6 = literal.starts_with("IPv6:");
    if (v6) literal.remove_prefix(5);
    const auto ip = config::parse_ip_address(literal);
    if (ip && (ip->family() == AF_INET6) == v6) return "";
  }
  return "is neither a domain name nor an address literal such as [127.0.0.1]";
}

void describe_profile(config::SettingTable& line, ProfileOptions& options) {
  line.group("How the sessions talk");
  line.value("helo", options.helo, config::text("NAME", check_helo), "our name in EHLO, HELO or LHLO");
  line.value("messages-per-session", options.messages_per_session, config::count<std::uint64_t>(0),
             "then QUIT and a new connection; 0 to keep it");
  line.negatable_flag("pipelining", options.pipelining,
                      "send commands together where the target announces PIPELINING");
  line.negatable_flag("overlap", options.overlap,
                      "where pipelining, let a message's MAIL leave with the body of the one before (in an "
                      "open loop only if no session is free)");
  line.flag("lmtp", options.lmtp, "speak LMTP: LHLO, and a reply for each recipient after the message");
  line.value("bdat", options.bdat_octets, config::bytes<std::uint64_t>(0),
             "send messages with BDAT, in chunks of this size; 0 for DATA");
  line.value("body", options.body, config::choice("KIND", {"auto", "7bit", "8bitmime", "binarymime"}),
             "what MAIL says of the message: auto for 8BITMIME where the message needs it and the target has "
             "it; binarymime needs --bdat");
  line.value("dsn", options.dsn, config::text("REQUEST", check_dsn),
             "ask for delivery status notifications: ret=hdrs or ret=full, notify=success,failure,delay or "
             "notify=never, envid=run1-{message}, orcpt; with commas between them");
  line.flag("smtputf8", options.smtp_utf8, "say SMTPUTF8; --from and --to may then hold UTF-8");
  line.flag("requiretls", options.require_tls, "say REQUIRETLS");
  line.value("xclient", options.xclient, config::text("ATTR=VALUE,...", check_xclient),
             "claim to be another client with XCLIENT, values in xtext: ADDR=192.0.2.1,NAME=client.example");
  line.value(
      "proxy-protocol", options.proxy, config::text("off|v1|v2[=ADDR:PORT]", check_proxy),
      "begin each connection with a PROXY header: for the client ADDR:PORT, or else as a proxy of its own "
      "account (UNKNOWN, LOCAL)");
  line.value("tls", options.tls, config::choice("off|starttls|implicit", {"off", "starttls", "implicit"}),
             "TLS by STARTTLS or from the first octet on");
  line.flag("tls-insecure", options.tls_insecure, "take any certificate");
  line.value("tls-ca", options.tls_ca, config::text("FILE", any_text),
             "certificates (PEM) of those whose word counts; the system's otherwise");
  line.value("tls-server-name", options.tls_server_name, config::text("NAME", any_text),
             "name to ask for and to verify; the target's otherwise");
  line.value("tls-cert", options.tls_cert, config::text("FILE", any_text),
             "our own certificate (PEM), for servers that ask for one");
  line.value("tls-key", options.tls_key, config::text("FILE", any_text),
             "its key, if it is not in the same file");
  line.value("tls-min", options.tls_min, config::choice("VERSION", {"1.2", "1.3"}), "oldest TLS to speak");
  line.value("tls-max", options.tls_max, config::choice("VERSION", {"1.2", "1.3"}), "newest TLS to speak");
  line.value("tls-resume", options.tls_resume_percent, config::count<std::uint32_t>(0, 100),
             "percentage of a session's later connections that resume its TLS session (see "
             "--messages-per-session); the others make a full handshake");
  line.value("auth-user", options.auth_user, config::text("NAME", check_user), "authenticate as this user");
  line.value("auth-password-file", options.auth_password_file, config::text("FILE", any_text),
             "its first line is the password, or with OAuth the token; a file, so that ps does not show it");
  line.value("auth-mechanism", options.auth_mechanism,
             config::choice("NAME", {"auto", "scram-sha-256-plus", "scram-sha-256", "cram-md5", "plain",
                                     "login", "xoauth2", "oauthbearer"}),
             "auto takes the best that is announced, without those of OAuth; scram-sha-256-plus, the first, "
             "binds to the TLS session (RFC 9266)");
  line.value("if-unsupported", options.if_unsupported, config::choice("WHAT", {"fail", "degrade"}),
             "where the target does not announce what these options ask for: fail, the session says QUIT and "
             "counts as an error; or degrade, it goes on without (never without SMTPUTF8 and REQUIRETLS)");
}

std::string manner_text(const ProfileOptions& options) {
  std::vector<std::string> words;
  if (options.lmtp) words.emplace_back("LMTP");
  words.emplace_back(options.pipelining ? "pipelining where announced" : "no pipelining");
  if (options.pipelining && !options.overlap) words.emplace_back("one message at a time");
  if (options.bdat_octets != 0) {
    words.push_back("BDAT chunks of " + format_size(static_cast<double>(options.bdat_octets)));
  }
  if (options.body != "auto") words.push_back("BODY=" + options.body);
  if (!options.dsn.empty()) words.emplace_back("DSN");
  if (options.smtp_utf8) words.emplace_back("SMTPUTF8");
  if (options.require_tls) words.emplace_back("REQUIRETLS");
  if (options.proxy != "off") words.emplace_back("PROXY header");
  if (options.tls != "off") words.push_back(options.tls == "starttls" ? "STARTTLS" : "implicit TLS");
  if (!options.auth_user.empty()) words.emplace_back("AUTH");
  if (!options.xclient.empty()) words.emplace_back("XCLIENT");
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace mailvoid::loadgen
