// SPDX-License-Identifier: Apache-2.0
// A client or server that a test scripts: one end of a simulated stream, without a ring.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tests/sim/sim_network.h"

namespace mailvoid::sim {

class SimPeer final : private SocketWatcher {
 public:
  // A client.
  explicit SimPeer(SimNetwork& network);
  // The server's side of a connection that was accepted.
  SimPeer(SimNetwork& network, SimSocket& accepted);
  // Closes what is open.
  ~SimPeer();
  SimPeer(const SimPeer&) = delete;
  SimPeer& operator=(const SimPeer&) = delete;

  // Called, never from inside another call, after anything about the connection may have changed.
  std::function<void()> on_change;

  void connect(const SocketAddress& address) { socket_.connect(address); }
  [[nodiscard]] bool connected() const { return socket_.state() == SimSocket::State::connected; }
  [[nodiscard]] bool refused() const { return socket_.state() == SimSocket::State::refused; }
  [[nodiscard]] bool closed() const { return socket_.state() == SimSocket::State::closed; }
  [[nodiscard]] bool ended() const { return socket_.ended(); }
  [[nodiscard]] bool broken() const { return socket_.broken(); }

  [[nodiscard]] std::size_t readable() const { return socket_.readable(); }
  // At most that many octets of what has come.
  std::string read(std::size_t octets_max = ~std::size_t{0});
  // As much of the front of `octets` as there is room for; says how much that was.
  std::size_t write(std::string_view octets);
  void finish() { socket_.finish(); }
  void abort() { socket_.abort(); }
  void close();

 private:
  void on_change_of(SimSocket& socket) override;

  SimNetwork& network_;
  SimSocket& socket_;
  // Shared with the call of on_change that is on its way, which may outlive us.
  struct Notice {
    SimPeer* peer;
    bool pending = false;
  };
  std::shared_ptr<Notice> notice_;
};

// Accepts every connection to an address and gives it to a script.
void serve(SimNetwork& network, const SocketAddress& address,
           std::function<void(std::unique_ptr<SimPeer>)> on_accept);

}  // namespace mailvoid::sim
