// SPDX-License-Identifier: Apache-2.0
#include "io/timer_wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace mailvoid::io {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Duration kTick{1 << 20};

Instant at(std::uint64_t tick) { return Instant(kTick * static_cast<std::int64_t>(tick)); }

struct Node : TimerNode {
  int id = 0;
};

class TimerWheelTest : public testing::Test {
 protected:
  TimerWheelTest() {
    for (int i = 0; i < static_cast<int>(nodes.size()); ++i) nodes[static_cast<std::size_t>(i)].id = i;
  }

  // The ids that expire, in their order; `then` runs in each callback.
  std::vector<int> advance(Instant now, const std::function<void(Node&)>& then = nullptr) {
    std::vector<int> expired;
    const std::size_t count = wheel.advance(now, [&](TimerNode& node) {
      EXPECT_FALSE(node.scheduled());
      expired.push_back(static_cast<Node&>(node).id);
      if (then) then(static_cast<Node&>(node));
    });
    EXPECT_EQ(count, expired.size());
    return expired;
  }

  TimerWheel wheel{Instant()};
  std::array<Node, 8> nodes;
};

TEST_F(TimerWheelTest, ExpiresNeverEarlyAndAtMostATickLate) {
  wheel.schedule(nodes[0], Instant(5ms));
  EXPECT_THAT(advance(Instant(5ms - 1ns)), IsEmpty());
  EXPECT_THAT(advance(Instant(5ms) + kTick), ElementsAre(0));
  EXPECT_FALSE(nodes[0].scheduled());
}

TEST_F(TimerWheelTest, RoundsTheTickUpToAPowerOfTwo) {
  EXPECT_EQ(wheel.tick(), 1'048'576ns);
  EXPECT_EQ(TimerWheel(Instant(), 1ns).tick(), TimerWheel::kTickMin);
  EXPECT_EQ(TimerWheel(Instant(), 131'072ns).tick(), 131'072ns);
  EXPECT_EQ(TimerWheel(Instant(), 131'073ns).tick(), 262'144ns);
}

TEST_F(TimerWheelTest, ExpiresInOrderOfDeadlinesHoweverFarTimeJumps) {
  const std::array<std::uint64_t, 8> ticks{64 * 64 * 64 + 5, 3, 64, 4095, 65, 4096, 1, 64 * 64 * 64};
  for (std::size_t i = 0; i < ticks.size(); ++i) wheel.schedule(nodes[i], at(ticks[i]));
  EXPECT_THAT(advance(at(1'000'000)), ElementsAre(6, 1, 2, 4, 3, 5, 7, 0));
}

// Around every edge of every level, from starts on both sides of such an edge.
TEST_F(TimerWheelTest, ExpiresAtTheExactTickAcrossLevelEdges) {
  for (std::uint64_t span = 1; span <= std::uint64_t{1} << 36; span *= 64) {
    for (const std::uint64_t start : {span - 1, span, span + 1, 63 * span, 64 * span - 1}) {
      for (const std::uint64_t distance :
           {std::uint64_t{1}, span - 1, span, span + 1, 63 * span, 64 * span}) {
        if (distance == 0) continue;
        TimerWheel own(at(start));
        Node node;
        own.schedule(node, at(start + distance));
        int expired = 0;
        const auto count = [&](TimerNode&) { ++expired; };
        own.advance(at(start + distance) - 1ns, count);
        ASSERT_EQ(expired, 0) << start << " + " << distance;
        own.advance(at(start + distance), count);
        ASSERT_EQ(expired, 1) << start << " + " << distance;
      }
    }
  }
}

TEST_F(TimerWheelTest, ReachesDaysAheadInStepsOfItsOwnChoice) {
  wheel.schedule(nodes[0], Instant(240h));
  int turns = 0;
  for (; nodes[0].scheduled(); ++turns) {
    const Instant next = wheel.next_deadline();
    ASSERT_LE(next, wheel.deadline(nodes[0]));
    const bool last = next == wheel.deadline(nodes[0]);
    EXPECT_EQ(advance(next).size(), last ? 1u : 0u);
  }
  EXPECT_LE(turns, 8);
}

TEST_F(TimerWheelTest, NeverReachesTheEndOfTime) {
  wheel.schedule(nodes[0], Instant::max());
  EXPECT_THAT(advance(Instant(100'000h)), IsEmpty());
  EXPECT_THAT(advance(Instant::max()), IsEmpty());
  wheel.cancel(nodes[0]);
}

TEST_F(TimerWheelTest, TakesTheTimeBeforeTheEpochForTheEpoch) {
  TimerWheel early(Instant(-5s));
  Node node;
  early.schedule(node, Instant(-1s));
  EXPECT_EQ(early.advance(Instant(), [](TimerNode&) {}), 1u);
}

TEST_F(TimerWheelTest, ExpiresInTheNextAdvanceWhatIsOverdueAlready) {
  advance(at(100));
  wheel.schedule(nodes[0], at(100));
  wheel.schedule(nodes[1], at(7));
  EXPECT_LE(wheel.next_deadline(), at(100));
  EXPECT_THAT(advance(at(100)), ElementsAre(0, 1));
}

TEST_F(TimerWheelTest, DoesNotGoBack) {
  advance(at(100));
  wheel.schedule(nodes[0], at(90));
  wheel.schedule(nodes[1], at(101));
  EXPECT_THAT(advance(at(50)), ElementsAre(0));
  EXPECT_THAT(advance(at(101)), ElementsAre(1));
}

TEST_F(TimerWheelTest, ForgetsWhatIsCancelled) {
  wheel.schedule(nodes[0], at(10));
  wheel.schedule(nodes[1], at(10));
  wheel.cancel(nodes[0]);
  wheel.cancel(nodes[0]);
  EXPECT_FALSE(nodes[0].scheduled());
  EXPECT_EQ(wheel.size(), 1u);
  EXPECT_THAT(advance(at(10)), ElementsAre(1));
  EXPECT_EQ(wheel.next_deadline(), Instant::max());
}

TEST_F(TimerWheelTest, MovesADeadlineLaterAndEarlier) {
  wheel.schedule(nodes[0], at(10));
  wheel.schedule(nodes[0], at(5'000));
  wheel.schedule(nodes[1], at(5'000));
  wheel.schedule(nodes[1], at(10));
  EXPECT_EQ(wheel.deadline(nodes[0]), at(5'000));
  EXPECT_EQ(wheel.size(), 2u);
  EXPECT_THAT(advance(at(4'999)), ElementsAre(1));
  EXPECT_THAT(advance(at(5'000)), ElementsAre(0));
}

TEST_F(TimerWheelTest, WakesOnceInVainForADeadlineMovedLater) {
  wheel.schedule(nodes[0], at(10));
  for (std::uint64_t tick = 11; tick < 40; ++tick) wheel.schedule(nodes[0], at(tick));
  EXPECT_EQ(wheel.next_deadline(), at(10));
  EXPECT_THAT(advance(at(10)), IsEmpty());
  EXPECT_EQ(wheel.next_deadline(), at(39));
  EXPECT_THAT(advance(at(39)), ElementsAre(0));
}

TEST_F(TimerWheelTest, LetsACallbackCancelOthersThatAreDue) {
  for (const int i : {0, 1, 2}) wheel.schedule(nodes[static_cast<std::size_t>(i)], at(10));
  wheel.schedule(nodes[3], at(12));
  const auto expired = advance(at(20), [&](Node& node) {
    if (node.id != 0) return;
    wheel.cancel(nodes[1]);
    wheel.cancel(nodes[3]);
  });
  EXPECT_THAT(expired, ElementsAre(0, 2));
  EXPECT_EQ(wheel.size(), 0u);
}

TEST_F(TimerWheelTest, LetsACallbackMoveOthersThatAreDue) {
  for (const int i : {0, 1, 2}) wheel.schedule(nodes[static_cast<std::size_t>(i)], at(10));
  const auto expired = advance(at(20), [&](Node& node) {
    if (node.id != 0) return;
    wheel.schedule(nodes[1], at(30));
    wheel.schedule(nodes[2], at(15));  // due before, due now
  });
  EXPECT_THAT(expired, ElementsAre(0, 2));
  EXPECT_THAT(advance(at(30)), ElementsAre(1));
}

TEST_F(TimerWheelTest, KeepsForTheNextAdvanceWhatACallbackMakesDue) {
  wheel.schedule(nodes[0], at(10));
  const auto again = [&](Node& node) {
    wheel.schedule(node, at(10));
    wheel.schedule(nodes[1], at(5));
  };
  EXPECT_THAT(advance(at(20), again), ElementsAre(0));
  EXPECT_LE(wheel.next_deadline(), at(20));
  EXPECT_THAT(advance(at(20)), ElementsAre(0, 1));
}

TEST_F(TimerWheelTest, LetsACallbackDestroyNodes) {
  auto first = std::make_unique<Node>();
  auto second = std::make_unique<Node>();
  wheel.schedule(*first, at(10));
  wheel.schedule(*second, at(10));
  int expired = 0;
  wheel.advance(at(10), [&](TimerNode&) {
    ++expired;
    wheel.cancel(*second);
    first.reset();
    second.reset();
  });
  EXPECT_EQ(expired, 1);
}

TEST_F(TimerWheelTest, ReleasesItsNodesWhenItGoes) {
  Node node;
  {
    TimerWheel short_lived{Instant()};
    short_lived.schedule(node, at(10));
  }
  EXPECT_FALSE(node.scheduled());
}

// The same operations on a std::multimap, with the rules of timer_wheel.h in their simplest form.
class Model {
 public:
  explicit Model(std::size_t nodes) : where_(nodes, pending_.end()), due_(nodes, 0) {}

  void schedule(std::size_t id, std::uint64_t tick) {
    const bool stays_due = due_[id] != 0 && tick <= current_;
    cancel(id);
    due_[id] = stays_due ? 1 : 0;
    if (!stays_due) where_[id] = pending_.emplace(tick, id);
  }
  void cancel(std::size_t id) {
    due_[id] = 0;
    if (where_[id] != pending_.end()) pending_.erase(where_[id]);
    where_[id] = pending_.end();
  }
  // Everything due at `tick` becomes what expired() may take.
  void advance(std::uint64_t tick) {
    current_ = std::max(current_, tick);
    while (!pending_.empty() && pending_.begin()->first <= current_) {
      const std::size_t id = pending_.begin()->second;
      cancel(id);
      due_[id] = 1;
    }
  }
  [[nodiscard]] bool expired(std::size_t id) { return std::exchange(due_[id], 0) != 0; }
  [[nodiscard]] bool all_expired() const { return std::ranges::count(due_, 1) == 0; }
  [[nodiscard]] std::uint64_t earliest() const { return pending_.empty() ? ~0u : pending_.begin()->first; }
  [[nodiscard]] std::size_t size() const { return pending_.size(); }

 private:
  using Pending = std::multimap<std::uint64_t, std::size_t>;
  Pending pending_;
  std::vector<Pending::iterator> where_;
  std::vector<char> due_;
  std::uint64_t current_ = 0;
};

class Differential {
 public:
  explicit Differential(unsigned seed) : random_(seed), nodes_(kNodes), model_(kNodes) {
    for (std::size_t i = 0; i < kNodes; ++i) nodes_[i].id = static_cast<int>(i);
  }
  ~Differential() {
    for (Node& node : nodes_) wheel_.cancel(node);
  }

  void step() {
    for (std::uint64_t i = below(20); i > 0; --i) operate();
    check_next_deadline();
    const std::uint64_t target = below(4) == 0 ? next_tick() : now_ + distance();
    now_ = std::max(now_, target);
    model_.advance(target);
    wheel_.advance(at(target), [this](TimerNode& node) {
      ASSERT_TRUE(model_.expired(static_cast<std::size_t>(static_cast<Node&>(node).id)));
      for (std::uint64_t i = below(4); i > 0; --i) operate();
    });
    ASSERT_TRUE(model_.all_expired());
    ASSERT_EQ(wheel_.size(), model_.size());
  }

 private:
  static constexpr std::size_t kNodes = 60;

  [[nodiscard]] std::uint64_t below(std::uint64_t end) { return random_() % end; }
  // Near, at an edge of some level, or anywhere.
  [[nodiscard]] std::uint64_t distance() {
    const std::uint64_t span = std::uint64_t{1} << below(24);
    return below(3) == 0 ? span + below(3) - 1 : below(span);
  }
  [[nodiscard]] std::uint64_t next_tick() const {
    const Instant next = wheel_.next_deadline();
    return next == Instant::max() ? now_ : static_cast<std::uint64_t>(next.time_since_epoch() / kTick);
  }
  void operate() {
    const std::size_t id = below(kNodes);
    if (below(4) == 0) {
      wheel_.cancel(nodes_[id]);
      model_.cancel(id);
      return;
    }
    const std::uint64_t d = distance();
    const std::uint64_t tick = below(8) == 0 ? now_ - std::min(now_, d) : now_ + d;
    wheel_.schedule(nodes_[id], at(tick));
    model_.schedule(id, tick);
    ASSERT_EQ(wheel_.deadline(nodes_[id]), at(tick));
  }
  void check_next_deadline() const {
    if (model_.size() == 0) {
      ASSERT_EQ(wheel_.next_deadline(), Instant::max());
    } else {
      ASSERT_LE(wheel_.next_deadline(), at(std::max(now_, model_.earliest())));
    }
  }

  std::mt19937_64 random_;
  TimerWheel wheel_{Instant()};
  std::vector<Node> nodes_;
  Model model_;
  std::uint64_t now_ = 0;
};

TEST_F(TimerWheelTest, DoesWhatAMultimapDoes) {
  for (unsigned seed = 0; seed < 200 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Differential run(seed);
    for (int i = 0; i < 200 && !HasFatalFailure(); ++i) run.step();
  }
}

// Whoever sleeps until next_deadline() each time meets every deadline, and wakes in vain a few times a node.
TEST_F(TimerWheelTest, IsDrivenByItsOwnNextDeadline) {
  std::mt19937_64 random(7);
  struct Sleeper : TimerNode {
    Instant deadline;
  };
  std::vector<Sleeper> many(500);
  for (Sleeper& sleeper : many) {
    sleeper.deadline = at(1 + random() % (std::uint64_t{1} << (random() % 30)));
    wheel.schedule(sleeper, sleeper.deadline);
  }
  Instant now{};
  int turns = 0;
  while (wheel.size() > 0) {
    const Instant next = wheel.next_deadline();
    ASSERT_GT(next, now);
    now = next;
    wheel.advance(now, [&](TimerNode& node) { EXPECT_EQ(static_cast<Sleeper&>(node).deadline, now); });
    ++turns;
  }
  EXPECT_LE(turns, 500 * 5);
}

}  // namespace
}  // namespace mailvoid::io
