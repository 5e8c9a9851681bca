// SPDX-License-Identifier: Apache-2.0
#include "loadgen/bad_script.h"

#include <algorithm>

namespace mailvoid::loadgen {
namespace {

using namespace std::string_view_literals;
using Wait = BadStep::Wait;
using Leave = BadScript::Leave;

constexpr std::size_t kPieceOctets = 2048;
// More replies than the buffers of a connection hold, so that who does not stop reading commands has to keep
// them.
constexpr std::uint64_t kFloods = 1024;
constexpr std::uint64_t kOversizePiecesMax = 512;
constexpr std::uint64_t kAbandonPiecesMax = 32;
constexpr std::uint64_t kEndless = ~std::uint64_t{0};
constexpr std::uint64_t kFaultsMax = 6;

constexpr std::string_view kMail = "MAIL FROM:<>\r\n";
constexpr std::string_view kRecipient = "RCPT TO:<Postmaster>\r\n";
constexpr std::string_view kData = "DATA\r\n";
constexpr std::string_view kStartTls = "STARTTLS\r\n";
constexpr std::string_view kLineEnd = "\r\n";
// From the last EHLO to the lines of a message.
constexpr std::size_t kConversationSteps = 5;

// Each has an answer at least from a server that keeps to RFC 5321, whatever came before it; none opens a
// transaction.
constexpr std::string_view kFaults[] = {
    "RCPT TO:<Postmaster>\r\n",
    "DATA\r\n",
    "BDAT 4\r\nfour",
    "BDAT many\r\n",
    "MAIL FROM:nobody@nowhere.example\r\n",
    "MAIL FROM:<> SIZE=99999999999999999999999\r\n",
    "MAIL FROM:<> BODY=9BIT\r\n",
    "MAIL FROM:<> COLOUR=red\r\n",
    "MAIL FROM:<\"unclosed@nowhere.example>\r\n",
    "MAIL TO:<>\r\n",
    "RCPT TO:<@@@>\r\n",
    "RCPT\r\n",
    "XYZZY\r\n",
    "GET / HTTP/1.1\r\n",
    "\r\n",
    "EHLO\r\n",
    "HELO \x80\xff\xfe\r\n",
    "AUTH NOTHING ====\r\n",
    "STARTTLS now\r\n",
    "NOOP\0zero\r\n"sv,
    "NOOP\nNOOP\r\n",
    " NOOP\r\n",
    "QUIT now\r\n",
};

// After STARTTLS.
constexpr std::string_view kNoTls[] = {
    "EHLO still.in.the.clear\r\n",
    "\x16\x03\x01\x40\x00\x01\x00"sv,      // a record that says 16 KiB and has 2 octets
    "\x16\x03\x01\x00\x00"sv,              // an empty one
    "\x15\x03\x01\x00\x02\x02\x50"sv,      // an alert to begin with
    "\x80\x2e\x01\x00\x02\x00\x15\x00"sv,  // SSL 2
};

}  // namespace

BadScripts::BadScripts(std::string_view helo) : ehlo_("EHLO ") {
  ehlo_.append(helo).append(kLineEnd);
  while (body_.size() < kPieceOctets) body_ += "A message that nobody will finish.\r\n";
  while (flood_.size() < kPieceOctets) flood_ += "NOOP\r\n";
  filler_.assign(kPieceOctets, 'x');
  Random random(0, Random::Purpose::bad_client, 0);
  garbage_ = "\xff";
  while (garbage_.size() < kPieceOctets) garbage_ += static_cast<char>(random.below(256));
}

BadScript BadScripts::draw(BadKind kind, Random& random, BadTls tls) const {
  switch (kind) {
    case BadKind::slow_reader: return slow_reader(random, tls);
    case BadKind::slow_writer: return slow_writer(random, tls);
    case BadKind::abandon_data: return abandon_data(random, tls);
    case BadKind::oversize_line: return oversize_line(random, tls);
    case BadKind::protocol_error: return protocol_error(random, tls);
    case BadKind::reset: return reset(random, tls);
    case BadKind::starttls_garbage: return starttls_garbage(random, tls);
    case BadKind::silent: return silent(random, tls);
  }
  return {};
}

BadScript BadScripts::opening(BadTls tls) const {
  const BadStep handshake{.wait = tls == BadTls::implicit ? Wait::nothing : Wait::reply, .handshake = true};
  BadScript script;
  switch (tls) {
    case BadTls::none: script.steps = {{Wait::reply, ehlo_}}; break;
    case BadTls::implicit: script.steps = {handshake, {Wait::reply, ehlo_}}; break;
    case BadTls::starttls:
      script.steps = {{Wait::reply, ehlo_}, {Wait::reply, kStartTls}, handshake, {Wait::nothing, ehlo_}};
      break;
  }
  return script;
}

// What all clients do, as far as the first lines of a message.
BadScript BadScripts::conversation(BadTls tls) const {
  BadScript script = opening(tls);
  for (const std::string_view octets : {kMail, kRecipient, kData, std::string_view(body_)}) {
    script.steps.push_back({Wait::reply, octets});
  }
  return script;
}

BadScript BadScripts::slow_reader(Random&, BadTls tls) const {
  BadScript script = opening(tls);
  script.reads_slowly_from = script.steps.size() - 1;
  // It does not look at replies any more, the greeting included.
  if (tls != BadTls::starttls) script.steps.back().wait = Wait::pause;
  script.steps.push_back({Wait::pause, flood_, kFloods});
  script.leave = Leave::stay;
  return script;
}

BadScript BadScripts::slow_writer(Random& random, BadTls tls) const {
  BadScript script = conversation(tls);
  script.slow_from = script.steps.size() - 1 - random.below(kConversationSteps);
  script.steps.back().times = kEndless;
  script.leave = Leave::stay;
  return script;
}

BadScript BadScripts::abandon_data(Random& random, BadTls tls) const {
  BadScript script = conversation(tls);
  script.steps.back().times = 1 + random.below(kAbandonPiecesMax);
  // In the middle of a line as well.
  script.steps.push_back({Wait::nothing, std::string_view(body_).substr(0, random.below(body_.size()))});
  return script;
}

BadScript BadScripts::oversize_line(Random& random, BadTls tls) const {
  static constexpr std::string_view kBeginnings[] = {"EHLO ", "MAIL FROM:<", "RCPT TO:<", "NOOP ", ""};
  const std::uint64_t pieces = 1 + random.below(kOversizePiecesMax);
  BadScript script = conversation(tls);
  // In place of this step; in place of the last it is a line of a message, which has no answer.
  const std::size_t in_place_of = random.below(kConversationSteps);
  const bool in_message = in_place_of + 1 == kConversationSteps;
  script.steps.resize(script.steps.size() - kConversationSteps + in_place_of + 1);
  const Wait wait = script.steps.back().wait;
  script.steps.pop_back();
  script.stubborn = true;
  const std::string_view beginning = in_message ? "" : kBeginnings[random.below(std::size(kBeginnings))];
  script.steps.push_back({wait, beginning});
  script.steps.push_back({Wait::nothing, filler_, pieces});
  script.steps.push_back({Wait::nothing, kLineEnd});
  if (!in_message) script.steps.push_back({Wait::reply});
  return script;
}

BadScript BadScripts::protocol_error(Random& random, BadTls tls) const {
  BadScript script = opening(tls);
  if (random.below(2) != 0 && tls == BadTls::none) script.steps.clear();
  for (std::uint64_t left = 1 + random.below(kFaultsMax); left > 0; --left) {
    script.steps.push_back({Wait::reply, kFaults[random.below(std::size(kFaults))]});
  }
  script.steps.push_back({Wait::reply});
  script.stubborn = true;
  return script;
}

BadScript BadScripts::reset(Random& random, BadTls tls) const {
  BadScript script = conversation(tls);
  const std::size_t all = script.steps.size();
  script.steps.resize(random.below(all + 1));
  // Before or after the answer; to a part of a message there is none, nor to a handshake.
  const bool answered = script.steps.size() < all &&
                        (script.steps.empty() ? tls != BadTls::implicit : !script.steps.back().handshake);
  if (answered && random.below(2) == 0) script.steps.push_back({Wait::reply});
  script.leave = Leave::reset;
  return script;
}

BadScript BadScripts::starttls_garbage(Random& random, BadTls tls) const {
  // A command in the same packet must not be taken for one that came through TLS.
  static constexpr std::string_view kInjected = "STARTTLS\r\nNOOP\r\n";
  BadScript script;
  const bool injects = random.below(4) == 0;
  if (tls != BadTls::implicit) {
    script.steps = {{Wait::reply, ehlo_}, {Wait::reply, injects ? kInjected : kStartTls}};
  }
  const std::uint64_t variant = random.below(std::size(kNoTls) + 1);
  script.steps.push_back({tls == BadTls::implicit ? Wait::nothing : Wait::reply,
                          variant < std::size(kNoTls) ? kNoTls[variant] : std::string_view(garbage_)});
  script.leave = Leave::linger;
  return script;
}

BadScript BadScripts::silent(Random&, BadTls) const {
  BadScript script;
  script.leave = Leave::stay;
  return script;
}

}  // namespace mailvoid::loadgen
