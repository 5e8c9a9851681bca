// SPDX-License-Identifier: Apache-2.0
#include "sink/limit_watch.h"

namespace mailvoid::sink {
namespace {

template <class Array, class... Index>
std::uint64_t of(const Array& counts, Index... index) {
  return (counts[static_cast<std::size_t>(index)] + ...);
}

struct Limit {
  std::string_view option;
  std::string_view what;
  std::uint64_t (*count)(const SinkTotals&);
};

constexpr std::array<Limit, LimitWatch::kLimitCount> kLimits{{
    {"--max-connections", "connections refused",
     [](const SinkTotals& t) { return of(t.refused, Refusal::connection_limit, Refusal::no_slot); }},
    {"--max-message-size", "messages refused",
     [](const SinkTotals& t) {
       return of(t.messages_refused, smtp::MessageRefusal::declared_size, smtp::MessageRefusal::actual_size);
     }},
    {"--held-input", "connections closed that sent on without reading replies",
     [](const SinkTotals& t) { return of(t.closed, CloseReason::input_limit); }},
    {"--block-pool", "times without a free block", [](const SinkTotals& t) { return t.blocks_exhausted; }},
    {"--capture-memory", "samples dropped",
     [](const SinkTotals& t) {
       return of(t.capture.dropped, capture::DropReason::memory, capture::DropReason::queue);
     }},
    {"--capture-max-bytes", "samples left out",
     [](const SinkTotals& t) { return of(t.capture.dropped, capture::DropReason::max_bytes); }},
    {"open files (ulimit -n)", "connections that could not be accepted",
     [](const SinkTotals& t) { return t.accept_errors; }},
}};

}  // namespace

std::vector<LimitNotice> LimitWatch::look(const SinkTotals& totals, Instant at) {
  std::vector<LimitNotice> notices;
  for (std::size_t i = 0; i < kLimits.size(); ++i) {
    Told& told = told_[i];
    const std::uint64_t count = kLimits[i].count(totals);
    if (count <= told.count || (told.at && at - *told.at < kQuietTime)) continue;
    notices.push_back({kLimits[i].option, kLimits[i].what, count - told.count, told.at.has_value()});
    told = {count, at};
  }
  return notices;
}

}  // namespace mailvoid::sink
