// SPDX-License-Identifier: Apache-2.0
#include "tls/context_state.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace mailvoid::tls {
namespace {

// Of TLS 1.2 only what sends nothing that a stolen key could open later, and no CBC.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
// The first that this OpenSSL knows: 3.5 has the hybrid that withstands quantum computers.
constexpr const char* kGroups[] = {"X25519MLKEM768:X25519:P-256:X448:P-384:P-521",
                                   "X25519:P-256:X448:P-384:P-521"};

void free_state(void* /*parent*/, void* state, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*argl*/,
                void* /*argp*/) {
  delete static_cast<ContextState*>(state);
}

int state_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_state);
  return index;
}

int number(Version version) { return version == Version::tls1_2 ? TLS1_2_VERSION : TLS1_3_VERSION; }

void log_keys(const SSL* session, const char* line) { state_of(SSL_get_SSL_CTX(session)).key_log->add(line); }

ContextError not_known(Subject subject, const char* what, const std::string& value) {
  ERR_clear_error();
  return {subject, fmt::format("'{}' {}", value, what)};
}

std::optional<ContextError> set_groups(SSL_CTX* context, const std::string& groups) {
  if (!groups.empty()) {
    if (SSL_CTX_set1_groups_list(context, groups.c_str()) == 1) return std::nullopt;
    return not_known(Subject::groups, "names a group that is not known; they are separated by colons",
                     groups);
  }
  for (const char* const list : kGroups) {
    if (SSL_CTX_set1_groups_list(context, list) == 1) break;
  }
  ERR_clear_error();
  return std::nullopt;
}

std::optional<ContextError> set_protocol(SSL_CTX* context, const ProtocolOptions& options) {
  if (options.min > options.max) {
    return ContextError{Subject::versions, "the lowest version is above the highest"};
  }
  SSL_CTX_set_min_proto_version(context, number(options.min));
  SSL_CTX_set_max_proto_version(context, number(options.max));
  const std::string& ciphers = options.ciphers;
  if (SSL_CTX_set_cipher_list(context, ciphers.empty() ? kCiphers : ciphers.c_str()) != 1) {
    return not_known(Subject::ciphers, "matches no cipher of TLS 1.2", ciphers);
  }
  const std::string& suites = options.ciphersuites;
  if (!suites.empty() && SSL_CTX_set_ciphersuites(context, suites.c_str()) != 1) {
    return not_known(Subject::ciphersuites, "names a ciphersuite of TLS 1.3 that is not known", suites);
  }
  return set_groups(context, options.groups);
}

}  // namespace

ContextState& state_of(const SSL_CTX* context) {
  return *static_cast<ContextState*>(SSL_CTX_get_ex_data(context, state_index()));
}

std::expected<ContextHandle, ContextError> make_context(const SSL_METHOD* method,
                                                        const ProtocolOptions& options) {
  ContextHandle context(SSL_CTX_new(method));
  auto state = std::make_unique<ContextState>();
  if (context == nullptr || SSL_CTX_set_ex_data(context.get(), state_index(), state.get()) != 1) {
    return std::unexpected(ContextError{Subject::library, take_error_text()});
  }
  ContextState& kept = *state.release();
  if (auto failure = set_protocol(context.get(), options)) return std::unexpected(std::move(*failure));
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (!options.key_log.empty()) {
    auto log = KeyLog::open(options.key_log);
    if (!log) return std::unexpected(ContextError{Subject::key_log, std::move(log.error())});
    kept.key_log = std::move(*log);
    SSL_CTX_set_keylog_callback(context.get(), log_keys);
  }
  return context;
}

std::optional<ContextError> trust(SSL_CTX* context, const std::string& file) {
  errno = 0;
  const BioHandle readable(BIO_new_file(file.c_str(), "r"));
  if (readable == nullptr) {
    ERR_clear_error();
    return ContextError{Subject::peer_authorities, fmt::format("{}: {}", file, std::strerror(errno))};
  }
  if (SSL_CTX_load_verify_file(context, file.c_str()) == 1) return std::nullopt;
  ERR_clear_error();
  return ContextError{Subject::peer_authorities, file + ": holds no certificate in PEM form"};
}

}  // namespace mailvoid::tls
