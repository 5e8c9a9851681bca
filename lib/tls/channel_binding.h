// SPDX-License-Identifier: Apache-2.0
// Octets that both ends of one TLS session know, and nobody between them: what SASL mechanisms bind to.
#pragma once

#include <string>

#include "tls/codec.h"

namespace mailvoid::tls {

// RFC 9266, "tls-exporter": 32 octets, of this session alone. "" where they would not be so: in TLS 1.2
// without the extended master secret (RFC 7627). REQUIRES: established.
[[nodiscard]] std::string exporter_binding(Codec& codec);

// RFC 5929 section 3, "tls-unique": the first Finished message of the handshake. "" in TLS 1.3, which has no
// such (RFC 8446 appendix C.5), and without the extended master secret. REQUIRES: established.
[[nodiscard]] std::string unique_binding(Codec& codec);

// RFC 5929 section 4, "tls-server-end-point": the hash of the server's certificate by the algorithm of its
// signature. "" where that has none (Ed25519). A server that has certificates of several kinds takes the
// first in a resumed session, in which none is shown. REQUIRES: established.
[[nodiscard]] std::string end_point_binding(Codec& codec);

}  // namespace mailvoid::tls
