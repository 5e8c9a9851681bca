// SPDX-License-Identifier: Apache-2.0
// One TLS session (RFC 8446, RFC 5246) as a pump: ciphertext in, plaintext and events out; plaintext in,
// ciphertext in a queue. No I/O. Ciphertext is read where it lies; plaintext lies in memory that the sessions
// of a shard share; what is to be sent lies in blocks of the pool, within a limit.
//
//   for (;;) {
//     const CodecEvent event = codec.pump(input);     // consumes from the front of `input`
//     if (event.kind == CodecEvent::Kind::plaintext) use(event.plaintext);
//     else if (event.kind == CodecEvent::Kind::established) look_at(codec.handshake());
//     else break;
//   }
//   codec.write(replies);                             // then send what is pending
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/block_pool.h"
#include "base/block_queue.h"
#include "tls/context.h"
#include "tls/failure.h"

struct ssl_session_st;

namespace mailvoid::tls {

// A session that a client may resume. Copies share it.
using ResumableSession = std::shared_ptr<ssl_session_st>;

// What the sessions of one shard share. Outlives them.
class CodecEnvironment {
 public:
  explicit CodecEnvironment(BlockPool& blocks);
  CodecEnvironment(const CodecEnvironment&) = delete;
  CodecEnvironment& operator=(const CodecEnvironment&) = delete;

 private:
  friend class Codec;
  static constexpr std::size_t kScratchOctets = 2 * 16 * 1024;  // two records of the largest size

  BlockPool& blocks_;
  std::unique_ptr<char[]> scratch_;
};

struct CodecEvent {
  enum class Kind : std::uint8_t {
    need_input,   // all input is consumed: send what is pending, feed more
    output_full,  // no room for what must be said first: send, then pump again with what is left of the input
    established,  // the handshake is over: handshake() tells with what result; plaintext may flow
    plaintext,    // valid until the next pump() of any session of the shard
    ended,        // the peer will say nothing more (close_notify, or end of input); we still may
    failed,       // the session is over; an alert may be pending: send it, then close
  };

  Kind kind = Kind::need_input;
  bool truncated = false;               // ended: without close_notify, so that some of it may be missing
  Failure failure = Failure::protocol;  // failed: why
  std::string_view text{};              // failed: the same in a few words; static
  std::string_view plaintext{};
};

enum class PeerIdentity : std::uint8_t { none, verified, unverified };
inline constexpr std::array<std::string_view, 3> kPeerIdentityNames{"none", "verified", "unverified"};

// The result of a handshake. Views are valid as long as the codec.
struct Handshake {
  Version version = Version::tls1_3;
  std::string_view cipher;  // "TLS_AES_256_GCM_SHA384"
  bool resumed = false;
  std::string_view server_name;  // that the client asked for; "" for none
  PeerIdentity peer = PeerIdentity::none;
  std::string_view peer_problem;  // of an unverified one, in words
};

class Codec {
 public:
  // The server's side; the client speaks first.
  Codec(const ServerContext& context, CodecEnvironment& environment);
  // The client's side: pump it once without input and it speaks. `server` is asked for, and verified if the
  // context does that: a host name, or an address. `resume` may be null.
  Codec(const ClientContext& context, CodecEnvironment& environment, const std::string& server,
        const ResumableSession& resume = nullptr);
  // Gives its blocks back. Nothing may be in flight.
  ~Codec();
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  // Consumes from the front of `input` up to the next event. After ended or failed it consumes all and tells
  // need_input.
  CodecEvent pump(std::string_view& input);
  // The peer's end of the stream; pump() must follow.
  void on_end_of_input() { end_of_input_ = true; }

  // Takes from the front of `plaintext` what there is room for, once established; says how much. What it did
  // not take must be what the next call begins with.
  [[nodiscard]] std::size_t write(std::string_view plaintext);
  // Our last word (close_notify), behind all that was written. Without effect before the handshake is over.
  void close();

  // Output: several spans at a time, stable until end_send().
  static constexpr std::size_t kSendPartsMax = 8;
  using SendParts = std::array<std::string_view, kSendPartsMax>;
  [[nodiscard]] bool output_pending() const { return output_.octets() > in_flight_; }
  // Fills the front of `parts`. REQUIRES: output_pending(), nothing in flight.
  [[nodiscard]] std::span<const std::string_view> begin_send(SendParts& parts);
  void end_send(std::size_t sent);

  [[nodiscard]] bool established() const { return state_ >= State::open; }
  // REQUIRES: established.
  [[nodiscard]] Handshake handshake() const;
  // The peer's certificate's subject, "CN=client.example,O=Example"; "" without one.
  [[nodiscard]] std::string peer_subject() const;
  // A client's: the newest that the server has offered; null if none.
  [[nodiscard]] const ResumableSession& resumable() const { return resumable_; }
  // New keys for what we send from the next write on, and for what the peer sends (TLS 1.3).
  void update_keys();

  [[nodiscard]] SSL* native() { return ssl_; }

  // For OpenSSL's callbacks.
  [[nodiscard]] static Codec& of(const SSL* ssl);
  void keep_session(ssl_session_st* session);
  [[nodiscard]] std::size_t take_ciphertext(char* to, std::size_t octets_max);
  [[nodiscard]] std::size_t queue_ciphertext(std::string_view octets);

 private:
  enum class State : std::uint8_t {
    handshake,
    failed,
    open,   // and all that follow: established
    ended,  // the peer has finished
  };

  Codec(SSL_CTX* context, CodecEnvironment& environment);
  CodecEvent step();
  CodecEvent shake_hands();
  CodecEvent read();
  CodecEvent explain(int result);
  CodecEvent fail(Failure failure, std::string_view text);
  CodecEvent end_of_input();
  [[nodiscard]] std::size_t room() const;
  void try_close();

  CodecEnvironment& environment_;
  SSL* ssl_;
  std::string_view* input_ = nullptr;  // while pump() runs
  BlockQueue output_;
  ResumableSession resumable_;
  std::optional<CodecEvent> next_;  // has happened, and is told at the next pump()
  std::uint32_t in_flight_ = 0;
  std::uint32_t unfinished_ = 0;  // octets of a record that is made and found no room
  State state_ = State::handshake;
  bool end_of_input_ = false;
  bool drained_ = false;  // OpenSSL has said already that it needs more input
  bool close_asked_ = false;
  bool close_queued_ = false;
};

}  // namespace mailvoid::tls
