// SPDX-License-Identifier: Apache-2.0
// What the server sessions of one shard count. One writer, the shard; readers sum the shards' tallies. The
// names beside each enum are the metric labels, so that a metric can be made by walking the tables.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "smtp/command.h"
#include "smtp/reply.h"
#include "stats/counter.h"

namespace mailvoid::smtp {

// Why a message whose MAIL was well formed was not taken.
enum class MessageRefusal : std::uint8_t {
  declared_size,  // SIZE= over the limit: 552 at MAIL
  actual_size,    // over the limit when it had passed: 552 after the dot
  policy,         // a verdict refused it after the dot
};
inline constexpr std::array<std::string_view, 3> kMessageRefusalLabels{"declared_size", "actual_size",
                                                                       "policy"};

// Indexed by Verb.
[[nodiscard]] std::string_view verb_label(Verb verb);

struct alignas(stats::kCacheLineBytes) ServerTally {
  std::array<stats::Counter, kVerbCount> commands;            // by verb; an overlong line counts as unknown
  std::array<stats::Counter, kServerReplyCodeCount> replies;  // by position in kServerReplyCodes
  stats::Counter messages_accepted;                           // the final 250 is queued
  stats::Counter message_octets_accepted;                     // as RFC 1870 counts
  std::array<stats::Counter, kMessageRefusalLabels.size()> messages_refused;
  stats::Counter recipients_accepted;
  stats::Counter recipients_refused;
  stats::Counter transactions_started;    // MAIL, SEND, SOML or SAML accepted
  stats::Counter transactions_abandoned;  // ended before the end of data: reset, new hello, close
  // Of messages whose end was seen, accepted or not.
  stats::Counter data_lines;
  stats::Counter data_stuffed_dots;
  stats::Counter data_bare_cr;
  stats::Counter data_bare_lf;
  stats::Counter commands_with_bare_lf;  // refused for it (smtp.md 55)
  stats::Counter commands_too_long;      // refused with 500, or 421 when endless
  stats::Counter blocks_exhausted;       // sessions closed because no block was left for a partial command
};

}  // namespace mailvoid::smtp
