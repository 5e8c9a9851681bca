// SPDX-License-Identifier: Apache-2.0
// Wall-clock time as mail writes it.
#pragma once

#include <array>
#include <chrono>

namespace mailvoid {

// "Thu, 01 Jan 1970 00:00:00 +0000": the date-time of RFC 5322 section 3.3, not terminated.
using MailDate = std::array<char, 31>;

// `when` in UTC, whatever the locale; years 1900 to 9999. No allocation.
[[nodiscard]] MailDate mail_date(std::chrono::system_clock::time_point when);

}  // namespace mailvoid
