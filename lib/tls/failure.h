// SPDX-License-Identifier: Apache-2.0
// Why a TLS session failed, in classes that a metric can count.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mailvoid::tls {

enum class Failure : std::uint8_t {
  not_tls,            // what came is no TLS record
  no_shared_version,  // the peer speaks no version of ours
  no_shared_cipher,   // nor a cipher, group or signature algorithm
  peer_certificate,   // missing or not good enough
  alert_received,     // the peer gave up, of our certificate for example
  protocol,           // the peer broke the protocol in another way, or what it sent was damaged
  truncated,          // the connection ended in the middle of the handshake
  internal,           // ours: no memory left
};
inline constexpr std::array<std::string_view, 8> kFailureNames{
    "not_tls",        "no_shared_version", "no_shared_cipher", "peer_certificate",
    "alert_received", "protocol",          "truncated",        "internal"};

// Of an error as OpenSSL's queue has it.
[[nodiscard]] Failure failure_of(unsigned long error);

}  // namespace mailvoid::tls
