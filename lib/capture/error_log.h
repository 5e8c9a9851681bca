// SPDX-License-Identifier: Apache-2.0
// Tells of failed writes, at most once a second however many there are.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mailvoid::capture {

class ErrorLog {
 public:
  // `print` is given lines without their end. `place` is what cannot be written to.
  ErrorLog(std::string place, std::function<void(std::string_view)> print)
      : place_(std::move(place)), print_(std::move(print)) {}

  // From any thread: a write failed with this errno.
  void failed(int error) { failed(error, now()); }
  void failed(int error, Instant when);

 private:
  std::string place_;
  std::function<void(std::string_view)> print_;
  std::mutex mutex_;
  std::uint64_t untold_ = 0;  // failures since the last line
  Instant next_line_{};       // not before this
};

}  // namespace mailvoid::capture
