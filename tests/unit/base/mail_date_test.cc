// SPDX-License-Identifier: Apache-2.0
#include "base/mail_date.h"

#include <gtest/gtest.h>

#include <clocale>
#include <ctime>
#include <random>
#include <string>

namespace mailvoid {
namespace {

std::string text(std::chrono::system_clock::time_point when) {
  const MailDate date = mail_date(when);
  return {date.begin(), date.end()};
}

TEST(MailDate, IsThatOfRfc5322) {
  using namespace std::chrono;
  EXPECT_EQ(text(system_clock::time_point()), "Thu, 01 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(text(sys_days(2024y / February / 29) + 23h + 59min + 59s + 999ms),
            "Thu, 29 Feb 2024 23:59:59 +0000");
  EXPECT_EQ(text(sys_days(1900y / January / 1)), "Mon, 01 Jan 1900 00:00:00 +0000");
  EXPECT_EQ(text(sys_days(2100y / December / 31) + 1s), "Fri, 31 Dec 2100 00:00:01 +0000");
}

TEST(MailDate, AgreesWithTheCLibrary) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2'000; ++i) {
    const auto seconds = static_cast<std::time_t>(random() % 4'000'000'000u);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char expected[64];
    std::strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S +0000", &parts);
    ASSERT_EQ(text(std::chrono::system_clock::from_time_t(seconds)), expected);
  }
}

}  // namespace
}  // namespace mailvoid
