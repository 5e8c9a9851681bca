// SPDX-License-Identifier: Apache-2.0
#include "loadgen/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "base/ip_address.h"
#include "config/address_text.h"
#include "loadgen/dsn_request.h"
#include "proxy/proxy_header.h"
#include "sasl/mechanism.h"
#include "sasl/oauth_message.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::array<std::pair<std::string_view, smtp::ClientBody>, 4> kBodies{
    {{"auto", smtp::ClientBody::automatic},
     {"7bit", smtp::ClientBody::seven_bit},
     {"8bitmime", smtp::ClientBody::eight_bit_mime},
     {"binarymime", smtp::ClientBody::binary_mime}}};

using Outcome = std::expected<void, StartFault>;

std::unexpected<StartFault> usage_fault(std::string text) {
  return std::unexpected(StartFault(std::move(text), true));
}

tls::Version version_of(std::string_view text) {
  return text == tls::kVersionNames[0] ? tls::Version::tls1_2 : tls::Version::tls1_3;
}

std::string_view option_of(tls::Subject subject) {
  switch (subject) {
    case tls::Subject::versions: return "--tls-min";
    case tls::Subject::certificate: return "--tls-cert";
    case tls::Subject::key: return "--tls-key";
    case tls::Subject::peer_authorities: return "--tls-ca";
    default: return "--tls";
  }
}

Outcome add_tls(const ProfileOptions& options, const std::string& host,
                std::shared_ptr<const tls::ClientContext> made, Profile& profile) {
  if (options.tls == "off") return {};
  profile.smtp.tls = options.tls == "starttls" ? smtp::ClientTls::starttls : smtp::ClientTls::implicit;
  profile.tls_resume_percent = options.tls_resume_percent;
  profile.tls_server_name = options.tls_server_name.empty() ? host : options.tls_server_name;
  if (profile.tls_server_name.empty() && !options.tls_insecure) {
    return usage_fault("--tls-server-name: a UNIX socket has no name to verify; give one, or --tls-insecure");
  }
  profile.tls = std::move(made);
  if (profile.tls != nullptr) return {};
  tls::ClientContextOptions wanted;
  wanted.protocol.min = version_of(options.tls_min);
  wanted.protocol.max = version_of(options.tls_max);
  wanted.verify = !options.tls_insecure;
  wanted.authorities = options.tls_ca;
  wanted.certificate = {options.tls_cert, options.tls_key};
  auto context = tls::ClientContext::create(wanted);
  if (!context) {
    return std::unexpected(fmt::format("{}: {}", option_of(context.error().subject), context.error().text));
  }
  profile.tls = std::move(*context);
  return {};
}

Outcome add_identity(const ProfileOptions& options, const std::string& host, Profile& profile) {
  if (options.auth_user.empty()) return {};
  std::ifstream file(options.auth_password_file);
  std::string password;
  if (!std::getline(file, password)) {
    return std::unexpected(
        fmt::format("--auth-password-file: cannot read a line of {}", options.auth_password_file));
  }
  if (password.ends_with('\r')) password.pop_back();
  constexpr std::size_t kOctetsMax =
      2800;  // what a response in base64 can hold, with room for the rest of it
  if (password.size() + options.auth_user.size() > kOctetsMax) {
    return std::unexpected(
        fmt::format("--auth-password-file: name and password are longer than {} octets", kOctetsMax));
  }
  const bool wants_token = options.auth_mechanism == "xoauth2" || options.auth_mechanism == "oauthbearer";
  if (wants_token && !sasl::is_bearer_token(password)) {
    return usage_fault(
        fmt::format("--auth-password-file: the first line of {} is no token for {}, which is letters, digits "
                    "and -._~+/ (RFC 6750)",
                    options.auth_password_file, options.auth_mechanism));
  }
  profile.identity = sasl::ClientIdentity{options.auth_user, std::move(password), host, 0};
  if (options.auth_mechanism == "auto") {
    profile.smtp.auth_mechanisms = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"};
  } else {
    profile.smtp.auth_mechanisms = {
        std::string(sasl::facts(*sasl::find_mechanism(options.auth_mechanism)).name)};
  }
  return {};
}

// The destination is the target where that is an address of the same family, else any.
void add_preamble(const ProfileOptions& options, const std::string& host, Profile& profile) {
  const bool first = options.proxy.starts_with("v1");
  const std::size_t equals = options.proxy.find('=');
  if (options.proxy == "off") return;
  if (equals == options.proxy.npos) {
    return first ? proxy::append_v1_unknown(profile.preamble) : proxy::append_v2_local(profile.preamble);
  }
  const SocketAddress address = config::parse_inet_address(options.proxy.substr(equals + 1)).value();
  const proxy::Endpoint source{ip_of(address).value(), address.port()};
  proxy::Endpoint destination{{.v6 = source.ip.v6}, 25};
  const auto target = parse_ip_literal(host);
  if (target && target->v6 == source.ip.v6) destination.ip = *target;
  (first ? proxy::append_v1 : proxy::append_v2)(source, destination, profile.preamble);
}

}  // namespace

std::expected<Profile, StartFault> make_profile(const ProfileOptions& options, const std::string& host,
                                                std::shared_ptr<const tls::ClientContext> tls) {
  Profile profile;
  profile.messages_per_session = options.messages_per_session;
  profile.overlap = options.overlap;
  smtp::ClientConfig& config = profile.smtp;
  config.ehlo_name = options.helo;
  config.pipelining = options.pipelining;
  config.lmtp = options.lmtp;
  config.degrade = options.if_unsupported == "degrade";
  config.chunk_octets = options.bdat_octets;
  const auto* const body =
      std::ranges::find(kBodies, std::string_view(options.body), &decltype(kBodies)::value_type::first);
  if (body != kBodies.end()) config.body = body->second;
  config.smtp_utf8 = options.smtp_utf8;
  config.require_tls = options.require_tls;
  config.xclient = options.xclient;
  std::ranges::replace(config.xclient, ',', ' ');
  if (!options.dsn.empty()) {
    auto dsn = parse_dsn(options.dsn);
    if (!dsn) return usage_fault("--dsn " + dsn.error());
    config.dsn = dsn->parameters;
    profile.envelope_id = std::move(dsn->envelope_id);
  }
  if (auto made = add_tls(options, host, std::move(tls), profile); !made)
    return std::unexpected(made.error());
  if (auto made = add_identity(options, host, profile); !made) return std::unexpected(made.error());
  add_preamble(options, host, profile);
  if (const auto valid = smtp::validate(config); !valid) return usage_fault(valid.error());
  return profile;
}

}  // namespace mailvoid::loadgen
