// SPDX-License-Identifier: Apache-2.0
#include "loadgen/dsn_request.h"

#include <gmock/gmock.h>

#include <array>

namespace mailvoid::loadgen {
namespace {

using testing::HasSubstr;

TEST(DsnRequest, ReadsEverythingAtOnce) {
  const auto request = parse_dsn("RET=Full,notify=success,failure,delay,orcpt,envid=run-{message}");
  ASSERT_TRUE(request) << request.error();
  EXPECT_EQ(request->parameters.ret, "FULL");
  EXPECT_EQ(request->parameters.notify, "SUCCESS,FAILURE,DELAY");
  EXPECT_TRUE(request->parameters.original_recipient && request->parameters.envelope_id);
  std::array<char, 100> room;
  EXPECT_EQ(request->envelope_id->render(room, {.message = 7}), "run-7");
}

TEST(DsnRequest, AsksOnlyForWhatWasSaid) {
  const auto request = parse_dsn("notify=never");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->parameters.notify, "NEVER");
  EXPECT_EQ(request->parameters.ret, "");
  EXPECT_FALSE(request->parameters.original_recipient || request->envelope_id);
}

TEST(DsnRequest, SaysWhatItDoesNotTake) {
  const auto fault = [](std::string_view text) {
    const auto request = parse_dsn(text);
    return request ? "none" : request.error();
  };
  EXPECT_THAT(fault("ret=headers"), HasSubstr("ret= is full or hdrs"));
  EXPECT_THAT(fault("notify=always"), HasSubstr("notify= is never, or some of"));
  EXPECT_THAT(fault("notify=never,success"), HasSubstr("has 'success'"));
  EXPECT_THAT(fault("success"), HasSubstr("has 'success'"));
  EXPECT_THAT(fault("notify=delay,delay"), HasSubstr("twice"));
  EXPECT_THAT(fault("envid="), HasSubstr("envid= is empty"));
  EXPECT_THAT(fault("envid=a+b"), HasSubstr("without '+' and '='"));
  EXPECT_THAT(fault("envid=" + std::string(101, 'x')), HasSubstr("RFC 3461 allows 100"));
  EXPECT_THAT(fault("orcpt,"), HasSubstr("has ''"));
}

}  // namespace
}  // namespace mailvoid::loadgen
