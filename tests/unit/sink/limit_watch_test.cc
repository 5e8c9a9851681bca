// SPDX-License-Identifier: Apache-2.0
#include "sink/limit_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailvoid::sink {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class LimitWatchTest : public testing::Test {
 protected:
  std::vector<std::string> look(Duration after) {
    std::vector<std::string> texts;
    for (const LimitNotice& notice : watch_.look(totals_, Instant() + 1h + after)) {
      std::string text = std::string(notice.limit) + ' ' + std::to_string(notice.count);
      if (notice.again) text += " again";
      texts.push_back(text);
    }
    return texts;
  }
  void refuse(std::uint64_t connections) {
    totals_.refused[static_cast<std::size_t>(Refusal::connection_limit)] += connections;
  }

  SinkTotals totals_;
  LimitWatch watch_;
};

TEST_F(LimitWatchTest, IsSilentWhileNoLimitIsReached) {
  totals_.connections = 1'000'000;
  totals_.refused[static_cast<std::size_t>(Refusal::draining)] = 5;
  EXPECT_THAT(look(0s), IsEmpty());
}

TEST_F(LimitWatchTest, TellsAtOnceAndThenOnceAMinute) {
  refuse(3);
  EXPECT_THAT(look(0s), ElementsAre("--max-connections 3"));
  EXPECT_THAT(look(1s), IsEmpty());
  refuse(10);
  EXPECT_THAT(look(59s), IsEmpty());
  refuse(10);
  EXPECT_THAT(look(60s), ElementsAre("--max-connections 20 again"));
  EXPECT_THAT(look(1000s), IsEmpty()) << "nothing more has happened";
  refuse(1);
  EXPECT_THAT(look(1001s), ElementsAre("--max-connections 1 again"));
}

TEST_F(LimitWatchTest, TellsOfEachLimitByItself) {
  refuse(1);
  EXPECT_THAT(look(0s), ElementsAre("--max-connections 1"));
  totals_.refused[static_cast<std::size_t>(Refusal::no_slot)] = 1;
  totals_.messages_refused[static_cast<std::size_t>(smtp::MessageRefusal::declared_size)] = 2;
  totals_.messages_refused[static_cast<std::size_t>(smtp::MessageRefusal::actual_size)] = 3;
  totals_.messages_refused[static_cast<std::size_t>(smtp::MessageRefusal::policy)] = 100;
  totals_.closed[static_cast<std::size_t>(CloseReason::input_limit)] = 4;
  totals_.blocks_exhausted = 5;
  totals_.capture.dropped[static_cast<std::size_t>(capture::DropReason::memory)] = 6;
  totals_.capture.dropped[static_cast<std::size_t>(capture::DropReason::queue)] = 1;
  totals_.capture.dropped[static_cast<std::size_t>(capture::DropReason::max_bytes)] = 8;
  totals_.accept_errors = 9;
  EXPECT_THAT(look(1s),
              ElementsAre("--max-message-size 5", "--held-input 4", "--block-pool 5", "--capture-memory 7",
                          "--capture-max-bytes 8", "open files (ulimit -n) 9"));
}

}  // namespace
}  // namespace mailvoid::sink
