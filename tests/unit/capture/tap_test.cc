// SPDX-License-Identifier: Apache-2.0
// A tap and its writer together, on one thread.
#include "capture/tap.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <map>
#include <string>

namespace mailvoid::capture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class MemoryStore final : public RecordStore {
 public:
  [[nodiscard]] std::string front(const Record&) const override { return front_; }
  [[nodiscard]] int begin(Record& record, std::string_view front, std::string_view content) override {
    open_[std::string(record.id.view())] = std::string(front);
    return append(record, content);
  }
  [[nodiscard]] int append(Record& record, std::string_view content) override {
    if (error_ != 0) return error_;
    std::string& text = open_[std::string(record.id.view())] += content;
    record.file.octets = text.size();
    return 0;
  }
  [[nodiscard]] int commit(Record& record) override {
    if (error_ != 0) return error_;
    done_.insert(open_.extract(std::string(record.id.view())));
    return 0;
  }
  void abandon(Record& record) override { open_.erase(std::string(record.id.view())); }

  std::string front_;
  int error_ = 0;
  std::map<std::string, std::string> open_, done_;
};

class TapTest : public testing::Test {
 protected:
  void make(TapOptions options, std::uint64_t bytes_max = 0) {
    budget_.emplace(bytes_max);
    writer_.emplace(
        Writer::Surroundings{store_, *budget_, [this] { ++wakes_; }, [this](int e) { error_ = e; }});
    options.id_prefix = "mv";
    options.records_max = options.records_max == 0 ? 100 : options.records_max;
    tap_.emplace(std::move(options), std::vector{&*writer_}, *budget_);
    tap_->set_notify([this] { ++notified_; });
  }
  void write() {
    while (writer_->step()) {}
  }
  // As the shard does: no more at a time than there is room for. What did not fit.
  std::size_t give(Record& record, std::string_view octets) {
    while (!octets.empty()) {
      const std::size_t room = tap_->room(record);
      if (room == 0) break;
      tap_->append(record, octets.substr(0, room));
      octets.remove_prefix(std::min(room, octets.size()));
    }
    return octets.size();
  }
  [[nodiscard]] std::uint64_t dropped(DropReason reason) const {
    const auto i = static_cast<std::size_t>(reason);
    return tap_->counters().dropped[i].value() + writer_->counters().dropped[i].value();
  }
  void expect_nothing_left() {
    write();
    tap_->take_returns([](const Record&) {});
    EXPECT_EQ(tap_->blocks_in_use(), 0u);
    EXPECT_EQ(tap_->records_in_use(), 0u);
    EXPECT_THAT(store_.open_, IsEmpty());
  }

  MemoryStore store_;
  std::optional<WriteBudget> budget_;
  std::optional<Writer> writer_;
  std::optional<Tap> tap_;
  int wakes_ = 0;
  int notified_ = 0;
  int error_ = 0;
};

TEST_F(TapTest, SamplesExactlyTheFirstOfEachN) {
  make({.every = 3, .blocks_max = 1});
  std::string due;
  for (int i = 0; i < 9; ++i) due += tap_->due() ? 'x' : '-';
  EXPECT_EQ(due, "x--x--x--");
}

TEST_F(TapTest, WritesWhatItWasGivenWithTheFrontBeforeIt) {
  store_.front_ = "front:";
  make({.blocks_max = 4});
  Record* const record = tap_->begin();
  EXPECT_EQ(give(*record, "content"), 0u);
  tap_->finish(*record);
  EXPECT_EQ(wakes_, 1);
  write();
  EXPECT_THAT(store_.done_, ElementsAre(Pair("mv-0", "front:content")));
  EXPECT_EQ(writer_->counters().written.value(), 1u);
  EXPECT_EQ(writer_->counters().bytes_written.value(), 13u);
  expect_nothing_left();
}

TEST_F(TapTest, WritesAnEmptyMessage) {
  make({.blocks_max = 1});
  tap_->finish(*tap_->begin());
  write();
  EXPECT_THAT(store_.done_, ElementsAre(Pair("mv-0", "")));
  expect_nothing_left();
}

TEST_F(TapTest, StreamsAMessageOfAnySizeThroughOneBlock) {
  make({.waits = true, .blocks_max = 1});
  Record* const record = tap_->begin();
  std::string sent;
  for (int i = 0; i < 100'000; ++i) sent += std::to_string(i);
  std::size_t left = sent.size();
  while (left > 0) {
    left = give(*record, std::string_view(sent).substr(sent.size() - left));
    write();
  }
  tap_->finish(*record);
  write();
  EXPECT_EQ(store_.done_["mv-0"], sent);
  expect_nothing_left();
}

TEST_F(TapTest, KeepsEveryOctetAroundTheEndOfABlock) {
  make({.blocks_max = 8});
  for (std::size_t octets = 2 * Block::kRoom - 70; octets < 2 * Block::kRoom + 70; ++octets) {
    std::string sent;
    for (std::size_t i = 0; i < octets; ++i) sent += static_cast<char>(i * 7);
    Record* const record = tap_->begin();
    EXPECT_EQ(give(*record, std::string_view(sent).substr(0, 7)), 0u);
    EXPECT_EQ(give(*record, std::string_view(sent).substr(7)), 0u);
    const std::string id(record->id.view());
    tap_->finish(*record);
    write();
    EXPECT_EQ(store_.done_[id], sent) << octets;
  }
  expect_nothing_left();
}

TEST_F(TapTest, TakesAnotherBlockWhereOneHasLessRoomThanIsAskedFor) {
  make({.blocks_max = 2});
  Record* const record = tap_->begin();
  give(*record, std::string(Block::kRoom - 1000, 'x'));
  EXPECT_EQ(tap_->room(*record, true, 1000), 1000u);
  EXPECT_EQ(tap_->blocks_in_use(), 1u);
  EXPECT_EQ(tap_->room(*record, true, 1001), Block::kRoom);
  EXPECT_EQ(tap_->blocks_in_use(), 2u);
  tap_->append(*record, "y");
  tap_->finish(*record);
  write();
  EXPECT_EQ(store_.done_["mv-0"], std::string(Block::kRoom - 1000, 'x') + "y");
  expect_nothing_left();
}

TEST_F(TapTest, TellsWhoWaitsThatTheFileIsDone) {
  make({.waits = true, .blocks_max = 1});
  tap_->finish(*tap_->begin(), {3, 7});
  EXPECT_EQ(notified_, 0);
  write();
  EXPECT_EQ(notified_, 1);
  int told = 0;
  tap_->take_returns([&](const Record& record) {
    ++told;
    EXPECT_TRUE(record.written);
    EXPECT_EQ(record.id.view(), "mv-0");
    EXPECT_EQ(record.waiter.slot, 3u);
    EXPECT_EQ(record.waiter.generation, 7u);
  });
  EXPECT_EQ(told, 1);
  expect_nothing_left();
}

TEST_F(TapTest, TellsWhoWaitsForABlockWhenAWriterOrAnotherSampleGivesOneBack) {
  make({.waits = true, .blocks_max = 2});
  Record* const first = tap_->begin();
  Record* const second = tap_->begin();
  Record* const third = tap_->begin();
  give(*first, "1");
  give(*second, "2");
  EXPECT_EQ(tap_->room(*third), 0u);
  EXPECT_EQ(tap_->counters().waits.value(), 1u);
  tap_->finish(*first);
  EXPECT_EQ(notified_, 0);
  write();
  EXPECT_EQ(notified_, 1);
  give(*third, "3");
  Record* const fourth = tap_->begin();
  EXPECT_EQ(tap_->room(*fourth), 0u);
  tap_->abort(*second);
  EXPECT_EQ(notified_, 2) << "it never was with a writer";
  EXPECT_NE(tap_->room(*fourth), 0u);
  tap_->finish(*third);
  tap_->finish(*fourth);
  expect_nothing_left();
  EXPECT_EQ(writer_->counters().written.value(), 3u);
}

TEST_F(TapTest, NotifiesNobodyWhereNobodyWaits) {
  make({.blocks_max = 1});
  Record* const record = tap_->begin();
  give(*record, "1");
  EXPECT_EQ(give(*record, std::string(kBlockBytes, 'x')), kBlockBytes + 1 - Block::kRoom);
  tap_->drop(*record, DropReason::memory);
  write();
  EXPECT_EQ(notified_, 0);
  EXPECT_EQ(dropped(DropReason::memory), 1u);
  expect_nothing_left();
}

TEST_F(TapTest, LeavesNothingOfAnAbortedSampleHoweverFarItHadCome) {
  make({.blocks_max = 8});
  for (const std::size_t octets : {std::size_t{0}, std::size_t{5}, 3 * kBlockBytes}) {
    Record* const record = tap_->begin();
    EXPECT_EQ(give(*record, std::string(octets, 'x')), 0u);
    if (octets > 5) write();
    tap_->abort(*record);
    expect_nothing_left();
  }
  EXPECT_EQ(tap_->counters().aborted.value(), 3u);
  EXPECT_THAT(store_.done_, IsEmpty());
}

TEST_F(TapTest, DropsWhatFindsNoRecord) {
  make({.blocks_max = 8, .records_max = 1});
  Record* const record = tap_->begin();
  EXPECT_EQ(tap_->begin(), nullptr);
  EXPECT_EQ(dropped(DropReason::queue), 1u);
  tap_->finish(*record);
  EXPECT_EQ(tap_->begin(), nullptr) << "the writer still has it";
  write();
  Record* const next = tap_->begin();
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->id.view(), "mv-1");
  tap_->abort(*next);
  EXPECT_EQ(tap_->counters().started.value(), 4u);
}

TEST_F(TapTest, StopsAtTheBudgetAndWritesNoPartOfWhatDoesNotFit) {
  make({.blocks_max = 8}, 20);
  for (const char* content : {"0123456789", "0123456789x", "y"}) {
    Record* const record = tap_->begin();
    if (record == nullptr) break;
    give(*record, content);
    tap_->finish(*record);
    write();
  }
  EXPECT_THAT(store_.done_, ElementsAre(Pair("mv-0", "0123456789")));
  EXPECT_EQ(dropped(DropReason::max_bytes), 2u);
  expect_nothing_left();
}

TEST_F(TapTest, CountsAFailureOnceAndGoesOnWhenItIsOver) {
  make({.waits = true, .blocks_max = 8});
  store_.error_ = ENOSPC;
  Record* record = tap_->begin();
  give(*record, std::string(3 * kBlockBytes, 'x'));
  tap_->finish(*record, {1, 1});
  write();
  tap_->take_returns([](const Record& done) { EXPECT_FALSE(done.written); });
  EXPECT_EQ(error_, ENOSPC);
  EXPECT_EQ(writer_->counters().errors[static_cast<std::size_t>(WriteError::no_space)].value(), 1u);
  EXPECT_EQ(dropped(DropReason::write_error), 1u);
  store_.error_ = 0;
  record = tap_->begin();
  tap_->finish(*record, {1, 1});
  write();
  tap_->take_returns([](const Record& done) { EXPECT_TRUE(done.written); });
  EXPECT_EQ(writer_->counters().written.value(), 1u);
  expect_nothing_left();
}

TEST_F(TapTest, CountsASampleThatFailedAndWasAbortedOnce) {
  make({.blocks_max = 8});
  store_.error_ = EIO;
  Record* const record = tap_->begin();
  give(*record, std::string(2 * kBlockBytes, 'x'));
  write();
  tap_->abort(*record);
  expect_nothing_left();
  EXPECT_EQ(tap_->counters().aborted.value(), 1u);
  EXPECT_EQ(dropped(DropReason::write_error), 0u);
}

TEST_F(TapTest, GivesUpWhatWaitsWhenToldTo) {
  make({.waits = true, .blocks_max = 8});
  for (int i = 0; i < 3; ++i) {
    Record* const record = tap_->begin();
    give(*record, std::string(2 * kBlockBytes, 'x'));
    if (i == 0) write();
    tap_->finish(*record, {1, 1});
  }
  writer_->discard(DropReason::shutdown);
  EXPECT_EQ(dropped(DropReason::shutdown), 3u);
  EXPECT_THAT(store_.done_, IsEmpty());
  expect_nothing_left();
}

}  // namespace
}  // namespace mailvoid::capture
