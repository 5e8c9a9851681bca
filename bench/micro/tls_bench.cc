// SPDX-License-Identifier: Apache-2.0
// What TLS costs: handshakes and bulk data between two codecs, beside two plain OpenSSL objects joined by a
// pair of memory BIOs, and beside the cipher alone. Both sides' work is counted.
#include <benchmark/benchmark.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tls/codec.h"
#include "tls/identity.h"
#include "tls/openssl.h"

namespace mailvoid::tls {
namespace {

constexpr std::size_t kRecordOctets = 16 * 1024;

std::shared_ptr<const ServerContext> server_context() {
  return ServerContext::create({.made = Identity::self_signed("mx.example").value()}).value();
}
std::shared_ptr<const ClientContext> client_context() {
  return ClientContext::create({.verify = false}).value();
}

// All that one side has to send, to the other.
void carry(Codec& from, Codec& to) {
  while (from.output_pending()) {
    Codec::SendParts parts;
    std::size_t sent = 0;
    for (const std::string_view part : from.begin_send(parts)) {
      std::string_view input = part;
      sent += part.size();
      while (to.pump(input).kind >= CodecEvent::Kind::established) {}
    }
    from.end_send(sent);
  }
}

struct Pair {
  BlockPool blocks{256};
  CodecEnvironment environment{blocks};
  std::optional<Codec> server;
  std::optional<Codec> client;

  Pair(const ServerContext& of_server, const ClientContext& of_client, const ResumableSession& resume) {
    server.emplace(of_server, environment);
    client.emplace(of_client, environment, "mx.example", resume);
  }
  void shake_hands() {
    std::string_view none;
    client->pump(none);
    while (client->output_pending() || server->output_pending()) {
      carry(*client, *server);
      carry(*server, *client);
    }
  }
};

void handshake_of_codecs(benchmark::State& state) {
  const auto of_server = server_context();
  const auto of_client = client_context();
  ResumableSession resume;
  if (state.range(0) == 1) {
    Pair pair(*of_server, *of_client, nullptr);
    pair.shake_hands();
    resume = pair.client->resumable();
  }
  for ([[maybe_unused]] auto _ : state) {
    Pair pair(*of_server, *of_client, resume);
    pair.shake_hands();
    if (!pair.server->established()) state.SkipWithError("no handshake");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(handshake_of_codecs)->Arg(0)->Arg(1)->ArgName("resumed");

struct PlainPair {
  SslHandle server;
  SslHandle client;

  PlainPair(SSL_CTX* of_server, SSL_CTX* of_client, SSL_SESSION* resume)
      : server(SSL_new(of_server)), client(SSL_new(of_client)) {
    BIO* one = nullptr;
    BIO* other = nullptr;
    BIO_new_bio_pair(&one, 64 * 1024, &other, 64 * 1024);
    SSL_set_bio(server.get(), one, one);
    SSL_set_bio(client.get(), other, other);
    SSL_set_accept_state(server.get());
    SSL_set_connect_state(client.get());
    SSL_set_tlsext_host_name(client.get(), "mx.example");
    if (resume != nullptr) SSL_set_session(client.get(), resume);
  }
  // What was not shut down OpenSSL does not resume.
  ~PlainPair() { SSL_set_shutdown(client.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }
  PlainPair(const PlainPair&) = delete;
  PlainPair& operator=(const PlainPair&) = delete;

  // The tickets are read as well.
  void shake_hands() const {
    char octet = 0;
    for (int done = 0; done != 3;) {
      done = (SSL_do_handshake(client.get()) == 1 ? 1 : 0) | (SSL_do_handshake(server.get()) == 1 ? 2 : 0);
    }
    SSL_read(client.get(), &octet, 1);
    ERR_clear_error();
  }
};

SSL_SESSION* kept_session = nullptr;

// OpenSSL as it comes, with the certificate that the codecs have.
void handshake_of_plain_openssl(benchmark::State& state) {
  const ContextHandle of_server(SSL_CTX_new(TLS_server_method()));
  const ContextHandle of_client(SSL_CTX_new(TLS_client_method()));
  const auto identity = Identity::self_signed("mx.example").value();
  if (!identity->use(of_server.get())) state.SkipWithError("no certificate");
  SSL_CTX_set_num_tickets(of_server.get(), 1);
  SSL_CTX_set_session_cache_mode(of_client.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(of_client.get(), [](SSL* /*ssl*/, SSL_SESSION* session) {
    SSL_SESSION_free(std::exchange(kept_session, session));
    return 1;
  });
  const bool resumed = state.range(0) == 1;
  if (resumed) {
    PlainPair(of_server.get(), of_client.get(), nullptr).shake_hands();
  }
  for ([[maybe_unused]] auto _ : state) {
    const SessionHandle resume(resumed ? std::exchange(kept_session, nullptr) : nullptr);
    const PlainPair pair(of_server.get(), of_client.get(), resume.get());
    pair.shake_hands();
    if ((SSL_session_reused(pair.server.get()) == 1) != resumed) state.SkipWithError("not as wanted");
  }
  SSL_SESSION_free(std::exchange(kept_session, nullptr));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(handshake_of_plain_openssl)->Arg(0)->Arg(1)->ArgName("resumed");

void bulk_of_codecs(benchmark::State& state) {
  Pair pair(*server_context(), *client_context(), nullptr);
  pair.shake_hands();
  const std::string text(kRecordOctets, 'x');
  for ([[maybe_unused]] auto _ : state) {
    if (pair.client->write(text) != text.size()) state.SkipWithError("no room");
    carry(*pair.client, *pair.server);
  }
  state.SetBytesProcessed(state.iterations() * std::int64_t{kRecordOctets});
}
BENCHMARK(bulk_of_codecs);

void bulk_of_plain_openssl(benchmark::State& state) {
  const ContextHandle of_server(SSL_CTX_new(TLS_server_method()));
  const ContextHandle of_client(SSL_CTX_new(TLS_client_method()));
  const auto identity = Identity::self_signed("mx.example").value();
  if (!identity->use(of_server.get())) state.SkipWithError("no certificate");
  const PlainPair pair(of_server.get(), of_client.get(), nullptr);
  pair.shake_hands();
  const std::string text(kRecordOctets, 'x');
  std::string read(kRecordOctets, 0);
  for ([[maybe_unused]] auto _ : state) {
    SSL_write(pair.client.get(), text.data(), static_cast<int>(text.size()));
    if (SSL_read(pair.server.get(), read.data(), static_cast<int>(read.size())) <= 0) {
      state.SkipWithError("nothing came");
    }
  }
  state.SetBytesProcessed(state.iterations() * std::int64_t{kRecordOctets});
}
BENCHMARK(bulk_of_plain_openssl);

// Encrypting a record and decrypting it, without TLS around it.
void bulk_of_the_cipher(benchmark::State& state) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreedBy<EVP_CIPHER_CTX_free>> seal(EVP_CIPHER_CTX_new());
  const std::unique_ptr<EVP_CIPHER_CTX, FreedBy<EVP_CIPHER_CTX_free>> open(EVP_CIPHER_CTX_new());
  const std::vector<unsigned char> key(32, 1);
  std::vector<unsigned char> iv(12, 2);
  std::vector<unsigned char> text(kRecordOctets, 'x');
  std::vector<unsigned char> sealed(kRecordOctets);
  std::vector<unsigned char> tag(16);
  EVP_EncryptInit_ex(seal.get(), EVP_aes_256_gcm(), nullptr, key.data(), iv.data());
  EVP_DecryptInit_ex(open.get(), EVP_aes_256_gcm(), nullptr, key.data(), iv.data());
  int octets = 0;
  for ([[maybe_unused]] auto _ : state) {
    EVP_EncryptInit_ex(seal.get(), nullptr, nullptr, nullptr, iv.data());
    EVP_EncryptUpdate(seal.get(), sealed.data(), &octets, text.data(), static_cast<int>(text.size()));
    EVP_EncryptFinal_ex(seal.get(), sealed.data(), &octets);
    EVP_CIPHER_CTX_ctrl(seal.get(), EVP_CTRL_GCM_GET_TAG, 16, tag.data());
    EVP_DecryptInit_ex(open.get(), nullptr, nullptr, nullptr, iv.data());
    EVP_DecryptUpdate(open.get(), text.data(), &octets, sealed.data(), static_cast<int>(sealed.size()));
    EVP_CIPHER_CTX_ctrl(open.get(), EVP_CTRL_GCM_SET_TAG, 16, tag.data());
    if (EVP_DecryptFinal_ex(open.get(), text.data(), &octets) != 1) state.SkipWithError("wrong tag");
  }
  state.SetBytesProcessed(state.iterations() * std::int64_t{kRecordOctets});
}
BENCHMARK(bulk_of_the_cipher);

}  // namespace
}  // namespace mailvoid::tls
