// SPDX-License-Identifier: Apache-2.0
#include "tls/codec.h"
#include "tls/context_state.h"

namespace mailvoid::tls {
namespace {

int keep_session(SSL* ssl, SSL_SESSION* session) {
  Codec::of(ssl).keep_session(session);
  return 1;
}

}  // namespace

std::expected<std::shared_ptr<const ClientContext>, ContextError> ClientContext::create(
    const ClientContextOptions& options) {
  const ErrorsCleared cleared;
  auto context = make_context(TLS_client_method(), options.protocol);
  if (!context) return std::unexpected(std::move(context.error()));
  if (!options.certificate.certificate.empty()) {
    auto identity = Identity::load(options.certificate);
    if (!identity) return std::unexpected(std::move(identity.error()));
    if (!(*identity)->use(context->get())) {
      return std::unexpected(
          ContextError{Subject::certificate, options.certificate.certificate + ": " + take_error_text()});
    }
  }
  if (!options.authorities.empty()) {
    if (auto failure = trust(context->get(), options.authorities)) {
      return std::unexpected(std::move(*failure));
    }
  } else if (options.verify) {
    SSL_CTX_set_default_verify_paths(context->get());
  }
  SSL_CTX_set_verify(context->get(), options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context->get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context->get(), keep_session);
  return std::shared_ptr<const ClientContext>(new ClientContext(context->release()));
}

ClientContext::~ClientContext() { SSL_CTX_free(context_); }

}  // namespace mailvoid::tls
