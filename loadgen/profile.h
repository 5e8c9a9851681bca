// SPDX-License-Identifier: Apache-2.0
// How a session talks: immutable once made, shared by all shards, and chosen anew for each connection.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/address_template.h"
#include "loadgen/profile_options.h"
#include "loadgen/start_fault.h"
#include "sasl/client_exchange.h"
#include "smtp/client_config.h"
#include "tls/context.h"

namespace mailvoid::loadgen {

struct Profile {
  std::string name;                        // in reports and metrics
  std::uint32_t weight = 1;                // connections of it, compared with the other parts'; at least 1
  smtp::ClientConfig smtp;                 // satisfies smtp::validate()
  std::uint64_t messages_per_session = 0;  // on one connection; 0: any number
  bool overlap = true;  // a transaction may begin before the last one's message is answered
  std::optional<AddressTemplate> envelope_id{};     // iff smtp.dsn.envelope_id
  std::shared_ptr<const tls::ClientContext> tls{};  // iff smtp.tls is not off
  std::string tls_server_name{};                    // to ask for and to verify
  std::uint32_t tls_resume_percent = 0;             // of the handshakes that could resume
  std::optional<sasl::ClientIdentity> identity{};   // iff smtp.auth_mechanisms
  std::string preamble{};                           // what a connection begins with: a PROXY header
};

// `host` is the target's name or address, "" for a UNIX socket. Reads the files that the options name. `tls`
// is that of a profile made from the same options for another host, if there is one: what they share is made
// once.
[[nodiscard]] std::expected<Profile, StartFault> make_profile(
    const ProfileOptions& options, const std::string& host = {},
    std::shared_ptr<const tls::ClientContext> tls = nullptr);

}  // namespace mailvoid::loadgen
