// SPDX-License-Identifier: Apache-2.0
#include "tls/channel_binding.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/assert.h"
#include "tls/openssl.h"

namespace mailvoid::tls {
namespace {

constexpr std::size_t kExporterOctets = 32;
constexpr std::string_view kExporterLabel = "EXPORTER-Channel-Binding";

std::string text_of(const unsigned char* octets, std::size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

}  // namespace

std::string exporter_binding(Codec& codec) {
  MAILVOID_DEBUG_ASSERT(codec.established());
  const ErrorsCleared cleared;
  SSL* const ssl = codec.native();
  if (SSL_version(ssl) != TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1) return "";
  std::array<unsigned char, kExporterOctets> octets{};
  // TLS 1.2 tells a context of no octets, which RFC 9266 asks for, from none (RFC 5705 section 4).
  constexpr int kUseContext = 1;
  const unsigned char context = 0;
  const int made = SSL_export_keying_material(ssl, octets.data(), octets.size(), kExporterLabel.data(),
                                              kExporterLabel.size(), &context, 0, kUseContext);
  return made == 1 ? text_of(octets.data(), octets.size()) : "";
}

// The client finishes first, but in a resumed session.
std::string unique_binding(Codec& codec) {
  MAILVOID_DEBUG_ASSERT(codec.established());
  SSL* const ssl = codec.native();
  if (SSL_version(ssl) == TLS1_3_VERSION || SSL_get_extms_support(ssl) != 1) return "";
  const bool is_first = (SSL_is_server(ssl) == 1) == (SSL_session_reused(ssl) == 1);
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  const std::size_t size = is_first ? SSL_get_finished(ssl, octets.data(), octets.size())
                                    : SSL_get_peer_finished(ssl, octets.data(), octets.size());
  return text_of(octets.data(), std::min(size, octets.size()));
}

std::string end_point_binding(Codec& codec) {
  MAILVOID_DEBUG_ASSERT(codec.established());
  const ErrorsCleared cleared;
  SSL* const ssl = codec.native();
  X509* const certificate =
      SSL_is_server(ssl) == 1 ? SSL_get_certificate(ssl) : SSL_get0_peer_certificate(ssl);
  int digest = NID_undef;
  if (certificate == nullptr ||
      X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr) != 1) {
    return "";
  }
  if (digest == NID_md5 || digest == NID_sha1) digest = NID_sha256;
  const EVP_MD* const algorithm = digest == NID_undef ? nullptr : EVP_get_digestbynid(digest);
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  unsigned size = 0;
  if (algorithm == nullptr || X509_digest(certificate, algorithm, octets.data(), &size) != 1) return "";
  return text_of(octets.data(), size);
}

}  // namespace mailvoid::tls
