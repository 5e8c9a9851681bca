// SPDX-License-Identifier: Apache-2.0
// Clients of every manner, good and bad, that play a random session against a server and know what they
// should hear.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/random.h"
#include "tests/sim/replies.h"
#include "tests/sim/sim_peer.h"

namespace mailvoid::sim {

// A command, with its chunk if it has one, or the octets of a message with its final dot, and the code of the
// reply that is due.
struct Exchange {
  std::string octets;
  int code;
  bool message = false;
  std::uint64_t message_octets = 0;  // as RFC 1870 counts
  std::string content{};             // of a message, neither stuffed nor ended
};

// A valid session: the greeting, commands right and wrong in an order that makes sense, mail, with `chunks`
// some of it in BDAT. Ends with QUIT if `quits`.
[[nodiscard]] std::vector<Exchange> random_session(Random& random, bool quits, bool chunks = true);

enum class Manner : std::uint8_t {
  // Well-behaved: whatever the server must make good, they hear exactly what is due.
  lockstep,     // the next command after the last reply
  in_groups,    // some commands at a time
  all_at_once,  // everything in one write
  octet_by_octet,
  late_reader,  // everything in one write, the replies read much later
  slow_reader,  // everything in one write, the replies read in bits
  half_closer,  // everything and end of output; no QUIT
  // Misbehaved.
  never_reads,
  leaves,        // closes in the middle
  resets,        // resets in the middle
  falls_silent,  // in the middle
  endless_line,
  noise,
};
inline constexpr Manner kFirstMisbehaved = Manner::never_reads;
inline constexpr Manner kLastManner = Manner::noise;

[[nodiscard]] std::string_view name(Manner manner);
[[nodiscard]] constexpr bool well_behaved(Manner manner) { return manner < kFirstMisbehaved; }

class SmtpPlayer {
 public:
  SmtpPlayer(SimNetwork& network, Manner manner);
  SmtpPlayer(const SmtpPlayer&) = delete;
  SmtpPlayer& operator=(const SmtpPlayer&) = delete;

  void start(const SocketAddress& server);
  [[nodiscard]] Manner manner() const { return manner_; }
  // It has closed its socket: nothing more will come of it.
  [[nodiscard]] bool over() const { return peer_.closed() || peer_.refused(); }
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] bool refused() const { return peer_.refused(); }

  [[nodiscard]] const std::vector<int>& heard() const { return replies_.codes(); }
  [[nodiscard]] const std::vector<int>& due() const { return due_; }
  [[nodiscard]] std::uint64_t octets_said() const { return said_; }
  [[nodiscard]] std::uint64_t octets_heard() const { return octets_heard_; }
  // Messages that were said to the last octet (of noise: that may have been), and those whose final 250 was
  // heard.
  [[nodiscard]] std::uint64_t messages_said() const;
  [[nodiscard]] std::uint64_t messages_acknowledged() const;
  // Messages that were said to the last octet, as a receiver should have them. Nothing of noise.
  [[nodiscard]] std::vector<std::string> messages() const;
  // Octets of all messages said.
  [[nodiscard]] std::uint64_t message_octets_said() const;

 private:
  void move_on();
  void tick();
  [[nodiscard]] bool dawdles() const;
  void read();
  void write();
  [[nodiscard]] std::size_t may_say_up_to() const;

  SimNetwork& network_;
  Manner manner_;
  SimPeer peer_;
  std::vector<Exchange> session_;
  std::vector<int> due_;
  std::string text_;               // all that it would say
  std::vector<std::size_t> ends_;  // of each exchange, in text_
  std::size_t group_;              // exchanges said ahead of the replies
  std::size_t stop_at_;            // where a misbehaved one does what it does
  Instant reads_from_{};
  std::size_t said_ = 0;
  std::size_t octets_heard_ = 0;
  ReplyReader replies_;
  bool broken_ = false;
  bool ticking_ = false;
};

}  // namespace mailvoid::sim
