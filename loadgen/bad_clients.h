// SPDX-License-Identifier: Apache-2.0
// The bad clients of one shard, on its ring: each makes one connection after the other, of a kind drawn anew,
// and lasts no longer than --bad-time. They speak TLS where the good ones of the profile do that is dealt to
// the connection, begin no mail of the plan and share no counts with the good ones.
//
// Generic over the ring, as the shard is; loadgen/bad_clients_impl.h has the definitions.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/block_pool.h"
#include "io/ring.h"
#include "io/timer_wheel.h"
#include "loadgen/bad_counters.h"
#include "loadgen/bad_options.h"
#include "loadgen/bad_script.h"
#include "loadgen/destination.h"
#include "loadgen/profile.h"
#include "loadgen/weighted_choice.h"
#include "loadgen/weighted_dealer.h"
#include "smtp/reply_parser.h"
#include "tls/codec.h"

namespace mailvoid::loadgen {

struct BadClientsOptions : BadOptions {
  std::span<const Destination> destinations;  // at least one; they outlive the clients
  std::uint32_t sessions = 0;
  std::string helo;
  Duration ramp{};
  std::uint32_t first_slot = 0;  // of their tokens; they have those from here on
  std::uint64_t seed = 0;
  std::uint64_t number = 0;  // of the shard: others draw otherwise
};

template <io::Ring R>
class BadClients {
 public:
  // The ring and the profiles outlive it; of each destination all profiles, in the same order.
  BadClients(const BadClientsOptions& options, R& ring, std::span<const Profile> profiles);
  ~BadClients();
  BadClients(const BadClients&) = delete;
  BadClients& operator=(const BadClients&) = delete;

  void begin(Instant now);
  // Of one of their slots.
  void on_completion(const io::Completion& completion, Instant now);
  [[nodiscard]] Instant next_deadline() const { return wheel_.next_deadline(); }
  void advance(Instant now);
  // Makes no more connections and ends those there are.
  void finish(Instant now);
  // After finish(): nothing is open or in flight.
  [[nodiscard]] bool over() const { return done_ == clients_.size(); }

  [[nodiscard]] const BadCounters& counters() const { return counters_; }

 private:
  enum class Phase : std::uint8_t { resting, connecting, open, closing, done };

  struct Client : io::TimerNode {
    BadScript script;
    smtp::ReplyParser parser;
    const Profile* profile = nullptr;
    std::unique_ptr<tls::Codec> codec;  // from the handshake on
    std::string held;                   // ciphertext that waits for output to leave; nearly always empty
    BadKind kind{};
    const Destination* destination = nullptr;  // of this connection
    Phase phase = Phase::resting;
    BadEnd how{};  // while closing
    std::size_t step = 0;
    std::uint64_t times = 0;  // the step's octets were sent so often
    std::size_t sent = 0;     // of the next time
    std::uint64_t connections = 0;
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
    std::uint32_t replies = 0;  // that no step has taken yet
    int fd = -1;
    Instant ends{};
    Instant steps_from{};  // not before
    Instant reads_from{};
    bool connect_in_flight = false;
    bool established = false;
    bool receive_armed = false;
    bool receive_cancelled = false;
    bool send_in_flight = false;
    bool send_cancelled = false;
    bool send_failed = false;
    bool waited = false;  // for what the step waits for
    bool garbled = false;
    bool resets = false;
  };

  void connect(Client& client);
  void on_connect(Client& client, std::int32_t result);
  void on_receive(Client& client, const io::Completion& completion);
  void on_send(Client& client, std::int32_t result);
  void on_timer(Client& client);
  void listen(Client& client, std::string_view input);
  // TLS (loadgen/bad_clients_tls.h)
  void shake_hands(Client& client);
  void decrypt(Client& client, std::string_view input);
  void send_encrypted(Client& client, std::string_view octets);
  void send_ciphertext(Client& client);
  void take_reply(Client& client, std::uint16_t code);
  // Goes as far in the script as it may now.
  void proceed(Client& client);
  [[nodiscard]] bool may_step(Client& client);
  [[nodiscard]] bool reads_slowly(const Client& client) const {
    return client.step >= client.script.reads_slowly_from;
  }
  void send(Client& client);
  void schedule(Client& client);
  void leave(Client& client, BadEnd how);
  // Reads on while open; else releases the connection once nothing is in flight.
  void settle(Client& client);
  void receive(Client& client);
  void stop_reading(Client& client);
  void rest(Client& client);

  [[nodiscard]] BadCounters::Kind& counts(const Client& client) {
    return counters_.kinds[static_cast<std::size_t>(client.kind)];
  }
  [[nodiscard]] Random random_of(const Client& client) const;
  [[nodiscard]] io::Token token(io::Operation operation, const Client& client) const {
    return {operation, client.generation, options_.first_slot + client.index};
  }

  BadClientsOptions options_;
  R& ring_;
  Instant now_{};
  io::TimerWheel wheel_;
  BlockPool blocks_;
  tls::CodecEnvironment tls_environment_;
  std::span<const Profile> profiles_;
  PairDealer dealer_;  // of destination and profile
  BadScripts scripts_;
  WeightedChoice kinds_;
  std::vector<Client> clients_;
  BadCounters counters_;
  std::size_t done_ = 0;
  bool finishing_ = false;
};

}  // namespace mailvoid::loadgen
