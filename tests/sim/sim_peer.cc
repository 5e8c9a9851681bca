// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_peer.h"

#include <algorithm>

namespace mailvoid::sim {

SimPeer::SimPeer(SimNetwork& network) : SimPeer(network, network.make_socket()) {}

SimPeer::SimPeer(SimNetwork& network, SimSocket& accepted)
    : network_(network), socket_(accepted), notice_(std::make_shared<Notice>(Notice{this})) {
  socket_.set_watcher(this);
}

SimPeer::~SimPeer() {
  notice_->peer = nullptr;
  socket_.set_watcher(nullptr);
  close();
}

std::string SimPeer::read(std::size_t octets_max) {
  return readable() == 0 ? std::string() : socket_.read(octets_max);
}

std::size_t SimPeer::write(std::string_view octets) {
  const std::size_t taken = std::min(octets.size(), socket_.room());
  if (taken > 0) socket_.write(octets.substr(0, taken));
  return taken;
}

void SimPeer::close() {
  if (!closed()) socket_.close();
}

void SimPeer::on_change_of(SimSocket&) {
  if (notice_->pending || !on_change) return;
  notice_->pending = true;
  network_.after(Duration(0), [notice = notice_] {
    notice->pending = false;
    if (notice->peer != nullptr && !notice->peer->closed()) notice->peer->on_change();
  });
}

void serve(SimNetwork& network, const SocketAddress& address,
           std::function<void(std::unique_ptr<SimPeer>)> on_accept) {
  SimListener& listener = network.listen(address, 1024);
  listener.on_connection[listener.fd] = [&network, &listener, on_accept = std::move(on_accept)] {
    SimSocket* const socket = listener.waiting.front();
    listener.waiting.pop_front();
    on_accept(std::make_unique<SimPeer>(network, *socket));
  };
}

}  // namespace mailvoid::sim
