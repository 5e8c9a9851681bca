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

void describe_profile(config::CommandLine& line, ProfileOptions& options) {
  line.group("How the sessions talk");
  line.value("helo", options.helo, config::text("NAME", check_helo), "our name in EHLO, HELO or LHLO");
  line.value("messages-per-session", options.messages_per_session, config::count<std::uint64_t>(0),
             "then QUIT and a new connection; 0 to keep it");
  line.negatable_flag("pipelining", options.pipelining,
                      "send commands together where the target announces PIPELINING");
  line.flag("lmtp", options.lmtp, "speak LMTP: LHLO, and a reply for each recipient after the message");
  line.value("bdat", options.bdat_octets, config::bytes<std::uint64_t>(0),
             "send messages with BDAT, in chunks of this size; 0 for DATA");
  line.value("body", options.body, config::choice("KIND", {"auto", "7bit", "8bitmime", "binarymime"}),
             "what MAIL says of the message: auto for 8BITMIME where the message needs it and the target has "
             "it; binarymime needs --bdat");
  line.value("dsn", options.dsn, config::text("REQUEST", check_dsn),
             "ask for delivery status notifications, such as "
             "ret=hdrs,notify=success,failure,envid=run1-{message},orcpt; notify may be never");
  line.flag("smtputf8", options.smtp_utf8, "say SMTPUTF8; --from and --to may then hold UTF-8");
  line.flag("requiretls", options.require_tls, "say REQUIRETLS");
  line.value("xclient", options.xclient, config::text("ATTR=VALUE,...", check_xclient),
             "claim to be another client with XCLIENT, values in xtext: ADDR=192.0.2.1,NAME=client.example");
  line.value("if-unsupported", options.if_unsupported, config::choice("WHAT", {"fail", "degrade"}),
             "where the target does not announce what these options ask for: fail, the session says QUIT and "
             "counts as an error; or degrade, it goes on without (never without SMTPUTF8 and REQUIRETLS)");
}

std::string manner_text(const ProfileOptions& options) {
  std::vector<std::string> words;
  if (options.lmtp) words.emplace_back("LMTP");
  words.emplace_back(options.pipelining ? "pipelining where announced" : "no pipelining");
  if (options.bdat_octets != 0) {
    words.push_back("BDAT chunks of " + format_size(static_cast<double>(options.bdat_octets)));
  }
  if (options.body != "auto") words.push_back("BODY=" + options.body);
  if (!options.dsn.empty()) words.emplace_back("DSN");
  if (options.smtp_utf8) words.emplace_back("SMTPUTF8");
  if (options.require_tls) words.emplace_back("REQUIRETLS");
  if (!options.xclient.empty()) words.emplace_back("XCLIENT");
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace mailvoid::loadgen
