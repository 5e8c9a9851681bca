// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_network.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mailvoid::sim {
namespace {

// Beyond any descriptor the process has, so that the two kinds cannot be mistaken for each other.
constexpr int kFirstDescriptor = 1'000'000;
constexpr Duration kSynRetry = std::chrono::seconds(1);

}  // namespace

SimNetwork::SimNetwork(const NetworkOptions& options)
    : options_(options),
      random_(options.seed),
      now_(std::chrono::hours(1)),
      next_descriptor_(kFirstDescriptor) {}

SimNetwork::~SimNetwork() = default;

void SimNetwork::at(Instant time, std::function<void()> action) {
  events_.push_back({std::max(time, now_), next_sequence_++, std::move(action)});
  std::ranges::push_heap(events_, later);
}

Instant SimNetwork::next_event() const { return events_.empty() ? Instant::max() : events_.front().time; }

void SimNetwork::run_due() {
  while (next_event() <= now_) {
    std::ranges::pop_heap(events_, later);
    const Event event = std::move(events_.back());
    events_.pop_back();
    event.action();
  }
}

void SimNetwork::advance_to(Instant time) {
  while (next_event() <= time) {
    now_ = std::max(now_, next_event());
    run_due();
  }
  now_ = std::max(now_, time);
}

SimListener& SimNetwork::listen(const SocketAddress& address, std::size_t backlog) {
  auto& sharers = listeners_[address.text()];
  sharers.push_back(
      std::make_unique<SimListener>(SimListener{next_descriptor_++, address, backlog, true, {}}));
  return *sharers.back();
}

int SimNetwork::duplicate(SimListener& listener) {
  ++listener.descriptors;
  return next_descriptor_++;
}

void SimNetwork::close(SimListener& listener) {
  if (--listener.descriptors > 0) return;
  listener.open = false;
  for (SimSocket* const waiting : std::exchange(listener.waiting, {})) {
    waiting->abort();
    waiting->close();
  }
}

SimSocket& SimNetwork::make_socket() {
  sockets_.push_back(std::make_unique<SimSocket>(*this, next_descriptor_++));
  return *sockets_.back();
}

void SimNetwork::violation(const std::string& what) { violations_.push_back(what); }

void SimNetwork::connect(SimSocket& client, const SocketAddress& address) {
  if (random_.chance(options_.connect_unanswered)) return;
  after(latency(), [this, &client, text = address.text()] { arrive(client, text); });
}

void SimNetwork::arrive(SimSocket& client, const std::string& address) {
  if (client.state() != SimSocket::State::connecting) return;
  std::vector<SimListener*> open;
  for (const auto& listener : listeners_[address]) {
    if (listener->open) open.push_back(listener.get());
  }
  if (open.empty() || random_.chance(options_.connect_refused)) {
    client.state_ = SimSocket::State::refused;
    client.changed();
    return;
  }
  SimListener& listener = *open[random_.below(open.size())];
  if (listener.waiting.size() < listener.backlog) {
    establish(client, listener);
  } else {
    after(kSynRetry, [this, &client, address] { arrive(client, address); });
  }
}

void SimNetwork::establish(SimSocket& client, SimListener& listener) {
  SimSocket& server = make_socket();
  server.other_ = &client;
  client.other_ = &server;
  server.state_ = SimSocket::State::connected;
  server.send_segment([](SimSocket& receiver) { receiver.on_connected(); });
  maybe_break(client);
  listener.waiting.push_back(&server);
  for (const auto& [fd, tell] : std::map(listener.on_connection)) tell();
}

void SimNetwork::maybe_break(SimSocket& client) {
  if (!random_.chance(options_.broken)) return;
  for (SimSocket* const end : {&client, client.other_}) {
    after(random_.between(Duration(0), options_.broken_within), [end] { end->on_break(); });
  }
}

void SimSocket::connect(const SocketAddress& address) {
  state_ = State::connecting;
  network_.connect(*this, address);
}

std::string SimSocket::read(std::size_t octets_max) {
  const std::size_t octets = std::min(octets_max, readable());
  std::string taken = received_.substr(read_, octets);
  read_ += octets;
  if (read_ == received_.size()) {
    received_.clear();
    read_ = 0;
  }
  other_->outstanding_ -= octets;
  other_->taken_by_other_ += octets;
  if (octets > 0) other_->changed();
  return taken;
}

std::size_t SimSocket::room() const {
  if (state_ != State::connected || broken_ || finished_) return 0;
  const std::size_t most = network_.options().stream_octets_max;
  return most - std::min(most, outstanding_);
}

void SimSocket::write(std::string_view octets) {
  keep_back(octets);
  send_segment([text = std::exchange(kept_back_, {})](SimSocket& receiver) { receiver.on_octets(text); });
}

void SimSocket::keep_back(std::string_view octets) {
  MAILVOID_ASSERT(octets.size() <= room());
  outstanding_ += octets.size();
  kept_back_ += octets;
}

void SimSocket::finish() {
  if (finished_ || broken_ || state_ != State::connected) return;
  if (!kept_back_.empty()) write({});
  finished_ = true;
  send_segment([](SimSocket& receiver) { receiver.on_finish(); });
}

int SimSocket::take_error() {
  if (!broken_ || std::exchange(error_taken_, true)) return 0;
  return ECONNRESET;
}

void SimSocket::close() {
  MAILVOID_ASSERT(state_ != State::closed);
  if (state_ == State::connected && readable() > 0) {
    abort();
  } else {
    finish();
  }
  state_ = State::closed;
  release();
}

void SimSocket::abort() {
  if (state_ != State::connected || broken_) return;
  broken_ = true;
  send_segment([](SimSocket& receiver) { receiver.on_break(); });
}

void SimSocket::send_segment(std::function<void(SimSocket&)> deliver) {
  last_arrival_ = std::max(last_arrival_, network_.now() + network_.latency());
  network_.at(last_arrival_, [receiver = other_, deliver = std::move(deliver)] { deliver(*receiver); });
}

void SimSocket::on_connected() {
  if (broken_) return;
  if (state_ == State::closed) {
    refuse_segment();
    return;
  }
  state_ = State::connected;
  changed();
}

void SimSocket::on_octets(const std::string& octets) {
  if (broken_) return;
  if (state_ == State::closed) {
    refuse_segment();
    return;
  }
  received_ += octets;
  changed();
}

void SimSocket::on_finish() {
  if (broken_) return;
  other_finished_ = true;
  changed();
}

void SimSocket::on_break() {
  if (broken_ || state_ == State::closed) return;
  broken_ = true;
  release();
  changed();
}

// Nobody is there any more to read it: the sender is told so.
void SimSocket::refuse_segment() {
  broken_ = true;
  send_segment([](SimSocket& receiver) { receiver.on_break(); });
}

void SimSocket::release() {
  received_ = {};
  read_ = 0;
}

void SimSocket::changed() {
  if (watcher_ != nullptr && state_ != State::closed) watcher_->on_change_of(*this);
}

}  // namespace mailvoid::sim
