// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailvoid::loadgen {
namespace {

using testing::ElementsAre;

std::vector<std::string> messages_of(std::string_view mbox) {
  std::vector<std::string> messages;
  while (!mbox.empty()) messages.push_back(mbox_message_text(take_mbox_message(mbox)));
  return messages;
}

constexpr std::string_view kFrom = "From a@x Thu Aug 22 12:36:23 2002\n";
const std::string kMark(kFrom);

TEST(Mbox, SplitsAtFromLinesBehindAnEmptyLine) {
  EXPECT_THAT(messages_of(kMark + "A: 1\n\none\n\n" + kMark + "B: 2\n\ntwo\n\n"),
              ElementsAre("A: 1\n\none\n", "B: 2\n\ntwo\n"));
}

TEST(Mbox, TakesCrlfToo) {
  EXPECT_THAT(messages_of("From a 12:36\r\nA: 1\r\n\r\none\r\n\r\nFrom b 12:37\r\nB: 2\r\n\r\n"),
              ElementsAre("A: 1\r\n\r\none\r\n", "B: 2\r\n"));
}

TEST(Mbox, IsNotFooledByText) {
  EXPECT_THAT(messages_of(kMark + "A: 1\n\nFrom home recordings to mp3s\n\n" + kMark + "B: 2\n"),
              ElementsAre("A: 1\n\nFrom home recordings to mp3s\n", "B: 2\n"));
  EXPECT_THAT(messages_of(kMark + "A: 1\n\nmeet me\n" + kMark + "\n"),
              ElementsAre("A: 1\n\nmeet me\n" + kMark));
}

TEST(Mbox, KeepsAllButOneEmptyLineAtTheEnd) {
  EXPECT_THAT(messages_of(kMark + "A: 1\n\none\n\n\n" + kMark + "B: 2"),
              ElementsAre("A: 1\n\none\n\n", "B: 2"));
}

TEST(Mbox, TakesOneQuoteOff) {
  EXPECT_THAT(messages_of(kMark + "A: 1\n\n>From here\n>>From there\n>Fromage\n> From\n>>\n"),
              ElementsAre("A: 1\n\nFrom here\n>From there\n>Fromage\n> From\n>>\n"));
}

TEST(Mbox, TakesEmptyAndTruncatedMessages) {
  EXPECT_THAT(messages_of(kMark), ElementsAre(""));
  EXPECT_THAT(messages_of("From "), ElementsAre(""));
  EXPECT_THAT(messages_of(kMark + "\n" + kMark), ElementsAre("\n", ""));
}

}  // namespace
}  // namespace mailvoid::loadgen
