// SPDX-License-Identifier: Apache-2.0
// A client session against a server that says anything at any time, over sends and receives of any size.
// Whatever the server does, only well-formed commands and whole messages leave, no transaction is lost track
// of, and every block comes back.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/client_session.h"

namespace {

using namespace mailvoid;        // NOLINT: a program of its own
using namespace mailvoid::smtp;  // NOLINT

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

constexpr std::array<std::string_view, 2> kMessage{"Subject: hi\r\n\r\n", "..hello\r\n"};
constexpr std::array<std::string_view, 2> kUnstuffed{"Subject: hi\r\n\r\n", ".hello\r\n"};
constexpr std::size_t kOctets = 23;
constexpr std::array<std::string_view, 18> kLines{"EHLO client",
                                                  "HELO client",
                                                  "LHLO client",
                                                  "STARTTLS",
                                                  "AUTH PLAIN AGEAYg==",
                                                  "AGEAYg==",
                                                  ".hello",
                                                  "MAIL FROM:<a@x>",
                                                  "MAIL FROM:<a@x> SIZE=23",
                                                  "MAIL FROM:<a@x> BODY=8BITMIME",
                                                  "MAIL FROM:<a@x> SIZE=23 BODY=8BITMIME",
                                                  "DATA",
                                                  "RSET",
                                                  "QUIT",
                                                  "Subject: hi",
                                                  "",
                                                  "..hello",
                                                  "."};

// The bytes of a test case: a few settings, then operations, some followed by what the server says.
class Bytes {
 public:
  explicit Bytes(std::string_view all) : rest_(all) {}
  std::uint8_t next() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

class Connection {
 public:
  Connection(std::uint8_t settings, std::uint8_t recipients)
      : config_{.ehlo_name = "client",
                .pipelining = (settings & 1) != 0,
                .lmtp = (settings & 8) != 0,
                .degrade = (settings & 16) != 0,
                .tls = (settings & 32) != 0 ? ClientTls::starttls : ClientTls::off,
                .chunk_octets = (settings & 64) != 0 ? 7U : 0U,
                .auth_mechanisms = mechanisms((settings & 128) != 0),
                .reply_line_octets_max = 64,
                .reply_lines_max = 4},
        blocks_((settings & 2) != 0 ? 2 : 1),
        eight_bit_((settings & 4) != 0) {
    // 60 octets each: many of them take several blocks.
    for (int i = 0; i <= recipients; ++i) recipients_.emplace_back(std::string(46, 'r') + "@y");
    views_.assign(recipients_.begin(), recipients_.end());
    session_.emplace(environment_);
  }

  ~Connection() {
    require(begun_ == tally_.transactions_accepted.value() + tally_.transactions_rejected.value() +
                          session_->transactions_open(),
            "every transaction is open or done");
    complete(SIZE_MAX);
    session_.reset();
    require(begun_ == tally_.transactions_accepted.value() + tally_.transactions_rejected.value() +
                          tally_.transactions_lost.value(),
            "every transaction is done or lost");
    require(blocks_.in_use() == 0, "every block comes back");
    const auto dots = static_cast<std::uint64_t>(std::ranges::count(lines_, "."));
    // A 250 may outrun the completion of a send that turns out short: then the session fails.
    const std::uint64_t outrun = session_failed_ ? 1 : 0;
    require(tally_.transactions_accepted.value() <= dots + outrun, "accepted means sent");
    require(static_cast<std::uint64_t>(std::ranges::count(lines_, "Subject: hi")) <= begun_,
            "a message leaves once");
  }

  void operate(std::uint8_t operation, Bytes& bytes) {
    switch (operation % 8) {
      case 0:
      case 1:
      case 2: return receive(bytes.take(operation / 8));
      case 3: return give_out(1 + operation / 8 % 4);
      case 4: return complete(operation / 8 % 8);
      case 5: return complete(SIZE_MAX);
      case 6:
        if (operation / 8 == 31) session_->quit();
        if (operation / 8 == 30) take(session_->on_end_of_input());
        if (operation / 8 == 29) take(session_->on_reply_timeout());
        return begin();
      default:
        begin();
        give_out(8);
        return complete(SIZE_MAX);
    }
  }

 private:
  void receive(std::string_view octets) {
    const std::unique_ptr<char[]> copy(new char[octets.size()]);
    std::ranges::copy(octets, copy.get());
    std::string_view input(copy.get(), octets.size());
    while (true) {
      const ClientEvent event = session_->pump(input);
      if (event.kind == ClientEvent::Kind::need_input) break;
      take(event);
    }
    require(input.empty(), "need_input means that all was consumed");
    require(!session_->event_pending(), "need_input means that nothing is pending");
  }

  void take(const ClientEvent& event) {
    if (event.kind == ClientEvent::Kind::start_tls) {
      require(!session_->send_in_flight() && line_.empty(), "the clear ends at a line end");
      session_->on_tls_established({});
    }
    if (event.kind == ClientEvent::Kind::auth) session_->auth_respond("AGEAYg==");
    if (event.kind == ClientEvent::Kind::transaction_done) {
      require(event.recipients_accepted + event.recipients_refused <= recipients_.size(),
              "one reply a recipient");
      require(event.outcome != ClientOutcome::accepted || event.recipients_accepted > 0,
              "accepted for somebody");
    }
    if (event.kind == ClientEvent::Kind::reply) require(event.step != ClientStep::none, "a reply has a step");
    session_failed_ = session_failed_ || event.kind == ClientEvent::Kind::protocol_error;
    if (event.kind >= ClientEvent::Kind::closed_by_421) require(session_->over(), "over after a last event");
  }

  void begin() {
    if (!session_->can_begin()) return;
    if (begun_ >= 4) return session_->quit();
    transactions_.push_back({.reverse_path = "a@x",
                             .recipients = views_,
                             .message = kMessage,
                             .unstuffed = kUnstuffed,
                             .size_octets = kOctets,
                             .eight_bit = eight_bit_,
                             .cookie = ++begun_});
    session_->begin_transaction(transactions_.back());
  }

  void give_out(std::size_t parts_max) {
    if (session_->send_in_flight()) return;
    std::array<std::string_view, 8> parts;
    const std::size_t count = session_->gather(std::span(parts).first(parts_max), {});
    in_flight_.clear();
    for (std::size_t i = 0; i < count; ++i) in_flight_ += parts[i];
    require(session_->send_in_flight() == (count > 0), "what is given out is in flight");
    require(count == 0 || !session_->over(), "nothing is sent after the end");
    if (session_->event_pending()) receive({});
  }

  void complete(std::size_t octets) {
    if (!session_->send_in_flight()) return;
    octets = std::min(octets, in_flight_.size());
    session_->sent(octets);
    for (const char octet : in_flight_.substr(0, octets)) on_wire(octet);
    receive({});
    require(blocks_.in_use() <= 2, "at most two blocks");
  }

  void on_wire(char octet) {
    if (chunk_left_ > 0) return on_chunk(octet);
    line_ += octet;
    if (!line_.ends_with("\r\n")) return;
    line_.resize(line_.size() - 2);
    if (line_.starts_with("BDAT ")) {
      chunk_left_ = std::stoul(line_.substr(5));
      last_chunk_ = line_.ends_with(" LAST");
      line_.clear();
      return;
    }
    const bool recipient = line_ == "RCPT TO:<" + recipients_.front() + ">";
    require(recipient || std::ranges::find(kLines, line_) != kLines.end(), "every line is one of ours");
    if (line_.starts_with("MAIL")) chunks_.clear();
    lines_.push_back(line_);
    line_.clear();
  }

  // The chunks of a message are its octets, and the last one is complete.
  void on_chunk(char octet) {
    chunks_ += octet;
    if (--chunk_left_ > 0) return;
    constexpr std::string_view kWhole = "Subject: hi\r\n\r\n.hello\r\n";
    require(kWhole.starts_with(chunks_), "chunks are the message");
    require(last_chunk_ == (chunks_ == kWhole), "the last chunk ends it");
    if (last_chunk_) lines_.emplace_back(".");
  }

  static std::vector<std::string> mechanisms(bool wanted) {
    if (!wanted) return {};
    return {"PLAIN"};
  }

  ClientConfig config_;
  BlockPool blocks_;
  ClientTally tally_;
  ClientEnvironment environment_{config_, blocks_, tally_};
  std::deque<std::string> recipients_;
  std::vector<std::string_view> views_;
  std::deque<ClientTransaction> transactions_;
  std::optional<ClientSession> session_;
  std::uint64_t begun_ = 0;
  bool eight_bit_;
  bool session_failed_ = false;
  std::string in_flight_;
  std::string line_;
  std::string chunks_;  // of the message that is on its way
  std::size_t chunk_left_ = 0;
  bool last_chunk_ = false;
  std::deque<std::string> lines_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes({reinterpret_cast<const char*>(data), size});
  const std::uint8_t settings = bytes.next();
  Connection connection(settings, bytes.next());
  while (!bytes.empty()) connection.operate(bytes.next(), bytes);
  return 0;
}
