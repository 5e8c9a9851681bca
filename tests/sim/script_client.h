// SPDX-License-Identifier: Apache-2.0
// A client that says what it is told to and remembers what it hears.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/replies.h"
#include "tests/sim/sim_peer.h"

namespace mailvoid::sim {

class ScriptClient {
 public:
  explicit ScriptClient(SimNetwork& network) : peer_(network) {
    peer_.on_change = [this] { move_on(); };
  }

  void connect(const SocketAddress& address) { peer_.connect(address); }
  // As soon as the stream has room for it.
  void say(std::string_view octets) {
    to_say_ += octets;
    move_on();
  }
  void set_reading(bool reading) {
    reading_ = reading;
    move_on();
  }
  [[nodiscard]] const std::string& heard() const { return heard_; }
  [[nodiscard]] std::vector<int> codes() const { return reply_codes(heard_); }
  [[nodiscard]] bool said_all() const { return said_ == to_say_.size(); }
  [[nodiscard]] SimPeer& peer() { return peer_; }

 private:
  void move_on() {
    if (reading_) heard_ += peer_.read();
    if (peer_.connected()) said_ += peer_.write(std::string_view(to_say_).substr(said_));
  }

  SimPeer peer_;
  std::string to_say_;
  std::size_t said_ = 0;
  std::string heard_;
  bool reading_ = true;
};

}  // namespace mailvoid::sim
