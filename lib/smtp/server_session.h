// SPDX-License-Identifier: Apache-2.0
// The server side of SMTP (RFC 5321) as a pump with verdicts: bytes in, events out, replies in a queue. No
// I/O, no clock, no allocation; two blocks of the pool at most, for a partial command and for replies.
//
//   for (;;) {
//     ServerEvent event = session.pump(input);        // consumes from the front of `input`
//     if (awaits_verdict(event.kind)) session.answer(decide(event));
//     else if (event.kind == ServerEvent::Kind::body) keep(event.body);
//     else break;                                     // need_input, output_full, close: send what is pending
//   }
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/block_pool.h"
#include "scan/data_scan.h"
#include "smtp/output_queue.h"
#include "smtp/server_config.h"
#include "smtp/server_event.h"
#include "smtp/tally.h"

namespace mailvoid::smtp {

// CRLF included. A longer line gets one 500 when it ends.
inline constexpr std::size_t kCommandOctetsMax = BlockPool::kBlockBytes;
// A line beyond this ends the session: 421.
inline constexpr std::size_t kLineOctetsMax = 1024 * 1024;
// Of one body event.
inline constexpr std::size_t kBodySpansMax = 64;

// What the sessions of one listener on one shard share. All of it outlives the sessions.
struct ServerEnvironment {
  const ServerConfig& config;
  BlockPool& blocks;
  ServerTally& tally;
  // Where the spans of a body event lie, for the session that pumped last.
  mutable std::array<std::string_view, kBodySpansMax> spans{};
};

class ServerSession {
 public:
  // The first pump() gives the event `connect`, whatever the input.
  explicit ServerSession(const ServerEnvironment& environment);
  // Gives its blocks back; an open transaction counts as abandoned. Nothing may be in flight.
  ~ServerSession();
  ServerSession(const ServerSession&) = delete;
  ServerSession& operator=(const ServerSession&) = delete;

  // Consumes from the front of `input` up to the next event. Commands that lie wholly in `input` are parsed
  // in place. Not to be called between an event that awaits a verdict and answer().
  ServerEvent pump(std::string_view& input);
  // The verdict on the last event, now or turns later; sends may start and end meanwhile.
  void answer(const Verdict& verdict);

  // What is left of the body asked for is not wanted any more: it is counted and discarded.
  void stop_body() { keep_body_ = false; }

  // Output: one contiguous span at a time, stable until end_send(). Later replies queue behind it.
  [[nodiscard]] bool output_pending() const { return output_.pending(); }
  [[nodiscard]] std::string_view begin_send() { return output_.begin_send(); }
  void end_send(std::size_t sent) { output_.end_send(sent, environment_->blocks); }

  // What happens to the connection. Each takes effect in the next pump(), which must follow (with the input
  // that is left, or none): that is when the last replies are queued. While a verdict is awaited pump()
  // follows answer().
  //
  // The peer has closed its side: what is left of the input is served first, then close. A command that lacks
  // only its CR is answered with a 500 that says so (smtp.md 55); a message whose end was not seen does not
  // count.
  void on_end_of_input() { end_of_input_ = true; }
  // Nothing came for too long: 421 4.4.2 (after that 500, where it applies), then close.
  void on_idle_timeout() { idle_timeout_ = true; }
  // The program stops: 421 4.3.2 and close, at once between transactions, else at the end of this one.
  void on_drain() { draining_ = true; }

  // The close event has been given or will be the next one.
  [[nodiscard]] bool closing() const { return state_ == State::closing; }
  [[nodiscard]] bool in_data() const { return state_ == State::data; }
  [[nodiscard]] bool in_transaction() const { return in_transaction_; }
  [[nodiscard]] bool awaiting_verdict() const { return state_ <= State::verdict_on_end_of_data; }

 private:
  // Named by what is awaited.
  enum class State : std::uint8_t {
    verdict_on_connect,
    verdict_on_helo,
    verdict_on_ehlo,
    verdict_on_mail,
    verdict_on_recipient,
    verdict_on_data,
    verdict_on_end_of_data,
    first_pump,
    command,      // the rest of a command line
    end_of_line,  // of a line that is too long to be a command
    data,
    data_ended,  // its event is due
    closing,
  };

  // Steps of pump(): true when `event` is to be returned.
  bool step(std::string_view& input, ServerEvent& event);
  bool tell(ServerEvent& event, ServerEvent::Kind kind, State next);
  bool no_room(ServerEvent& event);
  bool leave(ServerEvent& event);
  bool read_command(std::string_view& input, ServerEvent& event);
  bool continue_command(std::string_view& input, ServerEvent& event);
  bool keep_partial(std::string_view& input, ServerEvent& event);
  bool discard_line(std::string_view& input, ServerEvent& event);
  bool read_data(std::string_view& input, ServerEvent& event);
  bool tell_end_of_data(ServerEvent& event);

  // Commands: true when `event` asks for a verdict, false when the reply is queued.
  bool execute(std::string_view line, bool has_control, bool has_8bit, ServerEvent& event);
  bool hello(const Command& command, bool has_8bit, ServerEvent& event);
  bool mail(const Command& command, ServerEvent& event);
  bool recipient(const Command& command, ServerEvent& event);
  bool data(ServerEvent& event);
  void help(std::string_view topic);

  void proceed(State asked, const Verdict& verdict);
  void refuse(State asked, ReplyId reply);
  void begin_discarding();
  [[nodiscard]] bool bare_lf_pending() const;
  [[nodiscard]] bool over_size() const;
  [[nodiscard]] ServerTally& tally() const { return environment_->tally; }

  void say(ReplyId id);
  void say(ReplyId id, std::string_view bytes);
  void say_accepted(std::string_view id);
  bool reject(Verb verb, ReplyId id);
  void end_transaction();
  void abandon_transaction();
  void release_carry();
  void close();

  const ServerEnvironment* environment_;
  char* carry_ = nullptr;  // the start of a command whose end has not come, carry_octets_ of it
  OutputQueue output_;
  MessageFacts message_;  // of the data so far; between messages `octets` counts a line that is too long
  std::uint32_t recipients_ = 0;
  std::uint32_t carry_octets_ : 13 = 0;
  State state_ : 5 = State::first_pump;
  scan::DataState data_state_ : 3 = scan::DataState::text;  // of a line that is too long: text or cr
  bool greeted_ : 1 = false;
  bool in_transaction_ : 1 = false;
  bool recipient_refused_ : 1 = false;
  bool keep_body_ : 1 = false;
  bool line_has_bare_lf_ : 1 = false;
  bool end_of_input_ : 1 = false;
  bool idle_timeout_ : 1 = false;
  bool draining_ : 1 = false;
};
static_assert(sizeof(ServerSession) <= 72, "an idle session has a budget");

}  // namespace mailvoid::smtp
