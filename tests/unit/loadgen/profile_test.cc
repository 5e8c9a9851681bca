// SPDX-License-Identifier: Apache-2.0
#include "loadgen/profile.h"

#include <gtest/gtest.h>

#include <vector>

namespace mailvoid::loadgen {
namespace {

TEST(ProfileDealer, GivesEachItsShareAndSpreadsThem) {
  ProfileDealer dealer({7, 2, 1});
  for (int round = 0; round < 3; ++round) {
    std::vector<int> dealt(3);
    std::size_t before = 9;
    int in_a_row = 0;
    for (int i = 0; i < 10; ++i) {
      const std::size_t next = dealer.next();
      ++dealt[next];
      in_a_row = next == before ? in_a_row + 1 : 1;
      EXPECT_LE(in_a_row, 4);
      before = next;
    }
    EXPECT_EQ(dealt, (std::vector<int>{7, 2, 1}));
  }
}

TEST(Profile, IsMadeFromItsOptions) {
  ProfileOptions options;
  options.helo = "client.example";
  options.bdat_octets = 100;
  options.body = "binarymime";
  options.if_unsupported = "degrade";
  options.xclient = "ADDR=192.0.2.1,PORT=25";
  options.dsn = "envid=x{message}";
  const auto profile = make_profile(options);
  ASSERT_TRUE(profile) << profile.error().text;
  EXPECT_EQ(profile->smtp.body, smtp::ClientBody::binary_mime);
  EXPECT_TRUE(profile->smtp.degrade);
  EXPECT_EQ(profile->smtp.xclient, "ADDR=192.0.2.1 PORT=25");
  EXPECT_EQ(profile->envelope_id->octets_max(), 21U);
}

}  // namespace
}  // namespace mailvoid::loadgen
