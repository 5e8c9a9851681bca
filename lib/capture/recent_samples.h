// SPDX-License-Identifier: Apache-2.0
// The latest samples that were written, to be looked at while the program runs. Bounded; the files stay where
// they are.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/envelope.h"
#include "capture/record.h"

namespace mailvoid::capture {

struct RecentSample {
  std::string id;
  std::string file;                             // relative to the capture directory
  std::uint64_t octets = 0;                     // of the file
  std::chrono::system_clock::time_point begun;  // when MAIL came
  std::string hello;
  std::string peer;  // as PeerAddress
  Protocol protocol = Protocol::smtp;
  bool in_tls = false;
  bool authenticated = false;
  std::string reverse_path;  // empty for <>
  std::string recipient;     // if there is one and no other
};

class RecentSamples {
 public:
  // REQUIRES: count_max > 0.
  explicit RecentSamples(std::size_t count_max) : samples_(count_max) {}

  // `record` has just become `file`. By any writer; allocates only until the memory is warm.
  void add(const Record& record, std::string_view file);

  // From any thread; the newest first.
  [[nodiscard]] std::vector<RecentSample> list() const;
  [[nodiscard]] std::optional<RecentSample> find(std::string_view id) const;

 private:
  mutable std::mutex mutex_;
  std::vector<RecentSample> samples_;  // the one with the number n is at n % size()
  std::size_t next_ = 0;
};

}  // namespace mailvoid::capture
