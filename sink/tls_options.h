// SPDX-License-Identifier: Apache-2.0
// What the options of mailvoid-sink say of TLS, and the context that is made from it.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/command_line.h"
#include "tls/context.h"
#include "tls/options.h"

namespace mailvoid::sink {

struct TlsOptions {
  std::vector<std::string> certificates;  // FILE or FILE:KEY
  std::string key;                        // of the one certificate that names none
  bool self_signed = false;
  std::string min = "1.2";  // of tls::kVersionNames
  std::string max = "1.3";
  std::string ciphers;
  std::string ciphersuites;
  std::string groups;
  std::string client_certificate = "none";  // or "optional", "required"
  std::string client_authorities;
  std::string key_log;

  // There is a certificate to show.
  [[nodiscard]] bool on() const { return self_signed || !certificates.empty(); }
};

void describe_tls(config::CommandLine& line, TlsOptions& options);

// What does not fit together: a setting's name and what is wrong with it.
struct TlsFault {
  std::string_view setting;
  std::string what;
};
[[nodiscard]] std::optional<TlsFault> fault_of(const config::CommandLine& line, const TlsOptions& options);

// What stays over a reload: tickets that clients have, and the certificate that was made at start.
struct TlsKept {
  std::shared_ptr<tls::TicketKeys> ticket_keys;
  std::shared_ptr<const tls::Identity> made;
};
[[nodiscard]] std::expected<TlsKept, std::string> make_tls_kept(const TlsOptions& options,
                                                                const std::string& hostname);

// Reads the files. The error names option and file.
[[nodiscard]] std::expected<std::shared_ptr<const tls::ServerContext>, std::string> make_tls_context(
    const TlsOptions& options, const TlsKept& kept);

}  // namespace mailvoid::sink
