// SPDX-License-Identifier: Apache-2.0
// A server session with a pool and a tally of its own, fed and drained in the ways that a network may choose.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smtp/server_session.h"
#include "tests/unit/smtp/transcript.h"

namespace mailvoid::smtp::testing {

// How the owner of the session behaves. None of it may change what the peer sees.
struct Manner {
  bool keep_body = true;                          // ask for the body of every message
  bool drain_late = false;                        // send only when the queue is full or the input has ended
  bool verdict_late = false;                      // send what is pending before a verdict is given
  bool drop_chunks = false;                       // drop what is discardable unread
  std::size_t send_octets_max = ~std::size_t{0};  // of each send
};

using Counts = std::vector<std::pair<std::string, std::uint64_t>>;
// Every counter of the tally by name; arrays as "commands:mail", "replies:250", "messages_refused:policy".
[[nodiscard]] Counts counts_of(const ServerTally& tally);

// What can be seen from outside.
struct Outcome {
  std::string output;
  std::vector<std::string> messages;  // accepted; only with keep_body
  std::vector<std::string> envelope;
  Counts counts;
  bool closed = false;
};

class Conversation {
 public:
  explicit Conversation(const TranscriptSettings& settings, const Manner& manner = {});
  ~Conversation();

  // The connection is there and nothing has come yet. Without it the first octets come together with the
  // connection.
  void start();
  // All of `octets` from a buffer of just that size, which is gone afterwards.
  void feed(std::string_view octets);
  void end_of_input();
  void idle_timeout();
  void drain();
  // The handshake that follows STARTTLS is done.
  void tls_established();
  // Sends what is pending.
  void flush();
  // The connection breaks: the session is destroyed.
  void lose();

  [[nodiscard]] const std::string& output() const { return outcome_.output; }
  [[nodiscard]] bool closed() const { return outcome_.closed; }
  [[nodiscard]] const ServerTally& tally() const { return tally_; }
  [[nodiscard]] std::size_t blocks_in_use() const { return blocks_.in_use(); }
  // Flushes, destroys the session, and tells.
  [[nodiscard]] Outcome finish();
  // What the session did wrong, if anything.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  void pump(std::string_view input);
  void keep(std::string_view span, bool mask);
  [[nodiscard]] Verdict decide(const ServerEvent& event);
  [[nodiscard]] Verdict decide_message(const ServerEvent& event);
  [[nodiscard]] Verdict decide_extension(const ServerEvent& event);

  TranscriptSettings settings_;
  Manner manner_;
  ServerConfig config_;
  BlockPool blocks_;
  ServerTally tally_;
  ServerEnvironment environment_;
  std::unique_ptr<ServerSession> session_;
  Outcome outcome_;
  std::string sender_;
  std::vector<std::string> recipients_;
  std::size_t challenges_given_ = 0;
  std::string body_;
  std::string fault_;
};

}  // namespace mailvoid::smtp::testing
