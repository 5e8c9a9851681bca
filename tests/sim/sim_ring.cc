// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_ring.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mailvoid::sim {
namespace {

using io::Operation;
using io::Token;

constexpr Duration kStaleDelayMax = std::chrono::milliseconds(20);

const char* name_of(Operation operation) {
  switch (operation) {
    case Operation::accept: return "accept";
    case Operation::connect: return "connect";
    case Operation::receive: return "receive";
    case Operation::send: return "send";
    case Operation::close: return "close";
    case Operation::cancel: return "cancel";
    case Operation::wake: return "watch";
  }
  return "unknown";
}

}  // namespace

SimRing::SimRing(SimNetwork& network, const SimRingOptions& options)
    : network_(network), random_(network.random()), options_(options) {
  counters_.buffers_free.set(options_.receive_buffers);
}

SimRing::~SimRing() {
  for (auto& [fd, file] : files_) {
    if (file.socket != nullptr) file.socket->set_watcher(nullptr);
    if (file.listener != nullptr) file.listener->on_connection.erase(fd);
  }
}

int SimRing::listen(const SocketAddress& address, std::size_t backlog) {
  SimListener& listener = network_.listen(address, backlog);
  add_listener(listener.fd, listener);
  return listener.fd;
}

int SimRing::share_listener(const SimRing& with, int fd) {
  SimListener& listener = *with.files_.at(fd).listener;
  const int duplicate = network_.duplicate(listener);
  add_listener(duplicate, listener);
  return duplicate;
}

void SimRing::add_listener(int fd, SimListener& listener) {
  files_[fd].listener = &listener;
  listener.on_connection[fd] = [this, fd] {
    for (const std::uint64_t id : files_[fd].flights) look_later(id);
  };
}

// Asking and submitting.

void SimRing::enqueue(std::function<void()> request) {
  if (queue_.size() >= options_.submission_entries) {
    counters_.early_submits.increment();
    submit();
  }
  queue_.push_back(std::move(request));
}

void SimRing::submit() {
  for (const auto& request : std::exchange(queue_, {})) request();
}

void SimRing::violation(const char* what, int fd, const Token& token) {
  network_.violation(std::string(what) + ": " + name_of(token.operation) + " on descriptor " +
                     std::to_string(fd) + ", slot " + std::to_string(token.slot) + ", generation " +
                     std::to_string(token.generation));
}

SimRing::File* SimRing::usable(int fd, const Token& token) {
  const auto file = files_.find(fd);
  if (file == files_.end() || file->second.close_asked) {
    violation("use of a closed descriptor", fd, token);
    return nullptr;
  }
  return &file->second;
}

// Null if there cannot be such an operation, which has been noted then.
SimRing::Flight* SimRing::take_off(int fd, const Token& token) {
  File* file = nullptr;
  if (token.operation != Operation::wake) {
    file = usable(fd, token);
    if (file == nullptr) return nullptr;
    for (const std::uint64_t id : file->flights) {
      if (flights_.at(id).token.operation != token.operation) continue;
      violation("a second operation of this kind is in flight", fd, token);
      return nullptr;
    }
  }
  if (by_token_.contains(token.pack())) {
    violation("the token is in flight already", fd, token);
    return nullptr;
  }
  const std::uint64_t id = next_id_++;
  by_token_[token.pack()] = id;
  if (file != nullptr) {
    file->flights.push_back(id);
    std::erase_if(file->tokens, [&](const Token& old) { return old.operation == token.operation; });
    file->tokens.push_back(token);
  } else {
    watches_.push_back(id);
  }
  Flight& flight = flights_[id];
  flight.token = token;
  flight.fd = fd;
  enqueue([this, id] {
    flights_.at(id).submitted = true;
    const Duration later = delay();
    later == Duration(0) ? progress(id) : look_at(id, later);
  });
  return &flight;
}

void SimRing::accept(int fd, Token token) { take_off(fd, token); }

void SimRing::accept_one(int fd, Token token) {
  if (Flight* const flight = take_off(fd, token); flight != nullptr) flight->once = true;
}

void SimRing::receive(int fd, Token token) { take_off(fd, token); }
void SimRing::watch(int fd, Token token) { take_off(fd, token); }

void SimRing::receive_discard(int fd, std::uint32_t octets, Token token) {
  if (octets == 0 || octets > io::kDiscardOctetsMax) violation("a discard of nothing or too much", fd, token);
  if (Flight* const flight = take_off(fd, token); flight != nullptr) flight->discards = octets;
}

void SimRing::connect(int fd, const SocketAddress& address, Token token) {
  if (take_off(fd, token) == nullptr) return;
  enqueue([socket = files_.at(fd).socket, address] { socket->connect(address); });
}

void SimRing::send(int fd, std::span<const std::string_view> parts, Token token) {
  Flight* const flight = take_off(fd, token);
  if (flight == nullptr) return;
  flight->parts.assign(parts.begin(), parts.end());
  for (const std::string_view part : parts) flight->octets += part.size();
  flight->checksum = checksum(parts);
  if (flight->octets == 0) violation("a send of nothing", fd, token);
  if (parts.size() > io::kSendPartsMax) violation("a send of too many parts", fd, token);
}

void SimRing::send_last(int fd, std::string_view bytes, Token token) {
  send(fd, bytes, token);
  const auto flight = by_token_.find(token.pack());
  if (flight != by_token_.end()) flights_.at(flight->second).last = true;
}

void SimRing::cancel(Token token) {
  enqueue([this, token] { submit_cancel(token); });
}

void SimRing::close(int fd) {
  const Token token{Operation::close, 0, 0};
  File* const file = usable(fd, token);
  if (file == nullptr) return;
  for (const std::uint64_t id : file->flights) violation("closed while in flight", fd, flights_.at(id).token);
  if (!file->flights.empty()) return;
  file->close_asked = true;
  enqueue([this, fd] { submit_close(fd); });
}

void SimRing::submit_close(int fd) {
  const File file = std::move(files_.at(fd));
  files_.erase(fd);
  if (file.listener != nullptr) {
    file.listener->on_connection.erase(fd);
    network_.close(*file.listener);
    return;
  }
  leave_stale_completion(file);
  file.socket->set_watcher(nullptr);
  if (file.reset_on_close) {
    file.socket->abort();
  } else {
    file.socket->close();
  }
}

void SimRing::leave_stale_completion(const File& file) {
  if (file.tokens.empty() || !random_.chance(options_.stale)) return;
  const Token token = file.tokens[random_.below(file.tokens.size())];
  network_.after(random_.between(Duration(0), kStaleDelayMax), [this, token] {
    constexpr std::int32_t kFailures[] = {-ECONNRESET, -EPIPE, -ENOBUFS, -ECANCELED, 0};
    constexpr std::string_view kInput = "QUIT\r\n";
    if (token.operation == Operation::receive && random_.chance(0.5)) {
      deliver(0, {token, static_cast<std::int32_t>(kInput.size()), random_.chance(0.5), {}}, kInput);
    } else {
      deliver(0, {token, kFailures[random_.below(std::size(kFailures))], false, {}}, {});
    }
  });
}

void SimRing::submit_cancel(const Token& token) {
  const auto named = by_token_.find(token.pack());
  if (named == by_token_.end() || !flights_.at(named->second).submitted || flights_.at(named->second).over) {
    deliver(0, {{Operation::cancel, token.generation, token.slot}, -ENOENT, false, {}}, {});
    return;
  }
  network_.after(delay(), [this, id = named->second] { end_cancelled(id); });
}

void SimRing::end_cancelled(std::uint64_t id) {
  auto flight = flights_.find(id);
  if (flight == flights_.end() || flight->second.over) return;
  if (random_.chance(options_.late_cancel)) progress(id);
  flight = flights_.find(id);
  if (flight == flights_.end() || flight->second.over) return;
  const std::size_t sent = flight->second.sent;
  if (flight->second.token.operation == Operation::send) check_unchanged(flight->second);
  post(id, sent > 0 ? static_cast<std::int32_t>(sent) : -ECANCELED, false);
}

// What runs at once.

int SimRing::open_stream(const SocketAddress&, const SocketAddress&) {
  if (files_.size() >= options_.descriptors_max) return -EMFILE;
  SimSocket& socket = network_.make_socket();
  socket.set_watcher(this);
  files_[socket.fd()].socket = &socket;
  return socket.fd();
}

int SimRing::accept_now(int fd) {
  File* const file = usable(fd, {Operation::accept, 0, 0});
  if (file == nullptr || file->listener->waiting.empty()) return -EAGAIN;
  if (files_.size() >= options_.descriptors_max) return -EMFILE;
  return adopt(*file->listener);
}

std::uint32_t SimRing::taken_by_peer(int fd) const {
  return static_cast<std::uint32_t>(files_.at(fd).socket->taken_by_other());
}

SocketAddress SimRing::peer_address(int) { return *SocketAddress::numeric("127.0.0.1", 1024); }

void SimRing::shutdown_write(int fd) {
  const Token token{Operation::send, 0, 0};
  File* const file = usable(fd, token);
  if (file == nullptr) return;
  for (const std::uint64_t id : file->flights) {
    const Flight& flight = flights_.at(id);
    if (flight.token.operation == Operation::send) violation("shut down while in flight", fd, flight.token);
  }
  file->socket->finish();
}

void SimRing::reset_on_close(int fd) {
  if (File* const file = usable(fd, {Operation::send, 0, 0}); file != nullptr) file->reset_on_close = true;
}

void SimRing::submit_and_wait(Instant deadline) {
  counters_.enters.increment();
  deadline_ = deadline;
  submit();
  network_.run_due();
  progress_ready();
  // Each look is a system call; a shard that sleeps is asked about by has_completions() anyway.
  if (counters_.enters.value() % 8 == 0) look_at_watches();
}

// Completions.

void SimRing::post(std::uint64_t id, std::int32_t result, bool more, std::string_view data) {
  Flight& flight = flights_.at(id);
  flight.over = !more;
  if (result == -ENOBUFS) counters_.buffers_exhausted.increment();
  deliver(id, {flight.token, result, more, {}}, data);
}

void SimRing::deliver(std::uint64_t id, io::Completion completion, std::string_view data) {
  Delivery& delivery = deliveries_.emplace_back();
  delivery.flight = id;
  delivery.completion = completion;
  if (data.empty()) return;
  ++buffers_out_;
  delivery.data = std::make_unique<char[]>(data.size());
  std::memcpy(delivery.data.get(), data.data(), data.size());
  delivery.completion.data = {delivery.data.get(), data.size()};
}

bool SimRing::has_work() {
  if (deliveries_.empty()) look_at_watches();
  return !deliveries_.empty() || !ready_.empty();
}

std::size_t SimRing::begin_batch() {
  std::size_t count = deliveries_.size();
  if (count > 1 && random_.chance(options_.partial_batch)) count = random_.between(std::size_t{1}, count);
  counters_.completions.add(count);
  return count;
}

// Any of them, but of one operation the first.
SimRing::Delivery SimRing::take_delivery() {
  auto taken = deliveries_.begin();
  if (options_.reorder) {
    const std::uint64_t flight = deliveries_[random_.below(deliveries_.size())].flight;
    taken = std::ranges::find(deliveries_, flight, &Delivery::flight);
  }
  Delivery delivery = std::move(*taken);
  deliveries_.erase(taken);
  ++handled_;
  if (delivery.flight == 0 || delivery.completion.more) return delivery;
  const Flight& flight = flights_.at(delivery.flight);
  by_token_.erase(flight.token.pack());
  if (const auto file = files_.find(flight.fd); file != files_.end()) {
    std::erase(file->second.flights, delivery.flight);
  } else {
    std::erase(watches_, delivery.flight);
  }
  flights_.erase(delivery.flight);
  return delivery;
}

void SimRing::end_delivery(Delivery& delivery) {
  if (delivery.data == nullptr) return;
  char* const octets = delivery.data.get();
  std::memset(octets, 0xdb, delivery.completion.data.size());
  asm volatile("" : : "r"(octets) : "memory");  // or the compiler would see that nobody may look
  delivery.data.reset();
  --buffers_out_;
}

// For tests.

bool SimRing::receiving(int fd) const {
  const auto file = files_.find(fd);
  if (file == files_.end()) return false;
  return std::ranges::any_of(file->second.flights, [this](std::uint64_t id) {
    return flights_.at(id).token.operation == Operation::receive;
  });
}

void SimRing::check_released() {
  if (!queue_.empty()) network_.violation("the shard ended with requests that it did not submit");
  for (const auto& [fd, file] : files_) violation("never closed", fd, {Operation::close, 0, 0});
  for (const auto& [id, flight] : flights_) {
    if (flight.token.operation != Operation::wake) violation("still in flight", flight.fd, flight.token);
  }
}

}  // namespace mailvoid::sim
