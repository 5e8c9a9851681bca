// SPDX-License-Identifier: Apache-2.0
// A server session fed with anything: whatever came, it must answer the same, keep the same messages and
// count the same when the same octets come cut at random and are served in another manner.
//
// The first six octets of an input choose limits, what the listener offers, cuts and manner; the rest is what
// the client sends.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>

#include "tests/unit/smtp/conversation.h"

namespace {

using mailvoid::smtp::testing::Conversation;
using mailvoid::smtp::testing::Manner;
using mailvoid::smtp::testing::Outcome;
using mailvoid::smtp::testing::TranscriptSettings;

constexpr std::size_t kChoiceOctets = 6;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

template <class NextPiece>
Outcome replay(const TranscriptSettings& settings, const Manner& manner, std::string_view octets,
               bool half_close, NextPiece next_piece) {
  Conversation conversation(settings, manner);
  while (!octets.empty()) {
    const std::size_t piece = std::min(next_piece(), octets.size());
    conversation.feed(octets.substr(0, piece));
    octets.remove_prefix(piece);
  }
  if (half_close) conversation.end_of_input();
  Outcome outcome = conversation.finish();
  require(conversation.fault().empty(), conversation.fault().c_str());
  return outcome;
}

TranscriptSettings settings_of(std::uint8_t choice, std::uint8_t offers, std::uint8_t policies) {
  TranscriptSettings settings;
  settings.blocks = 6;
  settings.refuse_recipient = "x@x";
  settings.refuse_delivery = "y@y";
  settings.trusted = (offers & 1) != 0;
  if ((offers & 2) != 0) settings.challenges = {"AAAA", ""};
  mailvoid::smtp::ServerOptions& server = settings.server;
  server.message_octets_max = (choice & 1) != 0 ? 100 : 0;
  server.recipients_max = 3;
  server.xclient = server.xforward = (offers & 4) != 0;
  server.starttls = (offers & 8) != 0;
  if ((offers & 16) != 0) server.auth_mechanisms = {"PLAIN", "LOGIN"};
  if ((offers & 32) != 0) server.protocol = mailvoid::smtp::Protocol::lmtp;
  if ((offers & 192) == 192) server.protocol = mailvoid::smtp::Protocol::rfc821;
  server.directory.users = {{"a@b", "A B"}, {"c@d", "C B"}};
  server.directory.lists = {{"all", {"a@b", "c@d"}}};
  server.strict_syntax = (policies & 1) != 0;
  server.bare_lf_ends_commands = (policies & 2) != 0;
  server.bare_lf_in_data_refused = (policies & 4) != 0;
  server.no_mail = (policies & 24) == 24;
  server.auth_required = (policies & 96) == 96;
  if ((policies & 128) != 0) server.eight_bit = mailvoid::smtp::EightBit::refused;
  return settings;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kChoiceOctets) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + kChoiceOctets, size - kChoiceOctets);
  std::minstd_rand random(data[0] + 256u * data[1] + 1u);
  const std::size_t piece_max = 1 + data[2];
  const std::uint8_t choice = data[3];

  const TranscriptSettings settings = settings_of(choice, data[4], data[5]);
  const Manner manner{.keep_body = (choice & 2) != 0,
                      .drain_late = (choice & 4) != 0,
                      .verdict_late = (choice & 8) != 0,
                      .drop_chunks = (choice & 66) == 64,
                      .send_octets_max = (choice & 16) != 0 ? 1 + random() % 50 : ~std::size_t{0}};
  const bool half_close = (choice & 32) != 0;

  const Outcome whole = replay(settings, {}, octets, half_close, [&] { return octets.size(); });
  const Outcome cut = replay(settings, manner, octets, half_close, [&] { return 1 + random() % piece_max; });
  require(cut.output == whole.output, "the replies are the same");
  require(cut.envelope == whole.envelope, "the envelopes are the same");
  require(cut.counts == whole.counts, "the counts are the same");
  require(cut.closed == whole.closed, "both close or both stay open");
  require(!manner.keep_body || cut.messages == whole.messages, "the messages are the same");
  return 0;
}
