// SPDX-License-Identifier: Apache-2.0
#include "sink/tls_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "tls/identity.h"
#include "tls/ticket_keys.h"

namespace mailvoid::sink {
namespace {

constexpr std::string_view kSettings[] = {"tls-key",         "tls-min",          "tls-max",
                                          "tls-ciphers",     "tls-ciphersuites", "tls-groups",
                                          "tls-client-cert", "tls-client-ca",    "tls-keylog"};

std::string check_nonempty(std::string_view text) { return text.empty() ? "is empty" : ""; }

tls::Version version_of(std::string_view name) {
  return name == tls::kVersionNames[0] ? tls::Version::tls1_2 : tls::Version::tls1_3;
}

tls::CertificateFiles files_of(const std::string& text, const std::string& key) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return {text, key};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string_view option_of(tls::Subject subject, const TlsOptions& options) {
  switch (subject) {
    case tls::Subject::versions: return "--tls-min";
    case tls::Subject::ciphers: return "--tls-ciphers";
    case tls::Subject::ciphersuites: return "--tls-ciphersuites";
    case tls::Subject::groups: return "--tls-groups";
    case tls::Subject::certificate: return options.certificates.empty() ? "--tls-self-signed" : "--tls-cert";
    case tls::Subject::key: return options.key.empty() ? "--tls-cert" : "--tls-key";
    case tls::Subject::peer_authorities: return "--tls-client-ca";
    case tls::Subject::key_log: return "--tls-keylog";
    case tls::Subject::library: break;
  }
  return "TLS";
}

std::string named(const tls::ContextError& error, const TlsOptions& options) {
  return fmt::format("{}: {}", option_of(error.subject, options), error.text);
}

}  // namespace

void describe_tls(config::CommandLine& line, TlsOptions& options) {
  line.group("TLS");
  line.list("tls-cert", options.certificates, config::text("FILE[:KEYFILE]", check_nonempty),
            "certificate in PEM form, followed in its file by those that signed it; its key is in the same "
            "file unless KEYFILE or --tls-key names another. Several, ECDSA beside RSA or for several names: "
            "the client's wishes choose. SIGHUP reads the files again");
  line.value("tls-key", options.key, config::text("FILE", check_nonempty),
             "private key of the one certificate");
  line.flag(
      "tls-self-signed", options.self_signed,
      "make a certificate for --hostname at start, in memory: TLS with one flag, for clients that do not "
      "verify");
  const std::vector<std::string> versions(tls::kVersionNames.begin(), tls::kVersionNames.end());
  line.value("tls-min", options.min, config::choice("1.2|1.3", versions), "lowest version of TLS");
  line.value("tls-max", options.max, config::choice("1.2|1.3", versions), "highest version of TLS");
  line.value(
      "tls-ciphers", options.ciphers, config::text("LIST", check_nonempty),
      "ciphers of TLS 1.2, as openssl-ciphers(1) has them; by default AES-GCM and ChaCha20 with ECDHE");
  line.value("tls-ciphersuites", options.ciphersuites, config::text("LIST", check_nonempty),
             "ciphersuites of TLS 1.3, separated by colons");
  line.value("tls-groups", options.groups, config::text("LIST", check_nonempty),
             "groups for the exchange of keys, such as X25519:P-256");
  line.value("tls-client-cert", options.client_certificate,
             config::choice("none|optional|required", {"none", "optional", "required"}),
             "ask clients for a certificate; a required one must be signed by one of --tls-client-ca");
  line.value("tls-client-ca", options.client_authorities, config::text("FILE", check_nonempty),
             "PEM file of the authorities that clients' certificates are checked against");
  line.value("tls-keylog", options.key_log, config::text("FILE", check_nonempty),
             "append the secrets of every session, for Wireshark: who has the file can read the mail");
}

std::optional<TlsFault> fault_of(const config::CommandLine& line, const TlsOptions& options) {
  if (!options.on()) {
    for (const std::string_view name : kSettings) {
      if (line.given(name)) return TlsFault{name, "means nothing without --tls-cert or --tls-self-signed"};
    }
  }
  if (!options.key.empty() && options.certificates.size() != 1) {
    return TlsFault{"tls-key", "needs exactly one --tls-cert; with several write --tls-cert FILE:KEYFILE"};
  }
  if (!options.key.empty() && options.certificates.front().contains(':')) {
    return TlsFault{"tls-key", "is given in --tls-cert already"};
  }
  if (options.min > options.max) return TlsFault{"tls-min", "is above --tls-max"};
  if (options.client_certificate == "required" && options.client_authorities.empty()) {
    return TlsFault{"tls-client-cert", "required needs --tls-client-ca to check certificates against"};
  }
  if (options.client_certificate == "none" && !options.client_authorities.empty()) {
    return TlsFault{"tls-client-ca", "means nothing without --tls-client-cert optional or required"};
  }
  return std::nullopt;
}

std::expected<TlsKept, std::string> make_tls_kept(const TlsOptions& options, const std::string& hostname) {
  TlsKept kept{.ticket_keys = std::make_shared<tls::TicketKeys>(), .made = nullptr};
  if (!options.self_signed) return kept;
  auto made = tls::Identity::self_signed(hostname);
  if (!made) return std::unexpected("--tls-self-signed: " + made.error().text);
  kept.made = std::move(*made);
  return kept;
}

std::expected<std::shared_ptr<const tls::ServerContext>, std::string> make_tls_context(
    const TlsOptions& options, const TlsKept& kept) {
  tls::ServerContextOptions wanted;
  wanted.protocol = {.min = version_of(options.min),
                     .max = version_of(options.max),
                     .ciphers = options.ciphers,
                     .ciphersuites = options.ciphersuites,
                     .groups = options.groups,
                     .key_log = options.key_log};
  for (const std::string& text : options.certificates) {
    wanted.certificates.push_back(files_of(text, options.key));
  }
  wanted.made = kept.made;
  wanted.ticket_keys = kept.ticket_keys;
  if (options.client_certificate == "optional") wanted.peer_certificate = tls::PeerCertificate::optional;
  if (options.client_certificate == "required") wanted.peer_certificate = tls::PeerCertificate::required;
  wanted.peer_authorities = options.client_authorities;
  auto context = tls::ServerContext::create(wanted);
  if (!context) return std::unexpected(named(context.error(), options));
  return *context;
}

}  // namespace mailvoid::sink
