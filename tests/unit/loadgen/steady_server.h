// SPDX-License-Identifier: Apache-2.0
// An SMTP server on the simulated network that takes all mail, and each of whose replies waits until a test
// says.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/sim_peer.h"

namespace mailvoid::loadgen {

class SteadyServer {
 public:
  // A command or message that has come at a moment is answered at reply_at(moment), not before others of its
  // connection.
  SteadyServer(sim::SimNetwork& network, const SocketAddress& address,
               std::function<Instant(Instant)> reply_at)
      : network_(network), reply_at_(std::move(reply_at)) {
    sim::serve(network, address, [this](std::unique_ptr<sim::SimPeer> peer) { accept(std::move(peer)); });
  }

  [[nodiscard]] std::size_t connections() const { return connections_.size(); }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }

 private:
  struct Connection {
    std::unique_ptr<sim::SimPeer> peer;
    std::string input{};
    bool data = false;
  };

  void accept(std::unique_ptr<sim::SimPeer> peer) {
    connections_.push_back(std::make_unique<Connection>(Connection{std::move(peer)}));
    Connection& connection = *connections_.back();
    connection.peer->on_change = [this, &connection] {
      connection.input += connection.peer->read();
      while (take(connection)) {}
    };
    reply(connection, "220 ready\r\n");
  }

  // The next command, or the whole message.
  bool take(Connection& connection) {
    const std::string end = connection.data ? "\r\n.\r\n" : "\r\n";
    const std::size_t at = connection.input.find(end);
    if (at == std::string::npos) return false;
    const std::string taken = connection.input.substr(0, at);
    connection.input.erase(0, at + end.size());
    if (std::exchange(connection.data, false)) {
      ++messages_;
      reply(connection, "250 queued\r\n");
    } else if (taken.starts_with("EHLO")) {
      reply(connection, "250-server\r\n250 PIPELINING\r\n");
    } else if (taken == "DATA") {
      connection.data = true;
      reply(connection, "354 go on\r\n");
    } else {
      reply(connection, taken == "QUIT" ? "221 bye\r\n" : "250 fine\r\n");
    }
    return true;
  }

  void reply(Connection& connection, std::string text) {
    network_.at(std::max(network_.now(), reply_at_(network_.now())), [&connection, text = std::move(text)] {
      if (!connection.peer->closed()) connection.peer->write(text);
      if (text.starts_with("221")) connection.peer->close();
    });
  }

  sim::SimNetwork& network_;
  std::function<Instant(Instant)> reply_at_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::uint64_t messages_ = 0;
};

}  // namespace mailvoid::loadgen
