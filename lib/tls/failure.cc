// SPDX-License-Identifier: Apache-2.0
#include "tls/failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace mailvoid::tls {

Failure failure_of(unsigned long error) {
  const int reason = ERR_GET_REASON(error);
  if (reason == ERR_R_MALLOC_FAILURE) return Failure::internal;
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return Failure::protocol;
  constexpr int kLastAlert = SSL_AD_REASON_OFFSET + 255;
  if (reason >= SSL_AD_REASON_OFFSET && reason <= kLastAlert) return Failure::alert_received;
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_PACKET_LENGTH_TOO_LONG: return Failure::not_tls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_INAPPROPRIATE_FALLBACK:
    case SSL_R_NO_PROTOCOLS_AVAILABLE: return Failure::no_shared_version;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS: return Failure::no_shared_cipher;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_CERTIFICATE_VERIFY_FAILED: return Failure::peer_certificate;
    default: return Failure::protocol;
  }
}

}  // namespace mailvoid::tls
