// SPDX-License-Identifier: Apache-2.0
// A client and a server that talk in memory, their octets cut as a test wishes.
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "tls/codec.h"

namespace mailvoid::tls::testing {

// One end, and what it has learnt.
class End {
 public:
  explicit End(std::size_t blocks_max = 64) : blocks_(blocks_max), environment_(blocks_) {}

  void start(const ServerContext& context) { codec_.emplace(context, environment_); }
  void start(const ClientContext& context, const std::string& server,
             const ResumableSession& resume = nullptr) {
    codec_.emplace(context, environment_, server, resume);
  }
  void stop() { codec_.reset(); }
  [[nodiscard]] Codec& codec() { return *codec_; }
  [[nodiscard]] BlockPool& blocks() { return blocks_; }

  // Pumps until the codec wants something else.
  void hear(std::string_view octets) {
    received_ += octets;
    std::string_view input = received_;
    int events = 0;
    while (take(codec_->pump(input))) {
      if (++events > 10'000) {
        ADD_FAILURE() << "events without end";
        break;
      }
    }
    EXPECT_EQ(ERR_peek_error(), 0u) << "an error was left in the queue";
    received_ = std::string(input);
  }
  void hear_end() {
    codec_->on_end_of_input();
    hear({});
  }
  void say(std::string_view text) {
    to_say_ += text;
    talk();
  }
  void talk() {
    to_say_.erase(0, codec_->write(to_say_));
    EXPECT_EQ(ERR_peek_error(), 0u) << "an error was left in the queue";
  }
  // What one send would take, at most that many octets of it.
  std::string send(std::size_t octets_max = ~std::size_t{0}) {
    if (!codec_->output_pending()) return "";
    Codec::SendParts parts;
    std::string sent;
    for (const std::string_view part : codec_->begin_send(parts)) sent += part;
    sent.resize(std::min(sent.size(), octets_max));
    codec_->end_send(sent.size());
    return sent;
  }

  [[nodiscard]] bool established() const { return established_; }
  [[nodiscard]] const std::string& heard() const { return heard_; }
  [[nodiscard]] bool said_all() const { return to_say_.empty(); }
  [[nodiscard]] bool full() const { return full_; }
  [[nodiscard]] const std::optional<CodecEvent>& end() const { return end_; }  // ended or failed
  [[nodiscard]] bool failed() const { return end_ && end_->kind == CodecEvent::Kind::failed; }
  [[nodiscard]] bool failed_with(Failure failure) const { return failed() && end_->failure == failure; }

 private:
  bool take(const CodecEvent& event) {
    full_ = event.kind == CodecEvent::Kind::output_full;
    switch (event.kind) {
      case CodecEvent::Kind::need_input:
      case CodecEvent::Kind::output_full: return false;
      case CodecEvent::Kind::established:
        EXPECT_FALSE(established_) << "told twice";
        established_ = true;
        return true;
      case CodecEvent::Kind::plaintext:
        EXPECT_FALSE(event.plaintext.empty());
        heard_ += event.plaintext;
        return true;
      case CodecEvent::Kind::ended:
      case CodecEvent::Kind::failed:
        EXPECT_FALSE(end_) << "told twice";
        end_ = event;
        return true;
    }
    return false;
  }

  BlockPool blocks_;
  CodecEnvironment environment_;
  std::optional<Codec> codec_;
  std::string received_;
  std::string to_say_;
  std::string heard_;
  std::optional<CodecEvent> end_;
  bool established_ = false;
  bool full_ = false;
};

struct Wire {
  End client;
  End server;
  std::size_t piece = ~std::size_t{0};  // octets that are carried at a time

  explicit Wire(std::size_t blocks_max = 64) : client(blocks_max), server(blocks_max) {}

  // Until neither says anything.
  void run() {
    client.hear({});
    bool moved = true;
    for (int rounds = 0; moved; ++rounds) {
      ASSERT_LT(rounds, 1'000'000);
      moved = carry(client, server);
      moved |= carry(server, client);
    }
  }
  // What is pending now, to the other side.
  [[nodiscard]] bool carry(End& from, End& to) const {
    from.talk();
    const std::string octets = from.send(piece);
    if (octets.empty()) return false;
    to.hear(octets);
    if (from.full()) from.hear({});
    return true;
  }
};

}  // namespace mailvoid::tls::testing
