// SPDX-License-Identifier: Apache-2.0
// How operations in flight go on, as far as the network and chance let them.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "tests/sim/sim_ring.h"

namespace mailvoid::sim {
namespace {

using io::Operation;

std::string gather(std::span<const std::string_view> parts, std::size_t skip, std::size_t octets) {
  std::string all;
  for (std::string_view part : parts) {
    const std::size_t skipped = std::min(skip, part.size());
    skip -= skipped;
    part.remove_prefix(skipped);
    all += part.substr(0, octets - all.size());
  }
  return all;
}

}  // namespace

void SimRing::on_change_of(SimSocket& socket) {
  for (const std::uint64_t id : files_.at(socket.fd()).flights) look_later(id);
}

void SimRing::look_later(std::uint64_t id) { look_at(id, delay()); }

// Like a kernel that defers its work, it goes on with an operation only while the shard waits.
void SimRing::look_at(std::uint64_t id, Duration later) {
  Flight& flight = flights_.at(id);
  if (flight.look_scheduled || !flight.submitted || flight.over) return;
  flight.look_scheduled = true;
  network_.after(later, [this, id] { ready_.push_back(id); });
}

void SimRing::progress_ready() {
  for (const std::uint64_t id : std::exchange(ready_, {})) {
    const auto flight = flights_.find(id);
    if (flight == flights_.end()) continue;
    flight->second.look_scheduled = false;
    progress(id);
  }
}

void SimRing::progress(std::uint64_t id) {
  Flight& flight = flights_.at(id);
  if (flight.over) return;
  switch (flight.token.operation) {
    case Operation::accept: return progress_accept(id, flight);
    case Operation::connect: return progress_connect(id, flight);
    case Operation::receive: return progress_receive(id, flight);
    case Operation::send: return progress_send(id, flight);
    case Operation::wake:  // looked at each time the shard asks
    case Operation::close:
    case Operation::cancel: return;
  }
}

void SimRing::progress_accept(std::uint64_t id, const Flight& flight) {
  SimListener& listener = *files_.at(flight.fd).listener;
  if (listener.waiting.empty()) return;
  if (files_.size() >= options_.descriptors_max || random_.chance(options_.accept_error)) {
    post(id, -EMFILE, false);
    return;
  }
  const bool more = !flight.once && !random_.chance(options_.lost_more);
  post(id, adopt(listener), more);
  if (more) look_later(id);
}

void SimRing::progress_connect(std::uint64_t id, const Flight& flight) {
  const SimSocket& socket = *files_.at(flight.fd).socket;
  switch (socket.state()) {
    case SimSocket::State::connected: post(id, socket.broken() ? -ECONNRESET : 0, false); return;
    case SimSocket::State::refused: post(id, -ECONNREFUSED, false); return;
    default: return;
  }
}

// As the kernel does it: on and on while there is input, before anybody else has a turn.
void SimRing::progress_receive(std::uint64_t id, const Flight& flight) {
  SimSocket& socket = *files_.at(flight.fd).socket;
  const bool discards = flight.discards > 0;  // and needs no buffer
  while (!flight.over && socket.readable() > 0) {
    if (!discards && (buffers_out_ >= options_.receive_buffers || random_.chance(options_.no_buffer))) {
      return post(id, -ENOBUFS, false);
    }
    auto octets = std::min(socket.readable(), discards ? flight.discards : options_.receive_octets_max);
    const bool in_part = random_.chance(options_.short_receive);
    if (in_part) octets = random_.part_of(octets);
    const std::string data = socket.read(octets);
    post(id, static_cast<std::int32_t>(octets), !discards && !random_.chance(options_.lost_more),
         discards ? std::string_view() : data);
    if (in_part) return look_later(id);
  }
  if (flight.over) return;
  if (socket.broken()) {
    post(id, -socket.take_error(), false);
  } else if (socket.ended()) {
    post(id, 0, false);
  }
}

void SimRing::progress_send(std::uint64_t id, Flight& flight) {
  SimSocket& socket = *files_.at(flight.fd).socket;
  check_unchanged(flight);
  if (socket.broken() || socket.finished()) {
    const int error = flight.sent > 0 ? 0 : socket.take_error();
    post(id, flight.sent > 0 ? static_cast<std::int32_t>(flight.sent) : -(error != 0 ? error : EPIPE), false);
    return;
  }
  const std::size_t room = socket.room();  // a full stream keeps nothing back
  std::size_t octets = std::min(room, flight.octets - flight.sent);
  if (octets == 0) return;
  const bool ends_short = random_.chance(options_.short_send);
  if (ends_short) octets = random_.part_of(octets);
  const std::string part = gather(flight.parts, flight.sent, octets);
  flight.last&& octets < room ? socket.keep_back(part) : socket.write(part);
  flight.sent += octets;
  if (ends_short || flight.sent == flight.octets) post(id, static_cast<std::int32_t>(flight.sent), false);
}

// FNV-1a over all parts as one.
std::uint64_t SimRing::checksum(std::span<const std::string_view> parts) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::string_view part : parts) {
    for (const char octet : part) hash = (hash ^ static_cast<unsigned char>(octet)) * 0x100000001b3;
  }
  return hash;
}

void SimRing::check_unchanged(const Flight& flight) {
  if (checksum(flight.parts) != flight.checksum) {
    violation("octets changed while they were being sent", flight.fd, flight.token);
  }
}

void SimRing::look_at_watches() {
  for (const std::uint64_t id : std::vector(watches_)) {
    const Flight& flight = flights_.at(id);
    pollfd watched{flight.fd, POLLIN, 0};
    std::uint64_t value = 0;
    if (!flight.submitted || flight.over || ::poll(&watched, 1, 0) != 1) continue;
    if (::read(flight.fd, &value, sizeof(value)) == sizeof(value)) post(id, sizeof(value), false);
  }
}

int SimRing::adopt(SimListener& listener) {
  SimSocket* const socket = listener.waiting.front();
  listener.waiting.pop_front();
  socket->set_watcher(this);
  files_[socket->fd()].socket = socket;
  return socket->fd();
}

}  // namespace mailvoid::sim
