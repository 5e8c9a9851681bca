// SPDX-License-Identifier: Apache-2.0
// The server side of SMTP (RFC 5321) as a pump with verdicts: bytes in, events out, replies in a queue. No
// I/O, no clock, no allocation; two blocks of the pool at most, for a partial command and for replies (and
// three more while a long AUTH line comes in).
//
//   for (;;) {
//     ServerEvent event = session.pump(input);        // consumes from the front of `input`
//     if (awaits_verdict(event.kind)) session.answer(decide(event));
//     else if (event.kind == ServerEvent::Kind::body) keep(event.body);
//     else break;                     // need_input, output_full, start_tls, close: send what is pending
//   }
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/block_pool.h"
#include "scan/data_scan.h"
#include "scan/line_find.h"
#include "smtp/carried_line.h"
#include "smtp/output_queue.h"
#include "smtp/server_config.h"
#include "smtp/server_event.h"
#include "smtp/tally.h"

namespace mailvoid::smtp {

// CRLF included. A longer line gets one 500 when it ends.
inline constexpr std::size_t kCommandOctetsMax = BlockPool::kBlockBytes;
// Of AUTH and of the client's lines behind it (RFC 4954 3), CRLF included.
inline constexpr std::size_t kAuthOctetsMax = 12'288;
// A line beyond this ends the session: 421.
inline constexpr std::size_t kLineOctetsMax = 1024 * 1024;
// Of one body event.
inline constexpr std::size_t kBodySpansMax = 64;

// Where what an event points to lies, for the session that pumped last.
struct ServerScratch {
  std::array<std::string_view, kBodySpansMax> spans{};
  MailParameters mail;
  RecipientParameters recipient;
  AuthStart auth;
  std::span<const PeerAttribute> peer;
  PeerAttributeMemory peer_memory;
  std::array<char, kAuthOctetsMax> line;
};

// What the sessions of one listener on one shard share. All of it outlives the sessions.
struct ServerEnvironment {
  const ServerConfig& config;
  BlockPool& blocks;
  ServerTally& tally;
  mutable ServerScratch scratch{};
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

  // The peer is in a trusted network: XCLIENT and XFORWARD are offered to it, as configured. Before the first
  // pump().
  void set_trusted() { variant_ = variant_ | ServerConfig::kTrusted; }

  // TLS is on: before the first pump() (implicit TLS), or after the event start_tls, when the session forgets
  // everything that the peer said in the clear (RFC 3207 4.2).
  void on_tls_established();
  [[nodiscard]] bool in_tls() const { return (variant_ & ServerConfig::kInTls) != 0; }
  // AUTH has succeeded, or XCLIENT has given a LOGIN.
  [[nodiscard]] bool authenticated() const { return authenticated_; }

  // The client's line to a challenge is awaited: an exchange of AUTH goes on.
  [[nodiscard]] bool in_auth() const {
    return state_ == State::auth_line || state_ == State::verdict_on_auth;
  }

  // How many octets at the front of the input to come belong to a chunk of BDAT that nobody wants to see: the
  // owner may have them dropped unread. 0: none.
  [[nodiscard]] std::uint64_t discardable() const { return keep_body_ ? 0 : chunk_octets_left(); }
  // `octets` of them have been dropped; at most discardable(). pump() must follow, with more input or none.
  void discarded(std::uint64_t octets);

  // What the next octets of the input are, for who shows a dialogue. At the end of a chunk, of data and of a
  // line this may change without an event.
  enum class Ahead : std::uint8_t {
    line,
    data,
    chunk,
    dropped,  // nobody reads them: the session closes, or they came in the clear behind STARTTLS
  };
  [[nodiscard]] Ahead ahead() const;
  // Of a chunk that is ahead, else 0.
  [[nodiscard]] std::uint64_t chunk_octets_left() const {
    return state_ == State::chunk ? pending_octets_ : 0;
  }

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
  // The next octets may be of a message: behind 354, and from the first chunk to the end of the last.
  [[nodiscard]] bool in_data() const { return state_ == State::data || chunked_; }
  [[nodiscard]] bool in_transaction() const { return in_transaction_; }
  [[nodiscard]] bool awaiting_verdict() const { return state_ <= State::verdict_on_delivery; }

 private:
  // Named by what is awaited. First the verdicts, then what needs no input, then what the input may bring.
  enum class State : std::uint8_t {
    verdict_on_connect,
    verdict_on_helo,
    verdict_on_ehlo,
    verdict_on_starttls,
    verdict_on_auth,
    verdict_on_xclient,
    verdict_on_xforward,
    verdict_on_etrn,
    verdict_on_mail,
    verdict_on_recipient,
    verdict_on_data,
    verdict_on_chunk,
    verdict_on_end_of_data,
    verdict_on_delivery,
    first_pump,
    listing,     // lines of a long reply are due: pending_octets_ says which
    data_ended,  // its event is due
    chunk_ended,
    deliveries,  // LMTP: the verdict on recipient number pending_octets_ is due
    tls_handshake,
    closing,
    command,      // the rest of a command line
    auth_line,    // the rest of the client's line to a challenge
    end_of_line,  // of a line that is too long to be a command
    data,
    chunk,  // pending_octets_ of it
  };

  // Steps of pump(): true when `event` is to be returned.
  bool step(std::string_view& input, ServerEvent& event);
  bool step_without_input(std::string_view& input, ServerEvent& event);
  bool tell(ServerEvent& event, ServerEvent::Kind kind, State next);
  bool no_room(ServerEvent& event);
  bool leave(ServerEvent& event);
  bool list(ServerEvent& event);
  bool await_handshake(std::string_view& input, ServerEvent& event);

  // Lines.
  bool read_command(std::string_view& input, ServerEvent& event);
  bool end_at_line_feed(std::string_view& input, std::size_t at, ServerEvent& event);
  bool continue_command(std::string_view& input, ServerEvent& event);
  bool continue_long(std::string_view& input, ServerEvent& event);
  bool keep_partial(std::string_view& input, ServerEvent& event);
  bool no_blocks(ServerEvent& event);
  bool discard_line(std::string_view& input, ServerEvent& event);
  void begin_discarding();
  [[nodiscard]] bool may_be_long(std::string_view line) const;
  [[nodiscard]] bool bare_lf_pending() const;

  // The message.
  bool read_data(std::string_view& input, ServerEvent& event);
  void inspect(std::string_view data, bool after_cr);
  bool read_chunk(std::string_view& input, ServerEvent& event);
  bool end_chunk(ServerEvent& event);
  bool tell_end_of_data(ServerEvent& event);
  bool tell_delivery(ServerEvent& event);
  void end_of_data(ReplyId reply, std::string_view id);
  void delivered(ReplyId reply, std::string_view id);
  void begin_deliveries();
  void count_message(bool accepted);
  // What a message is refused for whatever the verdict: ok if nothing.
  [[nodiscard]] ReplyId fault_of_message() const;
  [[nodiscard]] bool over_size() const;

  // Commands: true when `event` asks for a verdict, false when the reply is queued.
  bool execute(std::string_view line, bool has_control, bool has_8bit, ServerEvent& event);
  bool unserved(const Command& command, std::string_view line);
  bool hello(const Command& command, bool has_8bit, ServerEvent& event);
  bool mail(const Command& command, bool has_8bit, ServerEvent& event);
  bool recipient(const Command& command, bool has_8bit, ServerEvent& event);
  bool data(ServerEvent& event);
  bool bdat(const Command& command, ServerEvent& event);
  void begin_chunk();
  [[nodiscard]] ReplyId no_recipients() const;
  void help(std::string_view topic);
  void verify(std::string_view user, bool has_8bit);
  void expand(std::string_view name, bool has_8bit);
  bool take_utf8(std::string_view& argument, bool has_8bit, ReplyId& fault, bool& utf8) const;
  bool etrn(const Command& command, ServerEvent& event);
  bool starttls(ServerEvent& event);
  bool auth(const Command& command, ServerEvent& event);
  bool auth_response(std::string_view line, bool has_control, ServerEvent& event);
  bool end_auth(AuthResult result, ReplyId reply);
  bool peer_attributes(const Command& command, ServerEvent& event);

  void proceed(State asked, const Verdict& verdict);
  void proceed_with_extension(State asked);
  void begin_message(bool keep_body);
  void refuse(State asked, ReplyId reply);
  void challenge(std::string_view base64);
  void forget_hello();

  [[nodiscard]] const ServerConfig& config() const { return environment_->config; }
  [[nodiscard]] FeatureSet served() const { return config().served[variant_]; }
  [[nodiscard]] ServerTally& tally() const { return environment_->tally; }
  [[nodiscard]] BlockPool& blocks() const { return environment_->blocks; }

  void say(ReplyId id);
  void say(ReplyId id, std::string_view bytes);
  void say_copy(ReplyId id, std::string_view bytes, ReplyId instead);
  void say_accepted(std::string_view id);
  bool reject(Verb verb, ReplyId id);
  void end_transaction();
  void abandon_transaction();
  void close();

  const ServerEnvironment* environment_;
  // The start of a command whose end has not come.
  [[no_unique_address]] CarriedLine carried_;
  std::uint16_t transactions_ = 0;
  std::uint32_t recipients_ = 0;
  OutputQueue output_;
  MessageFacts message_;  // of the data so far
  // Of a chunk what is to come; of a line that is too long, or of data whose lines have a limit, what has
  // come; else see State.
  std::uint64_t pending_octets_ = 0;
  State state_ = State::first_pump;
  // What the end of a chunk will be answered; what a message is refused for; what deliveries are by default.
  ReplyId next_reply_ = ReplyId::ok;
  scan::DataState data_state_ : 3 = scan::DataState::text;  // of a line that is too long: text or cr
  unsigned variant_ : 2 = 0;
  bool greeted_ : 1 = false;
  bool extended_ : 1 = false;  // by EHLO or LHLO
  bool authenticated_ : 1 = false;
  bool in_transaction_ : 1 = false;
  bool forwarded_ : 1 = false;  // XFORWARD told of the transaction that is on, or of the next
  bool recipient_refused_ : 1 = false;
  bool smtputf8_ : 1 = false;
  bool binary_ : 1 = false;   // BODY=BINARYMIME
  bool chunked_ : 1 = false;  // a chunk has been accepted
  bool last_chunk_ : 1 = false;
  bool keep_body_ : 1 = false;
  bool has_eight_bit_ : 1 = false;
  bool has_long_line_ : 1 = false;
  bool line_has_dot_ : 1 = false;  // stuffed; of data whose lines have a limit
  bool any_delivered_ : 1 = false;
  bool line_has_bare_lf_ : 1 = false;
  bool talked_first_ : 1 = false;
  bool end_of_input_ : 1 = false;
  bool idle_timeout_ : 1 = false;
  bool draining_ : 1 = false;
};
static_assert(sizeof(ServerSession) <= 88, "an idle session has a budget");

}  // namespace mailvoid::smtp
