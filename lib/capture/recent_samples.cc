// SPDX-License-Identifier: Apache-2.0
#include "capture/recent_samples.h"

#include <algorithm>

namespace mailvoid::capture {

void RecentSamples::add(const Record& record, std::string_view file) {
  const Envelope& envelope = record.envelope;
  const std::scoped_lock lock(mutex_);
  RecentSample& sample = samples_[next_++ % samples_.size()];
  sample.id.assign(record.id.view());
  sample.file.assign(file);
  sample.octets = record.file.octets;
  sample.begun = envelope.begun;
  sample.hello.assign(envelope.hello.view());
  sample.peer.assign(envelope.peer.view());
  sample.protocol = envelope.protocol;
  sample.in_tls = envelope.in_tls;
  sample.authenticated = envelope.authenticated;
  sample.reverse_path.assign(envelope.reverse_path.view());
  sample.recipient.assign(envelope.recipient.view());
}

std::vector<RecentSample> RecentSamples::list() const {
  const std::scoped_lock lock(mutex_);
  const std::size_t count = std::min(next_, samples_.size());
  std::vector<RecentSample> newest_first;
  newest_first.reserve(count);
  for (std::size_t i = 1; i <= count; ++i) newest_first.push_back(samples_[(next_ - i) % samples_.size()]);
  return newest_first;
}

std::optional<RecentSample> RecentSamples::find(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(samples_, id, &RecentSample::id);
  if (id.empty() || found == samples_.end()) return std::nullopt;
  return *found;
}

}  // namespace mailvoid::capture
