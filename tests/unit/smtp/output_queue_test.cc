// SPDX-License-Identifier: Apache-2.0
#include "smtp/output_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "smtp/reply.h"

namespace mailvoid::smtp {
namespace {

constexpr std::string_view kOne = "250 one\r\n";
constexpr std::string_view kTwo = "250 two\r\n";
constexpr std::string_view kThree = "250 three\r\n";

class OutputQueueTest : public ::testing::Test {
 protected:
  ~OutputQueueTest() override { queue_.clear(blocks_); }

  void append(std::string_view reply) {
    ASSERT_TRUE(queue_.reserve(blocks_));
    queue_.append(reply);
  }
  std::string send_all() {
    std::string all;
    while (queue_.pending()) {
      const std::string_view span = queue_.begin_send();
      all += span;
      queue_.end_send(span.size(), blocks_);
    }
    return all;
  }

  BlockPool blocks_{2};
  OutputQueue queue_;
};

TEST_F(OutputQueueTest, SendsASingleReplyFromWhereItLies) {
  append(kOne);
  EXPECT_EQ(blocks_.in_use(), 0u);
  const std::string_view span = queue_.begin_send();
  EXPECT_EQ(span, kOne);
  EXPECT_EQ(span.data(), kOne.data());
  queue_.end_send(span.size(), blocks_);
  EXPECT_FALSE(queue_.pending());
}

TEST_F(OutputQueueTest, GathersTheRepliesOfATurnIntoOneSend) {
  append(kOne);
  append(kTwo);
  append(kThree);
  EXPECT_EQ(blocks_.in_use(), 1u);
  EXPECT_EQ(queue_.begin_send(), std::string(kOne) + std::string(kTwo) + std::string(kThree));
  queue_.end_send(kOne.size() + kTwo.size() + kThree.size(), blocks_);
  EXPECT_EQ(blocks_.in_use(), 0u);
}

TEST_F(OutputQueueTest, KeepsRepliesThatAriseDuringASendBehindIt) {
  append(kOne);
  const std::string_view in_flight = queue_.begin_send();
  EXPECT_FALSE(queue_.pending());
  append(kTwo);
  append(kThree);
  EXPECT_TRUE(queue_.pending());
  EXPECT_EQ(in_flight, kOne);
  queue_.end_send(in_flight.size(), blocks_);
  EXPECT_EQ(send_all(), std::string(kTwo) + std::string(kThree));
}

TEST_F(OutputQueueTest, SendsTheRestOfAShortSendFirst) {
  append(kOne);
  EXPECT_EQ(queue_.begin_send(), kOne);
  append(kTwo);
  queue_.end_send(4, blocks_);
  EXPECT_EQ(queue_.begin_send(), kOne.substr(4));
  queue_.end_send(0, blocks_);
  append(kThree);
  EXPECT_EQ(send_all(), std::string(kOne.substr(4)) + std::string(kTwo) + std::string(kThree));
}

TEST_F(OutputQueueTest, DoesNotMoveWhatIsInFlight) {
  append(kOne);
  append(kTwo);
  const std::string_view first = queue_.begin_send();
  const std::string copy(first);
  std::size_t more = 0;
  while (queue_.reserve(blocks_)) {
    queue_.append(kThree);
    ++more;
  }
  EXPECT_GT(more, 100u);
  EXPECT_EQ(first, copy);
  queue_.end_send(first.size(), blocks_);
  EXPECT_TRUE(queue_.reserve(blocks_)) << "there is room once something has gone";
  std::string rest;
  for (std::size_t i = 0; i < more; ++i) rest += kThree;
  EXPECT_EQ(send_all(), rest);
}

TEST_F(OutputQueueTest, IsFullBeforeTheLargestReplyWouldNotFit) {
  const std::string reply(kReplyOctetsMax, 'x');
  std::size_t replies = 0;
  while (queue_.reserve(blocks_)) {
    queue_.append(reply);
    ++replies;
  }
  EXPECT_EQ(replies, BlockPool::kBlockBytes / kReplyOctetsMax);
  EXPECT_EQ(send_all().size(), replies * reply.size());
}

TEST_F(OutputQueueTest, SendsRepliesOneByOneWhenThePoolIsEmpty) {
  char* const held[] = {blocks_.acquire(), blocks_.acquire()};
  append(kOne);
  EXPECT_FALSE(queue_.reserve(blocks_));
  EXPECT_EQ(send_all(), kOne);
  append(kTwo);
  EXPECT_EQ(send_all(), kTwo);
  for (char* block : held) blocks_.release(block);
}

TEST_F(OutputQueueTest, KeepsAPromiseOfRoomWhateverIsSentMeanwhile) {
  append(kOne);
  EXPECT_EQ(queue_.begin_send(), kOne);
  ASSERT_TRUE(queue_.reserve(blocks_));
  queue_.end_send(3, blocks_);
  EXPECT_EQ(queue_.begin_send(), kOne.substr(3));
  queue_.append(kTwo);
  queue_.end_send(kOne.size() - 3, blocks_);
  EXPECT_EQ(send_all(), kTwo);
  EXPECT_EQ(blocks_.in_use(), 0u);
}

// Against a string that grows at the end and is sent from the front.
TEST_F(OutputQueueTest, LosesAndMixesUpNothingInAnyOrderOfThings) {
  std::mt19937 random(1);
  static const std::string kText = [] {
    std::string all;
    for (int i = 0; i < 5000; ++i) all += static_cast<char>('a' + i % 26);
    return all;
  }();
  std::string expected;
  std::string sent;
  std::string_view in_flight;
  for (int i = 0; i < 200'000; ++i) {
    switch (random() % 4) {
      case 0:
      case 1: {
        if (!queue_.reserve(blocks_)) break;
        const std::size_t octets = random() % 8 == 0 ? kReplyOctetsMax : 1 + random() % 60;
        const std::string_view reply = std::string_view(kText).substr(random() % 3000, octets);
        queue_.append(reply);
        expected += reply;
        break;
      }
      case 2:
        if (in_flight.empty() && queue_.pending()) in_flight = queue_.begin_send();
        break;
      default: {
        if (in_flight.empty()) break;
        const std::size_t octets = random() % 3 == 0 ? random() % (in_flight.size() + 1) : in_flight.size();
        sent += in_flight.substr(0, octets);
        in_flight = {};
        queue_.end_send(octets, blocks_);
      }
    }
    ASSERT_LE(blocks_.in_use(), 1u);
  }
  if (!in_flight.empty()) queue_.end_send(0, blocks_);
  sent += send_all();
  EXPECT_TRUE(sent == expected);
  EXPECT_EQ(blocks_.in_use(), 0u);
}

}  // namespace
}  // namespace mailvoid::smtp
