// SPDX-License-Identifier: Apache-2.0
#include "capture/error_log.h"

#include <fmt/format.h>

#include <cstring>

namespace mailvoid::capture {

void ErrorLog::failed(int error, Instant when) {
  const std::lock_guard lock(mutex_);
  ++untold_;
  if (when < next_line_) return;
  next_line_ = when + std::chrono::seconds(1);
  char text[128];
  print_(fmt::format("cannot write to {}: {}; {} lost since this was last said", place_,
                     ::strerror_r(error, text, sizeof(text)),
                     untold_ == 1 ? std::string("1 sample") : fmt::format("{} samples", untold_)));
  untold_ = 0;
}

}  // namespace mailvoid::capture
