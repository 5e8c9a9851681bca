// SPDX-License-Identifier: Apache-2.0
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <span>

#include "tls/context.h"
#include "tls/context_state.h"

namespace mailvoid::tls {
namespace {

// Ours alone for the whole program's use of EVP: what a ticket's MAC is made with.
char kDigestName[] = "SHA256";

bool set_mac_key(EVP_MAC_CTX* mac, TicketKeys::Key& key) {
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, kDigestName, sizeof(kDigestName) - 1),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

int seal_ticket(ContextState& state, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                EVP_MAC_CTX* mac) {
  auto key = state.ticket_keys->current(now());
  if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(state.ticket_cipher.get())) != 1) return -1;
  std::ranges::copy(key->name, name);
  const bool ready =
      EVP_EncryptInit_ex2(cipher, state.ticket_cipher.get(), key->cipher.data(), iv, nullptr) == 1 &&
      set_mac_key(mac, *key);
  return ready ? 1 : -1;
}

// 0: not ours, a full handshake follows; 2: good, and a new one is to follow: where the key is no longer the
// current one, and always in TLS 1.3, whose clients are to use each but once (RFC 8446 appendix C.4).
int open_ticket(ContextState& state, bool renews, const unsigned char* name, unsigned char* iv,
                EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  TicketKeys::Name wanted;
  std::copy_n(name, wanted.size(), wanted.begin());
  auto found = state.ticket_keys->find(wanted, now());
  if (!found) return 0;
  if (!set_mac_key(mac, found->key) ||
      EVP_DecryptInit_ex2(cipher, state.ticket_cipher.get(), found->key.cipher.data(), iv, nullptr) != 1) {
    return -1;
  }
  return found->seals && !renews ? 1 : 2;
}

int on_ticket(SSL* session, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
              int sealing) {
  ContextState& state = state_of(SSL_get_SSL_CTX(session));
  return sealing != 0 ? seal_ticket(state, name, iv, cipher, mac)
                      : open_ticket(state, SSL_version(session) == TLS1_3_VERSION, name, iv, cipher, mac);
}

// Those that carry the name replace the first of each kind, which the context shows otherwise. A name that
// none carries is served all the same: a mail client would rather have some certificate than no session.
int on_server_name(SSL* session, int* /*alert*/, void* /*argument*/) {
  const char* const asked = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
  if (asked == nullptr) return SSL_TLSEXT_ERR_NOACK;
  const auto& identities = state_of(SSL_get_SSL_CTX(session)).identities;
  if (identities.size() == 1) return SSL_TLSEXT_ERR_OK;
  const ErrorsCleared cleared;
  const std::string name = asked;
  std::array<int, 8> kinds{};
  std::size_t count = 0;
  for (const auto& identity : identities) {
    const auto seen = std::span(kinds).first(count);
    const bool of_new_kind = std::ranges::find(seen, identity->key_type()) == seen.end();
    if (!of_new_kind || count == kinds.size() || !identity->matches(name)) continue;
    if (count == 0) SSL_certs_clear(session);
    if (identity->use(session)) kinds[count++] = identity->key_type();
  }
  return SSL_TLSEXT_ERR_OK;
}

std::optional<ContextError> set_identities(SSL_CTX* context, const ServerContextOptions& options) {
  auto& identities = state_of(context).identities;
  std::vector<std::string> names;
  for (const CertificateFiles& files : options.certificates) {
    auto identity = Identity::load(files);
    if (!identity) return std::move(identity.error());
    identities.push_back(std::move(*identity));
    names.push_back(files.certificate);
  }
  if (options.made != nullptr) {
    identities.push_back(options.made);
    names.emplace_back("the certificate made at start");
  }
  if (identities.empty()) return ContextError{Subject::certificate, "there is none"};
  // The first of each kind is set last, and stays.
  for (std::size_t i = identities.size(); i-- > 0;) {
    if (identities[i]->use(context)) continue;
    return ContextError{Subject::certificate, names[i] + ": " + take_error_text()};
  }
  SSL_CTX_set_tlsext_servername_callback(context, on_server_name);
  return std::nullopt;
}

int take_any_certificate(int /*good*/, X509_STORE_CTX* /*store*/) { return 1; }

std::optional<ContextError> set_peer_certificate(SSL_CTX* context, const ServerContextOptions& options) {
  if (options.peer_certificate == PeerCertificate::none) return std::nullopt;
  if (!options.peer_authorities.empty()) {
    if (auto failure = trust(context, options.peer_authorities)) return failure;
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.peer_authorities.c_str()));
  } else if (options.peer_certificate == PeerCertificate::required) {
    return ContextError{Subject::peer_authorities, "is needed to check the certificates that are required"};
  }
  if (options.peer_certificate == PeerCertificate::required) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  } else {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, take_any_certificate);
  }
  return std::nullopt;
}

// A session is resumed only where its client's certificate would be judged alike.
std::optional<ContextError> set_session_scope(SSL_CTX* context, const ServerContextOptions& options) {
  std::string scope = "mailvoid " + std::to_string(static_cast<int>(options.peer_certificate));
  if (!options.peer_authorities.empty()) {
    const BioHandle file(BIO_new_file(options.peer_authorities.c_str(), "r"));
    std::array<char, 4096> octets;
    for (int n = 0; file != nullptr && (n = BIO_read(file.get(), octets.data(), octets.size())) > 0;) {
      scope.append(octets.data(), static_cast<std::size_t>(n));
    }
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(scope.data(), scope.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1 ||
      SSL_CTX_set_session_id_context(context, digest.data(), size) != 1) {
    return ContextError{Subject::library, take_error_text()};
  }
  return std::nullopt;
}

}  // namespace

std::expected<std::shared_ptr<const ServerContext>, ContextError> ServerContext::create(
    const ServerContextOptions& options) {
  const ErrorsCleared cleared;
  auto made = make_context(TLS_server_method(), options.protocol);
  if (!made) return std::unexpected(std::move(made.error()));
  SSL_CTX* const context = made->get();
  for (const auto step : {set_identities, set_peer_certificate, set_session_scope}) {
    if (auto failure = step(context, options)) return std::unexpected(std::move(*failure));
  }
  ContextState& state = state_of(context);
  state.ticket_keys = options.ticket_keys ? options.ticket_keys : std::make_shared<TicketKeys>();
  state.ticket_cipher.reset(EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr));
  if (state.ticket_cipher == nullptr) {
    return std::unexpected(ContextError{Subject::library, take_error_text()});
  }
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets: the server keeps nothing
  SSL_CTX_set_num_tickets(context, 1);  // a mail client opens connections one after the other
  return std::shared_ptr<const ServerContext>(new ServerContext(made->release()));
}

ServerContext::~ServerContext() { SSL_CTX_free(context_); }

}  // namespace mailvoid::tls
