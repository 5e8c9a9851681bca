// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/smtp_player.h"

#include <algorithm>
#include <chrono>

namespace mailvoid::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kTickMax = 5ms;
constexpr Duration kLateAfterMax = 4s;  // sooner than the server gives up on its last reply
constexpr Duration kLeavesAfterMax = 400s;
constexpr std::size_t kOctetByOctetMax = 600;  // or simulating it would take too long

// Commands with one reply that change nothing.
const Exchange kAsides[] = {
    {"NOOP\r\n", 250},         {"noop with words\r\n", 250},
    {"VRFY someone\r\n", 252}, {"HELP\r\n", 214},
    {"XYZZY\r\n", 500},        {"\r\n", 500},
    {"RSET x\r\n", 501},       {"STARTTLS\r\n", 502},
    {"TURN\r\n", 502},         {"DATA x\r\n", 501},
    {"VRFY\r\n", 501},
};

Exchange random_message(Random& random) {
  Exchange message{"", 250, true, 0};
  const std::size_t lines = random.chance(0.2) ? random.below(300) : random.below(6);
  for (std::size_t i = 0; i < lines; ++i) {
    std::string line(random.part_of(200) - 1,
                     static_cast<char>(random.between(std::size_t{'a'}, std::size_t{'z'})));
    if (random.chance(0.2)) line.insert(0, random.between(std::size_t{1}, std::size_t{3}), '.');
    if (random.chance(0.05)) line += "\n.\n";  // does not end the message
    message.message_octets += line.size() + 2;
    message.content += line + "\r\n";
    if (line.starts_with('.')) message.octets += '.';
    message.octets += line + "\r\n";
  }
  message.octets += ".\r\n";
  return message;
}

void add_aside(Random& random, std::vector<Exchange>& session) {
  if (random.chance(0.3)) session.push_back(kAsides[random.below(std::size(kAsides))]);
}

std::string random_octets(Random& random, std::size_t count) {
  std::string octets(count, '\0');
  for (char& octet : octets) octet = random.chance(0.3) ? "\r\n.\0"[random.below(4)] : '\xe4';
  return octets;
}

// Now and then a chunk that is large enough for the kernel to drop it.
std::size_t random_chunk_size(Random& random) {
  if (random.chance(0.01)) return 300'000;
  return random.chance(0.2) ? random.below(20'000) : random.below(200);
}

std::string chunk(std::string_view octets, bool last) {
  return "BDAT " + std::to_string(octets.size()) + (last ? " LAST\r\n" : "\r\n") + std::string(octets);
}

// RFC 3030; some are given up in the middle.
void add_chunks(Random& random, std::vector<Exchange>& session) {
  Exchange message{"", 250, true, 0};
  for (std::size_t i = random.below(5); i > 0; --i) {
    const std::string octets = random_octets(random, random_chunk_size(random));
    message.content += octets;
    session.push_back({chunk(octets, false), 250});
    add_aside(random, session);
    if (random.chance(0.05)) session.push_back({"RCPT TO:<late@d.example>\r\n", 503});
    if (random.chance(0.05)) session.push_back({"DATA\r\n", 503});
    if (!random.chance(0.05)) continue;
    session.push_back({"RSET\r\n", 250});
    return;
  }
  const std::string octets = random_octets(random, random_chunk_size(random));
  message.content += octets;
  message.message_octets = message.content.size();
  message.octets = chunk(octets, true);
  session.push_back(std::move(message));
}

void add_transaction(Random& random, std::vector<Exchange>& session, bool chunks) {
  session.push_back({"MAIL FROM:<a@b.example>\r\n", 250});
  add_aside(random, session);
  // Out of sequence: its octets are no commands.
  if (chunks && random.chance(0.05)) session.push_back({chunk("QUIT\r\n", random.chance(0.5)), 503});
  const std::size_t recipients = random.between(std::size_t{1}, std::size_t{4});
  for (std::size_t i = 0; i < recipients; ++i) {
    session.push_back({"RCPT TO:<c" + std::to_string(i) + "@d.example>\r\n", 250});
    if (random.chance(0.1)) session.push_back({"RCPT TO:<>\r\n", 501});
  }
  add_aside(random, session);
  if (random.chance(0.1)) {
    session.push_back({"RSET\r\n", 250});
    return;
  }
  if (chunks && random.chance(0.4)) return add_chunks(random, session);
  session.push_back({"DATA\r\n", 354});
  session.push_back(random_message(random));
}

}  // namespace

std::vector<Exchange> random_session(Random& random, bool quits, bool chunks) {
  std::vector<Exchange> session{{"", 220}};
  add_aside(random, session);
  session.push_back({random.chance(0.8) ? "EHLO client.example\r\n" : "HELO client.example\r\n", 250});
  const std::size_t transactions = random.below(5);
  for (std::size_t i = 0; i < transactions; ++i) {
    add_transaction(random, session, chunks);
    add_aside(random, session);
  }
  if (random.chance(0.02)) session.insert(session.end(), 2000, {"NOOP\r\n", 250});
  if (quits) session.push_back({"QUIT\r\n", 221});
  return session;
}

std::string_view name(Manner manner) {
  switch (manner) {
    case Manner::lockstep: return "lockstep";
    case Manner::in_groups: return "in_groups";
    case Manner::all_at_once: return "all_at_once";
    case Manner::octet_by_octet: return "octet_by_octet";
    case Manner::late_reader: return "late_reader";
    case Manner::slow_reader: return "slow_reader";
    case Manner::half_closer: return "half_closer";
    case Manner::never_reads: return "never_reads";
    case Manner::leaves: return "leaves";
    case Manner::resets: return "resets";
    case Manner::falls_silent: return "falls_silent";
    case Manner::endless_line: return "endless_line";
    case Manner::noise: return "noise";
  }
  return "unknown";
}

SmtpPlayer::SmtpPlayer(SimNetwork& network, Manner manner)
    : network_(network),
      manner_(manner),
      peer_(network),
      // An endless line in a chunk would be its octets.
      session_(
          random_session(network.random(), manner != Manner::half_closer, manner != Manner::endless_line)) {
  Random& random = network.random();
  for (const Exchange& exchange : session_) {
    due_.push_back(exchange.code);
    text_ += exchange.octets;
    ends_.push_back(text_.size());
  }
  group_ = manner == Manner::in_groups ? random.between(std::size_t{2}, std::size_t{10}) : 1;
  stop_at_ = random.below(text_.size() + 1);
  if (manner == Manner::endless_line) {
    text_.resize(stop_at_);
    text_ += std::string(random.chance(0.03) ? 1'200'000 : random.below(20'000), 'x');
    while (!ends_.empty() && ends_.back() > stop_at_) {
      ends_.pop_back();
      session_.pop_back();
    }
  }
  if (manner == Manner::noise) {
    for (std::size_t i = random.below(5000); i > 0; --i)
      text_[random.below(text_.size())] = "\r\n.\0 x"[random.below(6)];
    session_.clear();
  }
  peer_.on_change = [this] { move_on(); };
}

void SmtpPlayer::start(const SocketAddress& server) {
  peer_.connect(server);
  Random& random = network_.random();
  if (manner_ == Manner::late_reader) {
    reads_from_ = network_.now() + random.between(Duration(0), kLateAfterMax);
    network_.at(reads_from_, [this] { move_on(); });
  }
  if (manner_ == Manner::never_reads) {
    reads_from_ = Instant::max();
    network_.after(random.between(Duration(0), kLeavesAfterMax), [this] { peer_.close(); });
  }
}

// In small steps, with pauses?
bool SmtpPlayer::dawdles() const {
  return manner_ == Manner::slow_reader || manner_ == Manner::octet_by_octet;
}

void SmtpPlayer::move_on() {
  if (over()) return;
  if (!dawdles()) {
    read();
    write();
  } else if (!ticking_) {
    ticking_ = true;
    network_.after(network_.random().between(Duration(0), kTickMax), [this] { tick(); });
  }
  broken_ |= peer_.broken();
  if (peer_.broken() || peer_.ended()) peer_.close();
}

void SmtpPlayer::tick() {
  ticking_ = false;
  if (over()) return;
  read();
  write();
  move_on();
}

void SmtpPlayer::read() {
  if (network_.now() < reads_from_) return;
  const std::size_t most = manner_ == Manner::slow_reader ? network_.random().part_of(64) : ~std::size_t{0};
  const std::string octets = peer_.read(most);
  octets_heard_ += octets.size();
  replies_.read(octets);
}

void SmtpPlayer::write() {
  if (!peer_.connected() || peer_.broken()) return;
  std::size_t up_to = may_say_up_to();
  if (manner_ == Manner::octet_by_octet) {
    up_to = std::min(up_to, said_ + (said_ < kOctetByOctetMax ? 1 : network_.random().part_of(200)));
  }
  if (said_ < up_to) said_ += peer_.write(std::string_view(text_).substr(said_, up_to - said_));
  if (manner_ == Manner::half_closer && said_ == text_.size()) peer_.finish();
  if (said_ < stop_at_) return;
  if (manner_ == Manner::resets) peer_.abort();
  if (manner_ == Manner::resets || manner_ == Manner::leaves) peer_.close();
}

std::size_t SmtpPlayer::may_say_up_to() const {
  switch (manner_) {
    case Manner::lockstep:
    case Manner::in_groups: {
      // Everything up to the end of the group that the first exchange without a reply is in.
      const std::size_t next = replies_.codes().size() / group_ * group_ + group_;
      return ends_[std::min(next, ends_.size()) - 1];
    }
    case Manner::leaves:
    case Manner::resets:
    case Manner::falls_silent: return stop_at_;
    default: return text_.size();
  }
}

std::uint64_t SmtpPlayer::messages_said() const {
  std::uint64_t messages = 0;
  for (std::size_t i = 0; i < session_.size(); ++i) messages += session_[i].message && ends_[i] <= said_;
  if (manner_ == Manner::noise) {
    for (const char* const end : {".\r\n", "LAST"}) {
      for (std::size_t at = 0; (at = text_.find(end, at)) != std::string::npos; ++at) ++messages;
    }
  }
  return messages;
}

std::uint64_t SmtpPlayer::messages_acknowledged() const {
  std::uint64_t messages = 0;
  for (std::size_t i = 0; i < std::min(session_.size(), heard().size()); ++i) {
    messages += session_[i].message && heard()[i] == session_[i].code;
  }
  return messages;
}

std::vector<std::string> SmtpPlayer::messages() const {
  std::vector<std::string> said;
  for (std::size_t i = 0; i < session_.size(); ++i) {
    if (session_[i].message && ends_[i] <= said_) said.push_back(session_[i].content);
  }
  return said;
}

std::uint64_t SmtpPlayer::message_octets_said() const {
  std::uint64_t octets = 0;
  for (std::size_t i = 0; i < session_.size(); ++i)
    octets += ends_[i] <= said_ ? session_[i].message_octets : 0;
  return octets;
}

}  // namespace mailvoid::sim
