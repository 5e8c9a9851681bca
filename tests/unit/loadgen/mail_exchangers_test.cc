// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mail_exchangers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailvoid::loadgen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(MailExchangers, AreThoseOfTheLowestPreference) {
  EXPECT_THAT(
      best_exchangers("a.test", {{20, "c.test"}, {10, "b.test"}, {10, "a.test"}, {30, "d.test"}}).value(),
      ElementsAre("a.test", "b.test"));
  EXPECT_THAT(best_exchangers("a.test", {{65535, "z.test"}}).value(), ElementsAre("z.test"));
}

TEST(MailExchangers, AreOnceWhatIsThereTwice) {
  EXPECT_THAT(best_exchangers("a.test", {{10, "MX.test"}, {10, "mx.TEST"}}).value(), ElementsAre("mx.test"));
}

TEST(MailExchangers, AreTheDomainItselfWithoutRecords) {
  EXPECT_THAT(best_exchangers("A.test", {}).value(), ElementsAre("a.test"));
}

TEST(MailExchangers, AreNoneOfADomainThatTakesNoMail) {
  EXPECT_THAT(best_exchangers("a.test", {{0, ""}}).error(), HasSubstr("null MX"));
  EXPECT_THAT(best_exchangers("a.test", {{0, ""}, {10, "mx.test"}}).value(), ElementsAre("mx.test"));
}

TEST(MailExchangers, MustBeHosts) {
  for (const char* host : {"127.0.0.1", "a b.test", "\x1b[31m.test", "::1"}) {
    EXPECT_THAT(best_exchangers("a.test", {{0, host}}).error(), HasSubstr("names no host")) << host;
  }
  EXPECT_THAT(best_exchangers("a.test", {{0, "mail_1.test"}}).value(), ElementsAre("mail_1.test"));
}

}  // namespace
}  // namespace mailvoid::loadgen
