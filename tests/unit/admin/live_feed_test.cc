// SPDX-License-Identifier: Apache-2.0
#include "admin/live_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

namespace mailvoid::admin {
namespace {

using nlohmann::json;

// A feed that reads as fast as it can, of a figure that counts the readings.
class Feed {
 public:
  explicit Feed(bool any = true)
      : any_(any),
        feed_(LiveFeed({.program = "mailvoid-test",
                        .read = [this] { return read(); },
                        .state = [] { return std::string(R"({"doing":"nothing"})"); },
                        .interval = std::chrono::milliseconds(1),
                        .points_max = 5})) {}

  // Returns once so many readings were asked for.
  void wait_for(int count) const {
    while (count_ < count) std::this_thread::yield();
  }
  [[nodiscard]] json ask(std::string_view query) const {
    return json::parse(feed_.answer({.path = "/api/v1/live", .query = query}).body);
  }

 private:
  std::optional<std::vector<Figure>> read() {
    ++count_;
    if (!any_) return std::nullopt;
    return std::vector<Figure>{{"n_total", MetricType::counter, static_cast<double>(count_)}};
  }

  bool any_;
  std::atomic<int> count_{0};
  LiveFeed feed_;
};

TEST(LiveFeed, SaysWhoseFiguresTheyAreAndWhatItDoes) {
  const Feed feed;
  const json answer = feed.ask("");
  EXPECT_EQ(answer["program"], "mailvoid-test");
  EXPECT_EQ(answer["state"], json({{"doing", "nothing"}}));
  EXPECT_EQ(answer["points_max"], 5);
  EXPECT_DOUBLE_EQ(answer["interval_seconds"], 0.001);
}

TEST(LiveFeed, ReadsByItself) {
  const Feed feed;
  feed.wait_for(8);
  const json answer = feed.ask("");
  EXPECT_EQ(answer["at"].size(), 5U);
  const auto& values = answer["columns"][0]["values"];
  for (std::size_t i = 1; i < values.size(); ++i) {
    EXPECT_EQ(values[i].get<int>(), values[i - 1].get<int>() + 1);
    EXPECT_GE(answer["at"][i].get<double>(), answer["at"][i - 1].get<double>());
  }
}

TEST(LiveFeed, LeavesOutWhatTheReaderHas) {
  const Feed feed;
  feed.wait_for(3);
  const std::uint64_t next = feed.ask("")["next"];
  feed.wait_for(static_cast<int>(next) + 2);
  const json answer = feed.ask("since=" + std::to_string(next));
  const std::uint64_t new_ones = answer["next"].get<std::uint64_t>() - next;
  EXPECT_EQ(answer["at"].size(), std::min<std::uint64_t>(new_ones, 5));
}

TEST(LiveFeed, TakesWhatIsNoNumberForNone) {
  const Feed feed;
  feed.wait_for(3);
  for (const std::string_view query :
       {"since=", "since=x", "since=-1", "other=3", "&&", "since=99999999999999999999"}) {
    EXPECT_FALSE(feed.ask(query)["at"].empty()) << query;
  }
}

TEST(LiveFeed, HasNoReadingWhileThereIsNothingToRead) {
  const Feed feed(false);
  feed.wait_for(3);
  EXPECT_TRUE(feed.ask("")["at"].empty());
}

TEST(LiveFeed, HasANameThatNoOtherHas) {
  const Feed one;
  const Feed other;
  EXPECT_NE(one.ask("")["instance"], other.ask("")["instance"]);
  EXPECT_EQ(one.ask("")["instance"], one.ask("")["instance"]);
}

}  // namespace
}  // namespace mailvoid::admin
