// SPDX-License-Identifier: Apache-2.0
// Deadlines of N sessions, kept three ways: our wheel, a std::multimap, and a std::priority_queue that leaves
// what was moved or cancelled in the heap until it comes up.
//
//   move      a session's idle timeout of 300 s starts anew, as at each command
//   replace   a deadline is cancelled and another one set
//   turn      a millisecond passes: what is due expires and gets a new deadline, up to 300 s ahead
#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <queue>
#include <random>
#include <vector>

#include "base/clock.h"
#include "io/timer_wheel.h"

namespace mailvoid {
namespace {

using namespace std::chrono_literals;

constexpr Duration kTimeout = 300s;

class Wheel {
 public:
  explicit Wheel(std::size_t sessions) : nodes_(sessions) {}
  void set(std::size_t session, Instant deadline) { wheel_.schedule(nodes_[session], deadline); }
  void cancel(std::size_t session) { wheel_.cancel(nodes_[session]); }
  template <class OnExpired>
  void advance(Instant now, OnExpired&& on_expired) {
    wheel_.advance(now,
                   [&](io::TimerNode& node) { on_expired(static_cast<std::size_t>(&node - nodes_.data())); });
  }

 private:
  std::vector<io::TimerNode> nodes_;
  io::TimerWheel wheel_{Instant()};  // goes first, and releases them
};

class Multimap {
 public:
  explicit Multimap(std::size_t sessions) : places_(sessions, deadlines_.end()) {}
  void set(std::size_t session, Instant deadline) {
    cancel(session);
    places_[session] = deadlines_.emplace(deadline, session);
  }
  void cancel(std::size_t session) {
    if (places_[session] != deadlines_.end()) deadlines_.erase(places_[session]);
    places_[session] = deadlines_.end();
  }
  template <class OnExpired>
  void advance(Instant now, OnExpired&& on_expired) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      const std::size_t session = deadlines_.begin()->second;
      cancel(session);
      on_expired(session);
    }
  }

 private:
  std::multimap<Instant, std::size_t> deadlines_;
  std::vector<std::multimap<Instant, std::size_t>::iterator> places_;
};

class Heap {
 public:
  explicit Heap(std::size_t sessions) : deadlines_(sessions, Instant::max()) {}
  void set(std::size_t session, Instant deadline) {
    deadlines_[session] = deadline;
    heap_.emplace(deadline, session);
  }
  void cancel(std::size_t session) { deadlines_[session] = Instant::max(); }
  template <class OnExpired>
  void advance(Instant now, OnExpired&& on_expired) {
    while (!heap_.empty() && heap_.top().first <= now) {
      const auto [deadline, session] = heap_.top();
      heap_.pop();
      if (deadlines_[session] != deadline) continue;
      deadlines_[session] = Instant::max();
      on_expired(session);
    }
  }

 private:
  using Entry = std::pair<Instant, std::size_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
  std::vector<Instant> deadlines_;
};

// The sessions in no order, and deadlines up to kTimeout ahead.
class Draw {
 public:
  explicit Draw(std::size_t sessions) {
    std::mt19937_64 random(1);
    for (Drawn& drawn : drawn_) {
      drawn = {
          random() % sessions,
          1ms + Duration(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(kTimeout.count())))};
    }
  }
  struct Drawn {
    std::size_t session;
    Duration ahead;
  };
  const Drawn& next() { return drawn_[i_++ % drawn_.size()]; }

 private:
  std::array<Drawn, 8192> drawn_;
  std::size_t i_ = 0;
};

template <class Timers>
struct Run {
  explicit Run(benchmark::State& state)
      : sessions(static_cast<std::size_t>(state.range(0))), timers(sessions), draw(sessions) {
    for (std::size_t i = 0; i < sessions; ++i) timers.set(i, now + draw.next().ahead);
  }
  // A millisecond passes every thousand operations: 1 M/s.
  void pass_time() {
    if (++operations % 1000 != 0) return;
    now += 1ms;
    timers.advance(now, [this](std::size_t session) { timers.set(session, now + kTimeout); });
  }

  std::size_t sessions;
  Timers timers;
  Draw draw;
  Instant now{};
  std::uint64_t operations = 0;
};

template <class Timers>
void move(benchmark::State& state) {
  Run<Timers> run(state);
  for ([[maybe_unused]] auto _ : state) {
    run.timers.set(run.draw.next().session, run.now + kTimeout);
    run.pass_time();
  }
}

template <class Timers>
void replace(benchmark::State& state) {
  Run<Timers> run(state);
  for ([[maybe_unused]] auto _ : state) {
    const auto& drawn = run.draw.next();
    run.timers.cancel(drawn.session);
    run.timers.set(drawn.session, run.now + drawn.ahead);
    run.pass_time();
  }
}

template <class Timers>
void turn(benchmark::State& state) {
  Run<Timers> run(state);
  std::uint64_t expired = 0;
  for ([[maybe_unused]] auto _ : state) {
    run.now += 1ms;
    run.timers.advance(run.now, [&](std::size_t session) {
      run.timers.set(session, run.now + run.draw.next().ahead);
      ++expired;
    });
  }
  state.counters["expired_per_turn"] = static_cast<double>(expired) / static_cast<double>(state.iterations());
}

BENCHMARK(move<Wheel>)->Name("move/wheel")->Arg(1'000)->Arg(15'000);
BENCHMARK(move<Multimap>)->Name("move/multimap")->Arg(1'000)->Arg(15'000);
BENCHMARK(move<Heap>)->Name("move/priority_queue")->Arg(1'000)->Arg(15'000);
BENCHMARK(replace<Wheel>)->Name("replace/wheel")->Arg(1'000)->Arg(15'000);
BENCHMARK(replace<Multimap>)->Name("replace/multimap")->Arg(1'000)->Arg(15'000);
BENCHMARK(replace<Heap>)->Name("replace/priority_queue")->Arg(1'000)->Arg(15'000);
BENCHMARK(turn<Wheel>)->Name("turn/wheel")->Arg(1'000)->Arg(15'000);
BENCHMARK(turn<Multimap>)->Name("turn/multimap")->Arg(1'000)->Arg(15'000);
BENCHMARK(turn<Heap>)->Name("turn/priority_queue")->Arg(1'000)->Arg(15'000);

// A pause of 300 s, after which every session has timed out.
template <class Timers>
void jump(benchmark::State& state) {
  const auto sessions = static_cast<std::size_t>(state.range(0));
  Timers timers(sessions);
  Draw draw(sessions);
  Instant now{};
  for ([[maybe_unused]] auto _ : state) {
    for (std::size_t i = 0; i < sessions; ++i) timers.set(i, now + draw.next().ahead);
    now += kTimeout + 1s;
    timers.advance(now, [](std::size_t session) { benchmark::DoNotOptimize(session); });
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(jump<Wheel>)->Name("jump/wheel")->Arg(15'000);
BENCHMARK(jump<Multimap>)->Name("jump/multimap")->Arg(15'000);
BENCHMARK(jump<Heap>)->Name("jump/priority_queue")->Arg(15'000);

}  // namespace
}  // namespace mailvoid
