// SPDX-License-Identifier: Apache-2.0
#include "tls/codec.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "tls/codec_bio.h"
#include "tls/openssl.h"

namespace mailvoid::tls {
namespace {

// What waits to be sent at most: as much as one send gathers.
constexpr std::size_t kOutputOctetsMax = Codec::kSendPartsMax * (BlockPool::kBlockBytes - 16);
// Of that for what OpenSSL must say of itself: alerts, close_notify, a key update.
constexpr std::size_t kReservedOctets = 512;
constexpr std::size_t kRecordOctetsMax = 16 * 1024;
// A record's header, nonce, tag, and content type are less than that.
constexpr std::size_t kRecordOverheadMax = 64;

std::string_view view_of(const char* text) { return text == nullptr ? std::string_view() : text; }

}  // namespace

CodecEnvironment::CodecEnvironment(BlockPool& blocks)
    : blocks_(blocks), scratch_(std::make_unique_for_overwrite<char[]>(kScratchOctets)) {}

Codec::Codec(SSL_CTX* context, CodecEnvironment& environment)
    : environment_(environment), ssl_(SSL_new(context)) {
  BIO* const bio = ssl_ == nullptr ? nullptr : make_codec_bio(*this);
  if (bio == nullptr) {
    ERR_clear_error();
    state_ = State::failed;
    next_ = CodecEvent{.kind = CodecEvent::Kind::failed, .failure = Failure::internal, .text = "no memory"};
    return;
  }
  SSL_set_app_data(ssl_, this);
  SSL_set_bio(ssl_, bio, bio);
}

Codec::Codec(const ServerContext& context, CodecEnvironment& environment)
    : Codec(context.native(), environment) {
  if (state_ == State::handshake) SSL_set_accept_state(ssl_);
}

Codec::Codec(const ClientContext& context, CodecEnvironment& environment, const std::string& server,
             const ResumableSession& resume)
    : Codec(context.native(), environment) {
  if (state_ != State::handshake) return;
  const ErrorsCleared cleared;
  SSL_set_connect_state(ssl_);
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl_);
  if (!server.empty() && X509_VERIFY_PARAM_set1_ip_asc(wanted, server.c_str()) != 1) {
    SSL_set_tlsext_host_name(ssl_, server.c_str());
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(wanted, server.data(), server.size());
  }
  // A copy, since a session of TLS 1.3 is marked as used up by its first use.
  if (resume == nullptr) return;
  const SessionHandle copy(SSL_SESSION_dup(resume.get()));
  if (copy != nullptr) SSL_set_session(ssl_, copy.get());
}

// What a broken session leaves may not be resumed, which freeing without a shutdown would have OpenSSL think.
Codec::~Codec() {
  const ErrorsCleared cleared;
  if (state_ != State::failed) SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
  output_.clear(environment_.blocks_);
}

CodecEvent Codec::pump(std::string_view& input) {
  if (next_) return *std::exchange(next_, std::nullopt);
  input_ = &input;
  const CodecEvent event = step();
  input_ = nullptr;
  return event;
}

CodecEvent Codec::step() {
  switch (state_) {
    case State::handshake: return shake_hands();
    case State::open: return read();
    case State::failed:
    case State::ended: break;
  }
  *input_ = {};
  return {};
}

CodecEvent Codec::shake_hands() {
  if (const int result = SSL_do_handshake(ssl_); result != 1) return explain(result);
  state_ = State::open;
  return {.kind = CodecEvent::Kind::established};
}

CodecEvent Codec::read() {
  if (std::exchange(drained_, false) && input_->empty() && !end_of_input_) return {};
  char* const scratch = environment_.scratch_.get();
  std::size_t filled = 0;
  while (filled < CodecEnvironment::kScratchOctets) {
    std::size_t octets = 0;
    const int result =
        SSL_read_ex(ssl_, scratch + filled, CodecEnvironment::kScratchOctets - filled, &octets);
    filled += octets;
    if (result == 1) continue;
    const CodecEvent event = explain(result);
    if (filled == 0) return event;
    drained_ = event.kind == CodecEvent::Kind::need_input;
    const bool tells_more = event.kind == CodecEvent::Kind::ended || event.kind == CodecEvent::Kind::failed;
    if (tells_more) next_ = event;
    break;
  }
  return {.kind = CodecEvent::Kind::plaintext, .plaintext = {scratch, filled}};
}

CodecEvent Codec::explain(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ: return end_of_input_ ? end_of_input() : CodecEvent{};
    case SSL_ERROR_WANT_WRITE: return {.kind = CodecEvent::Kind::output_full};
    case SSL_ERROR_ZERO_RETURN: state_ = State::ended; return {.kind = CodecEvent::Kind::ended};
    default: break;
  }
  const unsigned long error = ERR_peek_error();
  const Failure failure = error == 0 ? Failure::internal : failure_of(error);
  const long verified = SSL_get_verify_result(ssl_);
  if (failure == Failure::peer_certificate && verified != X509_V_OK) {
    return fail(failure, X509_verify_cert_error_string(verified));
  }
  return fail(failure, view_of(ERR_reason_error_string(error)));
}

CodecEvent Codec::fail(Failure failure, std::string_view text) {
  ERR_clear_error();
  state_ = State::failed;
  *input_ = {};
  return {.kind = CodecEvent::Kind::failed, .failure = failure, .text = text};
}

CodecEvent Codec::end_of_input() {
  if (state_ == State::handshake) return fail(Failure::truncated, "the connection ended");
  state_ = State::ended;
  return {.kind = CodecEvent::Kind::ended, .truncated = true};
}

std::size_t Codec::room() const {
  const std::size_t taken = output_.octets() + kReservedOctets + kRecordOverheadMax;
  return taken < kOutputOctetsMax ? kOutputOctetsMax - taken : 0;
}

// A record that was made and found no room, because the pool had run out, must be asked for again with the
// same octets; that more of them have come meanwhile does not matter.
std::size_t Codec::write(std::string_view plaintext) {
  if (!established() || close_asked_) return 0;
  std::size_t written = 0;
  while (written < plaintext.size() && (unfinished_ != 0 || room() > 0)) {
    const std::size_t wanted =
        unfinished_ != 0 ? unfinished_ : std::min({plaintext.size() - written, room(), kRecordOctetsMax});
    std::size_t octets = 0;
    const int result = SSL_write_ex(ssl_, plaintext.data() + written, wanted, &octets);
    written += octets;
    if (result == 1) {
      unfinished_ = 0;
      continue;
    }
    if (SSL_get_error(ssl_, result) == SSL_ERROR_WANT_WRITE) {
      unfinished_ = static_cast<std::uint32_t>(wanted);
    } else if (!next_) {
      std::string_view none;
      input_ = &none;
      next_ = explain(result);
      input_ = nullptr;
    }
    break;
  }
  return written;
}

void Codec::close() {
  if (!established() || close_asked_) return;
  close_asked_ = true;
  try_close();
}

void Codec::try_close() {
  if (close_queued_ || unfinished_ != 0) return;
  close_queued_ = SSL_shutdown(ssl_) >= 0;
  ERR_clear_error();
}

std::span<const std::string_view> Codec::begin_send(SendParts& parts) {
  MAILVOID_DEBUG_ASSERT(output_pending() && in_flight_ == 0);
  const auto filled = std::span(parts).first(output_.front(parts));
  for (const std::string_view part : filled) in_flight_ += static_cast<std::uint32_t>(part.size());
  return filled;
}

void Codec::end_send(std::size_t sent) {
  MAILVOID_DEBUG_ASSERT(sent <= in_flight_);
  in_flight_ = 0;
  output_.consume(sent, environment_.blocks_);
  if (close_asked_ && established()) try_close();
}

Handshake Codec::handshake() const {
  MAILVOID_DEBUG_ASSERT(established());
  Handshake result;
  result.version = SSL_version(ssl_) == TLS1_3_VERSION ? Version::tls1_3 : Version::tls1_2;
  result.cipher = view_of(SSL_get_cipher_name(ssl_));
  result.resumed = SSL_session_reused(ssl_) == 1;
  result.server_name = view_of(SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name));
  if (SSL_get0_peer_certificate(ssl_) == nullptr) return result;
  const long verified = SSL_get_verify_result(ssl_);
  result.peer = verified == X509_V_OK ? PeerIdentity::verified : PeerIdentity::unverified;
  if (verified != X509_V_OK) result.peer_problem = view_of(X509_verify_cert_error_string(verified));
  return result;
}

std::string Codec::peer_subject() const {
  const X509* const certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate == nullptr) return "";
  const ErrorsCleared cleared;
  const BioHandle memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long octets = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(octets)};
}

void Codec::update_keys() {
  const ErrorsCleared cleared;
  if (established()) SSL_key_update(ssl_, SSL_KEY_UPDATE_REQUESTED);
}

Codec& Codec::of(const SSL* ssl) { return *static_cast<Codec*>(SSL_get_app_data(ssl)); }

void Codec::keep_session(ssl_session_st* session) { resumable_.reset(session, SSL_SESSION_free); }

std::size_t Codec::take_ciphertext(char* to, std::size_t octets_max) {
  if (input_ == nullptr) return 0;
  const std::size_t taken = std::min(octets_max, input_->size());
  if (taken == 0) return 0;
  std::memcpy(to, input_->data(), taken);
  input_->remove_prefix(taken);
  return taken;
}

std::size_t Codec::queue_ciphertext(std::string_view octets) {
  const std::size_t free = kOutputOctetsMax - std::min<std::size_t>(output_.octets(), kOutputOctetsMax);
  return output_.append(octets.substr(0, free), environment_.blocks_);
}

}  // namespace mailvoid::tls
