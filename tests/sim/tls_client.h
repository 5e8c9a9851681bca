// SPDX-License-Identifier: Apache-2.0
// A ScriptClient that speaks TLS: from the first octet, or once it has asked for it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/replies.h"
#include "tests/sim/sim_peer.h"
#include "tls/codec.h"

namespace mailvoid::sim {

class TlsClient {
 public:
  TlsClient(SimNetwork& network, const tls::ClientContext& context,
            const tls::ResumableSession& resume = nullptr)
      : peer_(network),
        blocks_(64),
        environment_(blocks_),
        codec_(context, environment_, "sink.example", resume) {
    peer_.on_change = [this] { move_on(); };
  }

  void connect(const SocketAddress& address) { peer_.connect(address); }
  // In the clear first; TLS begins once there have been that many replies.
  void say_in_clear(std::string_view text, std::size_t replies) {
    clear_ = text;
    clear_replies_ = replies;
    move_on();
  }
  // As soon as the handshake is over and there is room for it.
  void say(std::string_view text) {
    to_say_ += text;
    move_on();
  }
  // close_notify, once all is said.
  void finish() {
    finishes_ = true;
    move_on();
  }
  void set_reading(bool reading) {
    reading_ = reading;
    move_on();
  }
  // Breaks off as soon as it has written that many octets of ciphertext.
  void leave_after(std::size_t octets) { leaves_after_ = octets; }

  [[nodiscard]] bool established() const { return established_; }
  [[nodiscard]] bool ended() const { return ended_; }  // the sink has said close_notify
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] const std::string& heard() const { return heard_; }
  [[nodiscard]] std::vector<int> codes_in_clear() const { return reply_codes(heard_in_clear_); }
  [[nodiscard]] std::vector<int> codes() const { return reply_codes(heard_); }
  [[nodiscard]] const tls::ResumableSession& resumable() const { return codec_.resumable(); }
  [[nodiscard]] tls::Codec& codec() { return codec_; }
  [[nodiscard]] SimPeer& peer() { return peer_; }

 private:
  void move_on() {
    if (peer_.closed() || !peer_.connected()) return;
    if (!clear_.empty()) clear_.erase(0, peer_.write(clear_));
    if (!clear_.empty() || !cleared()) return;
    hear();
    to_say_.erase(0, codec_.write(to_say_));
    if (finishes_ && to_say_.empty()) codec_.close();
    while (codec_.output_pending() && send()) to_say_.erase(0, codec_.write(to_say_));
    if (written_ >= leaves_after_) peer_.abort();
  }
  // Whether TLS has begun.
  bool cleared() {
    if (reply_codes(heard_in_clear_).size() < clear_replies_) heard_in_clear_ += peer_.read();
    return reply_codes(heard_in_clear_).size() >= clear_replies_;
  }
  void hear() {
    const std::string octets = reading_ ? peer_.read() : "";
    std::string_view input = octets;
    for (;;) {
      const tls::CodecEvent event = codec_.pump(input);
      switch (event.kind) {
        case tls::CodecEvent::Kind::need_input:
        case tls::CodecEvent::Kind::output_full: return;
        case tls::CodecEvent::Kind::established: established_ = true; break;
        case tls::CodecEvent::Kind::plaintext: heard_ += event.plaintext; break;
        case tls::CodecEvent::Kind::ended: ended_ = true; break;
        case tls::CodecEvent::Kind::failed: failed_ = true; break;
      }
    }
  }
  // False when the stream is full.
  bool send() {
    tls::Codec::SendParts parts;
    const std::string_view first = codec_.begin_send(parts).front();
    const std::size_t sent = peer_.write(first);
    codec_.end_send(sent);
    written_ += sent;
    return sent > 0;
  }

  SimPeer peer_;
  BlockPool blocks_;
  tls::CodecEnvironment environment_;
  tls::Codec codec_;
  std::string to_say_;
  std::string heard_;
  std::string clear_;
  std::string heard_in_clear_;
  std::size_t clear_replies_ = 0;
  std::size_t written_ = 0;
  std::size_t leaves_after_ = ~std::size_t{0};
  bool reading_ = true;
  bool finishes_ = false;
  bool established_ = false;
  bool ended_ = false;
  bool failed_ = false;
};

}  // namespace mailvoid::sim
