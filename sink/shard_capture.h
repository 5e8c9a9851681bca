// SPDX-License-Identifier: Apache-2.0
// A shard's part in sampling: which of its sessions have a sample under way, what goes into it, and which of
// them wait for a writer. A session that is not sampled costs one branch an event; while nobody asked for
// samples there is nothing here.
//
// A session may wait twice, if sessions are to wait: for a block while its recipients and its message come,
// and at the end for the file. Meanwhile it takes no input, its receive is stopped as soon as some has come,
// and it is not idle.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "base/slot_pool.h"
#include "capture/tap.h"
#include "sink/client_facts.h"
#include "sink/connection.h"
#include "smtp/server_event.h"

namespace mailvoid::sink {

// Of a session that has said hello.
struct SessionCapture {
  enum class Waiting : std::uint8_t { no, for_block, for_file };

  capture::Record* record = nullptr;  // being filled
  ClientFacts* facts = nullptr;       // once there are some
  std::uint32_t recipients = 0;       // of the record
  Waiting waiting = Waiting::no;
  capture::Protocol protocol = capture::Protocol::smtp;
  bool hello_cut = false;  // the client calls itself by more than is kept
  capture::HelloName hello;
};

class ShardCapture {
 public:
  // Without a tap it is off. `connections_max` sessions at a time.
  ShardCapture(capture::Tap* tap, std::uint32_t connections_max);

  [[nodiscard]] bool on() const { return tap_ != nullptr; }

  // The verdict on a hello, xforward, mail, recipient or data; remembers what a sample keeps of it. REQUIRES
  // on().
  [[nodiscard]] smtp::Verdict observe(Connection& connection, const smtp::ServerEvent& event);

  // The client has logged in, by that mechanism. REQUIRES on().
  void note_login(Connection& connection, std::string_view mechanism, std::string_view user);
  // XCLIENT. REQUIRES on().
  void note_client(Connection& connection, std::span<const smtp::PeerAttribute> attributes);

  // The rest is for a connection that is `sampled`; `name` is how it is found again.

  // In place of the engine's: gives it no more than there is room for. need_input with input left means that
  // the session waits.
  [[nodiscard]] smtp::ServerEvent pump(Connection& connection, const capture::Waiter& name,
                                       std::string_view& input);
  // Of a body event: in seven bits where the event says so.
  void keep(Connection& connection, const smtp::ServerEvent& event);
  // The end of data, about which `verdict` was decided: it may come to name the message. False: it is to be
  // answered when resume() says so.
  [[nodiscard]] bool end(Connection& connection, const capture::Waiter& name, bool over_size,
                         smtp::Verdict& verdict);
  [[nodiscard]] static bool waits(const Connection& connection) {
    return connection.capture->waiting != SessionCapture::Waiting::no;
  }

  // A writer has given something back: calls go_on(name, record) for every session that may stop waiting,
  // with its record if its file is done and nullptr if there is a block. go_on() calls resume() if it finds
  // the session.
  template <class GoOn>
  void take_returns(GoOn&& go_on) {
    tap_->take_returns([&](const capture::Record& record) { go_on(record.waiter, &record); });
    serving_ = true;
    while (!for_block_.empty() && tap_->has_block()) {
      const capture::Waiter name = for_block_.front();
      for_block_.pop_front();
      go_on(name, nullptr);
    }
    serving_ = false;
    if (for_block_.empty()) tap_->want_no_block();
  }
  // Ends the wait, and answers if it was for the file.
  void resume(Connection& connection, const capture::Record* done);

  // Any connection: it is about to be released.
  void forget(Connection& connection);

 private:
  [[nodiscard]] SessionCapture& session_of(Connection& connection);
  [[nodiscard]] ClientFacts& facts_of(Connection& connection);
  void take_hello(Connection& connection, const smtp::ServerEvent& event);
  void take_forwarded(Connection& connection, const smtp::ServerEvent& event);
  void begin(Connection& connection, const smtp::ServerEvent& event);
  void add_recipient(Connection& connection, const smtp::ServerEvent& event);
  // How many octets of the input the engine may be given; 0: the session waits.
  [[nodiscard]] std::size_t make_room(Connection& connection, const capture::Waiter& name);
  void abort(Connection& connection);

  capture::Tap* tap_;
  SlotPool<SessionCapture> sessions_;
  SlotPool<ClientFacts> facts_;
  std::deque<capture::Waiter>
      for_block_;         // in the order in which they came; nobody takes a block before them
  bool serving_ = false;  // but the one that has its turn
  capture::BoundedText<capture::kIdOctetsMax> accepted_id_;
  std::string lines_;  // kept for its capacity
};

}  // namespace mailvoid::sink
