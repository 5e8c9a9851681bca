// SPDX-License-Identifier: Apache-2.0
// Taps on threads of their own, writer threads, and real files.
#include "capture/capture.h"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "tests/unit/capture/scratch.h"

namespace mailvoid::capture {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

CaptureOptions options(const Scratch& scratch) {
  CaptureOptions options;
  options.directory = scratch.path();
  options.format = Format::eml;
  options.raw = true;
  options.memory_bytes = 8 * kBlockBytes;
  options.shards = 2;
  options.connections_max = 100;
  options.hostname = "mx";
  return options;
}

std::string message(std::size_t shard, std::size_t number) {
  return std::to_string(shard) + ' ' + std::to_string(number) + ' ' + std::string(number * 997 % 50'000, 'x');
}

// How a writer reaches a shard.
class Bell {
 public:
  void ring() {
    rung_ = true;
    rung_.notify_one();
  }
  void wait() {
    rung_.wait(false);
    rung_ = false;
  }

 private:
  std::atomic<bool> rung_{false};
};

// What a shard does with messages that come one after the other, waiting for memory where it must.
void take(Tap& tap, Bell& bell, std::size_t shard, std::size_t messages) {
  const auto wait = [&] {
    bell.wait();
    tap.take_returns([](const Record&) {});
  };
  for (std::size_t i = 0; i < messages; ++i) {
    Record* const record = tap.begin();
    ASSERT_NE(record, nullptr);
    const std::string text = message(shard, i);
    for (std::string_view left = text; !left.empty();) {
      const std::size_t room = tap.room(*record);
      tap.append(*record, left.substr(0, room));
      left.remove_prefix(std::min(room, left.size()));
      if (room == 0) wait();
    }
    tap.finish(*record, {0, 0});
    wait();
  }
}

class CaptureTest : public testing::TestWithParam<unsigned> {};

TEST_P(CaptureTest, WritesWhatShardsSubmitAtOnceEachFileWhole) {
  const Scratch scratch;
  CaptureOptions asked = options(scratch);
  asked.threads = GetParam();
  asked.waits = true;
  constexpr std::size_t kMessages = 150;
  std::atomic<int> finished{0};
  Capture capture(asked, [](std::string_view line) { ADD_FAILURE() << line; });
  ASSERT_TRUE(capture.open());
  std::array<Bell, 2> bells;
  for (std::size_t s = 0; s < 2; ++s) capture.tap(s).set_notify([&bell = bells[s]] { bell.ring(); });
  capture.start([&] { ++finished; });
  std::vector<std::thread> shards;
  for (std::size_t s = 0; s < 2; ++s) {
    shards.emplace_back([&, s] { take(capture.tap(s), bells[s], s, kMessages); });
  }
  for (std::thread& shard : shards) shard.join();
  capture.finish(std::chrono::minutes(1));
  capture.join();
  EXPECT_EQ(finished, GetParam());

  std::map<std::string, int> expected, found;
  for (std::size_t s = 0; s < 2; ++s) {
    for (std::size_t i = 0; i < kMessages; ++i) ++expected[message(s, i)];
  }
  for (const std::string& name : scratch.names("")) ++found[scratch.content(name)];
  EXPECT_EQ(found, expected);
  const CaptureTotals totals = capture.totals();
  EXPECT_EQ(totals.started, 2 * kMessages);
  EXPECT_EQ(totals.written, 2 * kMessages);
  EXPECT_EQ(totals.memory_bytes, 0u);
  EXPECT_EQ(totals.memory_bytes_max, 8 * kBlockBytes);
  EXPECT_EQ(totals.blocks_queued, 0u);
}

INSTANTIATE_TEST_SUITE_P(Threads, CaptureTest, testing::Values(1u, 3u));

TEST(CaptureEndTest, GivesUpWhatIsUnwrittenWhenTheTimeIsOver) {
  const Scratch scratch;
  Capture capture(options(scratch), [](std::string_view) {});
  ASSERT_TRUE(capture.open());
  for (std::size_t s = 0; s < 2; ++s) capture.tap(s).set_notify([] {});
  for (int i = 0; i < 50; ++i) capture.tap(0).finish(*capture.tap(0).begin());
  capture.finish(Duration(0));  // before anybody could begin
  capture.start([] {});
  capture.join();
  const CaptureTotals totals = capture.totals();
  EXPECT_EQ(totals.written + totals.dropped[static_cast<std::size_t>(DropReason::shutdown)], 50u);
  EXPECT_LE(totals.written, 1u);
  EXPECT_EQ(scratch.names("").size(), totals.written);
}

TEST(CaptureEndTest, NamesNoSampleOfOneRunAsOneOfAnother) {
  const Scratch scratch;
  for (int run = 0; run < 3; ++run) {
    Capture capture(options(scratch), [](std::string_view line) { ADD_FAILURE() << line; });
    ASSERT_TRUE(capture.open());
    for (std::size_t s = 0; s < 2; ++s) {
      capture.tap(s).set_notify([] {});
      for (int i = 0; i < 5; ++i) capture.tap(s).finish(*capture.tap(s).begin());
    }
    capture.start([] {});
    capture.finish(std::chrono::minutes(1));
    capture.join();
  }
  EXPECT_EQ(scratch.names("").size(), 30u);
}

}  // namespace
}  // namespace mailvoid::capture
