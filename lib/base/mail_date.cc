// SPDX-License-Identifier: Apache-2.0
#include "base/mail_date.h"

#include <algorithm>
#include <string_view>

#include "base/assert.h"

namespace mailvoid {
namespace {

constexpr std::string_view kWeekdays = "SunMonTueWedThuFriSat";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

void put_number(MailDate& date, std::size_t at, std::size_t digits, unsigned value) {
  for (std::size_t i = digits; i-- > 0; value /= 10) date[at + i] = static_cast<char>('0' + value % 10);
}

void put_name(MailDate& date, std::size_t at, std::string_view names, unsigned index) {
  std::ranges::copy(names.substr(index * 3, 3), date.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

MailDate mail_date(std::chrono::system_clock::time_point when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day calendar(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(when - day));
  const int year = static_cast<int>(calendar.year());
  MAILVOID_ASSERT(year >= 1900 && year <= 9999);

  MailDate date;
  std::ranges::copy(std::string_view("Thu, 01 Jan 1970 00:00:00 +0000"), date.begin());
  put_name(date, 0, kWeekdays, std::chrono::weekday(day).c_encoding());
  put_number(date, 5, 2, static_cast<unsigned>(calendar.day()));
  put_name(date, 8, kMonths, static_cast<unsigned>(calendar.month()) - 1);
  put_number(date, 12, 4, static_cast<unsigned>(year));
  put_number(date, 17, 2, static_cast<unsigned>(clock.hours().count()));
  put_number(date, 20, 2, static_cast<unsigned>(clock.minutes().count()));
  put_number(date, 23, 2, static_cast<unsigned>(clock.seconds().count()));
  return date;
}

}  // namespace mailvoid
