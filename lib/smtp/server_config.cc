// SPDX-License-Identifier: Apache-2.0
#include "smtp/server_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "smtp/address.h"
#include "smtp/ascii.h"
#include "smtp/carried_line.h"
#include "smtp/help.h"
#include "smtp/mechanism_name.h"
#include "smtp/peer_attributes.h"

namespace mailvoid::smtp {
namespace {

constexpr FeatureSet set_of(std::initializer_list<FeatureSet> features) {
  FeatureSet all;
  for (const FeatureSet& feature : features) all |= feature;
  return all;
}

constexpr FeatureSet kOldVerbs =
    set_of({Verb::helo, Verb::mail, Verb::rcpt, Verb::data, Verb::rset, Verb::noop, Verb::quit, Verb::help,
            Verb::vrfy, Verb::expn, Verb::send, Verb::soml, Verb::saml});
constexpr FeatureSet kNewVerbs = set_of({Verb::ehlo, Verb::lhlo, Verb::starttls, Verb::auth, Verb::bdat,
                                         Verb::etrn, Verb::xclient, Verb::xforward});
// Those that need nothing to be configured.
constexpr FeatureSet kExtensions =
    set_of({Verb::bdat, Verb::etrn, Extension::pipelining, Extension::size, Extension::eight_bit_mime,
            Extension::enhanced_status_codes, Extension::binary_mime, Extension::dsn, Extension::smtputf8,
            Extension::limits, Extension::future_release, Extension::mt_priority, Extension::deliver_by});
// RFC 3207 4: what a server that insists on TLS does not serve in the clear, all but NOOP, EHLO, STARTTLS and
// QUIT.
constexpr FeatureSet kTlsVerbs =
    set_of({Verb::helo, Verb::help, Verb::rset, Verb::mail, Verb::rcpt, Verb::data, Verb::bdat, Verb::send,
            Verb::soml, Verb::saml, Verb::vrfy, Verb::expn, Verb::etrn, Verb::auth});

FeatureSet all_served(const ServerOptions& options) {
  if (options.no_mail) return Verb::quit;
  switch (options.protocol) {
    case Protocol::smtp: return kOldVerbs | Verb::ehlo | kExtensions;
    case Protocol::lmtp: return (kOldVerbs - Verb::helo) | Verb::lhlo | kExtensions;
    case Protocol::rfc821: return kOldVerbs;
  }
  return {};
}

std::vector<std::string> offered_mechanisms(const ServerOptions& options, bool in_tls) {
  if (in_tls) return options.auth_mechanisms;
  if (options.auth_only_in_tls) return {};
  std::vector<std::string> offered = options.auth_mechanisms;
  std::erase_if(offered, binds_channel);
  return offered;
}

FeatureSet served(const ServerOptions& options, bool in_tls, bool trusted) {
  FeatureSet all = all_served(options);
  const bool extended = !options.no_mail && options.protocol != Protocol::rfc821;
  const bool auth = !offered_mechanisms(options, in_tls).empty();
  if (extended && options.starttls && !in_tls) all |= Verb::starttls;
  if (extended && in_tls) all |= Extension::require_tls;
  if (extended && auth) all |= Verb::auth;
  if (extended && trusted && options.xclient) all |= Verb::xclient;
  if (extended && trusted && options.xforward) all |= Verb::xforward;
  all -= options.disabled;
  if (!all.has(Extension::eight_bit_mime)) all -= Extension::smtputf8;
  if (options.tls_required && !in_tls) all -= kTlsVerbs;
  if (!all.has(Verb::bdat)) all -= Extension::binary_mime;
  return all;
}

struct Keyword {
  FeatureSet feature;
  std::string line;
};

// "250-host", "250-KEYWORD", ..., "250 KEYWORD".
std::string render_ehlo_reply(const ServerOptions& options, FeatureSet served, bool in_tls) {
  std::string limits = fmt::format("LIMITS RCPTMAX={}", options.recipients_max);
  if (options.transactions_max != 0) limits += fmt::format(" MAILMAX={}", options.transactions_max);
  const Keyword keywords[] = {
      {Extension::pipelining, "PIPELINING"},
      {Extension::size, fmt::format("SIZE {}", options.message_octets_max)},
      {Extension::eight_bit_mime, "8BITMIME"},
      {Extension::enhanced_status_codes, "ENHANCEDSTATUSCODES"},
      {Verb::starttls, "STARTTLS"},
      {Verb::auth, fmt::format("AUTH {}", fmt::join(offered_mechanisms(options, in_tls), " "))},
      {Extension::require_tls, "REQUIRETLS"},
      {Verb::bdat, "CHUNKING"},
      {Extension::binary_mime, "BINARYMIME"},
      {Extension::dsn, "DSN"},
      {Extension::smtputf8, "SMTPUTF8"},
      {Extension::limits, limits},
      // Nothing is held, so that no time is too long: the most that the syntax allows.
      {Extension::future_release, "FUTURERELEASE 999999999 9999-12-31T23:59:59Z"},
      {Extension::mt_priority, "MT-PRIORITY"},
      {Extension::deliver_by, "DELIVERBY"},
      {Verb::etrn, "ETRN"},
      {Verb::xclient, fmt::format("XCLIENT{}", peer_attribute_list(Verb::xclient))},
      {Verb::xforward, fmt::format("XFORWARD{}", peer_attribute_list(Verb::xforward))},
      {Verb::help, "HELP"},
      {Verb::expn, "EXPN"},
      {Verb::send, "SEND"},
      {Verb::soml, "SOML"},
      {Verb::saml, "SAML"},
  };
  std::string reply = fmt::format("250-{}\r\n", options.hostname);
  std::size_t last_line = 0;
  for (const Keyword& keyword : keywords) {
    if (!served.has(keyword.feature)) continue;
    last_line = reply.size();
    reply += fmt::format("250-{}\r\n", keyword.line);
  }
  reply[last_line + 3] = ' ';
  return reply;
}

FeatureSet foreign_to(Protocol protocol) {
  switch (protocol) {
    case Protocol::smtp: return Verb::lhlo;
    case Protocol::lmtp: return FeatureSet(Verb::helo) | Verb::ehlo;
    case Protocol::rfc821: return kNewVerbs;
  }
  return {};
}

std::string render_greeting(const ServerOptions& options) {
  if (options.no_mail) return fmt::format("521 {} does not accept mail\r\n", options.hostname);
  static constexpr std::string_view kNames[] = {"ESMTP", "LMTP", "SMTP"};
  return fmt::format("220 {} {} Mailvoid\r\n", options.hostname,
                     kNames[static_cast<std::size_t>(options.protocol)]);
}

// What is wrong with the options, if anything.
std::string fault_of(const ServerOptions& options) {
  if (!is_domain(options.hostname) && !is_address_literal(options.hostname)) {
    return fmt::format("'{}' is not a host name or an address literal", options.hostname);
  }
  if (options.recipients_max < 1 || options.recipients_max > kRecipientsMax) {
    return fmt::format("the limit of recipients must be 1 to {}, not {}", kRecipientsMax,
                       options.recipients_max);
  }
  for (const std::string& mechanism : options.auth_mechanisms) {
    if (!is_mechanism_name(mechanism))
      return fmt::format("'{}' is not the name of a SASL mechanism", mechanism);
  }
  for (const std::string& domain : options.null_mx_domains) {
    if (!is_domain(domain)) return fmt::format("'{}' is not a domain", domain);
  }
  return {};
}

// RFC 821 4.5.3
void set_old_limits(const ServerOptions& options, ServerConfig& config) {
  config.recipients_max = std::min<std::uint32_t>(options.recipients_max, 100);
  config.text_line_octets_max = 1000;
  config.command_octets_max = 512;
  config.address_rules.local_part_octets_max = 64;
  config.address_rules.domain_octets_max = 64;
  config.eight_bit = options.eight_bit;
}

void set_limits(const ServerOptions& options, ServerConfig& config) {
  config.message_octets_max = options.message_octets_max;
  config.recipients_max = options.recipients_max;
  config.transactions_max = options.transactions_max;
  config.command_octets_max = BlockPool::kBlockBytes;
  config.address_rules.strict = options.strict_syntax;
  if (options.protocol == Protocol::rfc821) set_old_limits(options, config);
  config.utf8_address_rules = config.address_rules;
  config.utf8_address_rules.utf8 = true;
}

void set_policies(const ServerOptions& options, ServerConfig& config) {
  config.foreign = foreign_to(options.protocol);
  config.lmtp = options.protocol == Protocol::lmtp;
  config.tls_required = options.tls_required;
  config.auth_required = options.auth_required;
  config.strict_syntax = options.strict_syntax;
  config.bare_lf_ends_commands = options.bare_lf_ends_commands;
  config.bare_lf_in_data_refused = options.bare_lf_in_data_refused;
  config.early_talkers_refused = options.early_talkers_refused;
  config.no_mail = options.no_mail;
  config.inspects_data = config.text_line_octets_max != 0 || config.eight_bit == EightBit::refused;
  config.auth_mechanisms = options.auth_mechanisms;
  for (const std::string& domain : options.null_mx_domains) {
    std::string upper = domain;
    std::ranges::transform(upper, upper.begin(), to_upper_ascii);
    config.null_mx_domains.push_back(std::move(upper));
  }
  std::ranges::sort(config.null_mx_domains);
}

}  // namespace

std::expected<ServerConfig, std::string> make_server_config(const ServerOptions& options) {
  if (std::string fault = fault_of(options); !fault.empty()) return std::unexpected(std::move(fault));
  ServerConfig config;
  config.hostname = options.hostname;
  set_limits(options, config);
  set_policies(options, config);
  config.enhanced = served(options, false, false).has(Extension::enhanced_status_codes) || options.no_mail;
  config.greeting = render_greeting(options);
  config.helo_reply = fmt::format("250 {}\r\n", options.hostname);
  for (unsigned i = 0; i < config.variants.size(); ++i) {
    const bool in_tls = (i & ServerConfig::kInTls) != 0;
    const FeatureSet set = served(options, in_tls, (i & ServerConfig::kTrusted) != 0);
    config.served[i] = set;
    config.variants[i] = {render_ehlo_reply(options, set, in_tls),
                          render_help_overview(set, config.enhanced)};
    if (config.variants[i].ehlo_reply.size() > kReplyOctetsMax) {
      return std::unexpected(
          "the reply to EHLO would be too long; offer fewer mechanisms, or a shorter host name");
    }
  }
  for (std::size_t i = 0; i < kVerbCount; ++i) {
    config.help[i] = render_help_on(static_cast<Verb>(i), config.enhanced);
  }
  auto directory = Directory::make(options.directory, config.enhanced);
  if (!directory) return std::unexpected(directory.error());
  config.directory = std::move(*directory);
  return config;
}

}  // namespace mailvoid::smtp
