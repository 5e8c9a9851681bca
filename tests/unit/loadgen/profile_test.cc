// SPDX-License-Identifier: Apache-2.0
#include "loadgen/profile.h"

#include <gtest/gtest.h>

#include <vector>

namespace mailvoid::loadgen {
namespace {

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
