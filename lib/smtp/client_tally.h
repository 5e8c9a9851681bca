// SPDX-License-Identifier: Apache-2.0
// What the client sessions of one shard count. One writer: the shard's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "smtp/client_event.h"
#include "stats/counter.h"

namespace mailvoid::smtp {

inline constexpr std::size_t kClientReplyCodes = kReplyCodeMax - kReplyCodeMin + 1;

struct alignas(stats::kCacheLineBytes) ClientTally {
  // [step][code - kReplyCodeMin]; step `none` holds 421s that nothing was awaiting.
  std::array<std::array<stats::Counter, kClientReplyCodes>, kClientSteps> replies;
  std::array<stats::Counter, kClientErrors> protocol_errors;  // by ClientError
  std::array<stats::Counter, kClientSteps> connections_lost;  // by the step awaited
  std::array<stats::Counter, kClientSteps> timeouts;          // likewise
  stats::Counter transactions_accepted;
  stats::Counter transactions_rejected;
  stats::Counter transactions_lost;        // open when the session ended or was destroyed
  stats::Counter message_octets_accepted;  // ClientTransaction::size_octets of those accepted
  stats::Counter recipients_accepted;      // by the reply to RCPT
  stats::Counter recipients_refused;
  stats::Counter deliveries_accepted;  // LMTP: by the final reply for each recipient
  stats::Counter deliveries_refused;
  // By ClientExtension: sessions given up because it was not announced, and those that went on without.
  std::array<stats::Counter, kClientExtensions> unsupported;
  std::array<stats::Counter, kClientExtensions> degraded;
  stats::Counter helo_fallbacks;          // EHLO refused, HELO tried
  stats::Counter ehlo_lists_broken;       // a further reply that continues the list
  stats::Counter reply_lines_without_cr;  // ended by a bare LF (tolerated)

  // Replies with this code at any step. REQUIRES: kReplyCodeMin <= code <= kReplyCodeMax.
  [[nodiscard]] std::uint64_t replies_with(std::uint16_t code) const {
    std::uint64_t sum = 0;
    for (const auto& by_code : replies) sum += by_code[code - kReplyCodeMin].value();
    return sum;
  }
};

}  // namespace mailvoid::smtp
