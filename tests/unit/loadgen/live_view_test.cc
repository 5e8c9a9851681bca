// SPDX-License-Identifier: Apache-2.0
#include "loadgen/live_view.h"

#include <gmock/gmock.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "loadgen/terminal_text.h"
#include "tests/unit/loadgen/sample_run.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A view that writes into memory, and a run of which all sessions are connected.
class LiveViewTest : public testing::Test {
 protected:
  LiveViewTest() {
    totals_.connections = totals_.sessions_open = 2000;
    totals_.messages_started = 1;
    plan_.sessions = 2000;
    plan_.duration = 10s;
  }
  ~LiveViewTest() override {
    std::fclose(file_);
    std::free(text_);
  }

  void start(LiveStyle style) { view_ = std::make_unique<LiveView>(file_, plan_, style); }

  // What update() writes.
  std::string update(Duration elapsed) {
    return written([&] { view_->update(totals_, elapsed); });
  }
  std::string finish() {
    return written([&] { view_->finish(); });
  }

  // The same on a terminal, without the way to the line's begin and the erasing behind it.
  std::string redraw(Duration elapsed) {
    const std::string text = update(elapsed);
    EXPECT_TRUE(text.starts_with("\r") && text.ends_with("\x1b[K")) << text;
    return text.substr(1, text.size() - 4);
  }

  void accept(std::uint64_t messages, std::uint64_t octets, int slowest_ms) {
    totals_.messages_started += messages;
    totals_.messages_accepted += messages;
    totals_.message_octets += octets;
    totals_.transaction.merge(milliseconds_up_to(slowest_ms));
  }

  LivePlan plan_;
  LoadTotals totals_;
  std::unique_ptr<LiveView> view_;

 private:
  template <class Act>
  std::string written(Act&& act) {
    std::fflush(file_);
    const std::size_t before = size_;
    act();
    std::fflush(file_);
    return {text_ + before, size_ - before};
  }

  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_ = ::open_memstream(&text_, &size_);
};

TEST_F(LiveViewTest, WritesAPlainLineASecondElsewhereThanOnATerminal) {
  start({});
  accept(12'000, 12'000 * 4096, 100);
  EXPECT_EQ(
      update(1s),
      "    1.0s   10%     12,000 msg/s   46.9 MiB/s  p50 50.2 ms  p99 99.3 ms  sessions 2,000  errors 0\n");
}

TEST_F(LiveViewTest, SkipsUpdatesThatComeWithinTheSecond) {
  start({});
  EXPECT_THAT(update(250ms), IsEmpty());
  EXPECT_THAT(update(990ms), Not(IsEmpty()));  // timers are not exact
  EXPECT_THAT(update(1240ms), IsEmpty());
  EXPECT_THAT(update(1990ms), Not(IsEmpty()));
}

TEST_F(LiveViewTest, ShowsTheRateAndTheLatenciesOfTheLastSecondOnly) {
  start({});
  accept(1000, 1024, 100);
  EXPECT_THAT(update(1s), HasSubstr(" 1,000 msg/s    1.0 KiB/s  p50 50.2 ms  p99 99.3 ms"));
  accept(500, 2048, 10);
  EXPECT_THAT(update(2s), HasSubstr(" 500 msg/s    2.0 KiB/s  p50 5.02 ms  p99 10.0 ms"));
  EXPECT_THAT(update(3s), HasSubstr(" 0.0 msg/s        0 B/s  p50       -  p99       -"));
}

TEST_F(LiveViewTest, DividesByTheTimeThatPassed) {
  start({});
  accept(1000, 0, 1);
  EXPECT_THAT(update(4s), HasSubstr(" 250 msg/s"));
}

TEST_F(LiveViewTest, LooksBackASecondOnATerminalToo) {
  start({.redraw = true, .columns = 200});
  for (const Duration at : {0ms, 250ms, 500ms, 750ms}) {
    accept(100, 0, 1);
    static_cast<void>(redraw(at));
  }
  EXPECT_THAT(redraw(1000ms), HasSubstr("  300 msg/s"));  // 400, of which 100 came at 0 s
  EXPECT_THAT(redraw(1250ms), HasSubstr("  200 msg/s"));
  EXPECT_THAT(redraw(1500ms), HasSubstr("  100 msg/s"));
  EXPECT_THAT(redraw(1750ms), HasSubstr("  0.0 msg/s"));
}

TEST_F(LiveViewTest, RedrawsTheLineInPlaceAndTakesItOffAtTheEnd) {
  start({.redraw = true, .columns = 200});
  accept(12'000, 12'000 * 4096, 100);
  EXPECT_EQ(
      update(1s),
      "\r 10%  9 s left  12,000 msg/s  46.9 MiB/s  p50 50.2 ms  p99 99.3 ms  accepted 12,000  sessions 2,000"
      "  errors 0\x1b[K");
  EXPECT_EQ(finish(), "\r\x1b[K");
  EXPECT_EQ(finish(), "");
}

TEST_F(LiveViewTest, LeavesNothingBehindElsewhereThanOnATerminal) {
  start({});
  static_cast<void>(update(1s));
  EXPECT_EQ(finish(), "");
}

TEST_F(LiveViewTest, NeverReachesTheLastColumnHoweverNarrow) {
  accept(1'234'567, 1'234'567'890, 1000);
  totals_.connect_errors.fill(1'000'000);
  totals_.messages_rejected = totals_.messages_failed = 1'000'000;
  for (unsigned columns = 1; columns <= 200; ++columns) {
    start({.redraw = true, .columns = columns});
    EXPECT_LT(columns_of(redraw(1s)), columns) << columns;
  }
}

TEST_F(LiveViewTest, KeepsWhatMattersMostOnANarrowTerminal) {
  accept(12'000, 12'000 * 4096, 100);
  const auto at_width = [this](unsigned columns) {
    start({.redraw = true, .columns = columns});
    return redraw(1s);
  };
  EXPECT_EQ(at_width(80), " 10%  9 s left  12,000 msg/s  p50 50.2 ms  p99 99.3 ms  sessions 2,000");
  EXPECT_EQ(at_width(40), " 10%  12,000 msg/s  p99 99.3 ms");
  EXPECT_EQ(at_width(14), "12,000 msg/s");
  EXPECT_EQ(at_width(7), "12,000");
  totals_.send_errors = 3;
  EXPECT_EQ(at_width(40), " 10%  12,000 msg/s  errors 3");
}

TEST_F(LiveViewTest, CountsConnectionsUntilEverySessionHadOne) {
  totals_ = {};
  totals_.connections = totals_.sessions_open = 512;
  start({});
  EXPECT_EQ(update(1s), "    1.0s   10%  connecting 512/2,000  errors 0\n");
  accept(100, 0, 1);
  totals_.connections = 2001;
  totals_.reconnects = 2;
  EXPECT_THAT(update(2s), HasSubstr("msg/s"));
  EXPECT_THAT(update(3s), HasSubstr("  connecting 1,999/2,000  errors 0"));
  totals_.connections = 2002;
  totals_.sessions_open = 1990;
  EXPECT_THAT(update(4s), HasSubstr("  sessions 1,990  errors 0"));
}

TEST_F(LiveViewTest, DoesNotWaitForSessionsThatGaveUp) {
  totals_.connections = totals_.sessions_open = 1500;
  totals_.sessions_given_up = 500;
  start({});
  EXPECT_THAT(update(1s), HasSubstr("  sessions 1,500"));
}

TEST_F(LiveViewTest, CountsMessagesWhereTheyArePlanned) {
  plan_.duration.reset();
  plan_.messages = 1000;
  accept(250, 0, 1);
  totals_.messages_rejected = 30;
  totals_.messages_failed = 10;
  start({.redraw = true, .columns = 200});
  EXPECT_THAT(redraw(1s), HasSubstr(" 29%  710 left  "));
  accept(710, 0, 1);
  EXPECT_THAT(redraw(2s), HasSubstr("100%  finishing  "));
}

TEST_F(LiveViewTest, TellsWhatIsOnItsWayWhenTheTimeIsOver) {
  totals_.in_flight = 1234;
  start({.redraw = true, .columns = 200});
  EXPECT_THAT(redraw(9'999ms), HasSubstr(" 99%  1 s left  "));
  EXPECT_THAT(redraw(11s), HasSubstr("100%  finishing 1,234  "));
}

// An open loop: what was due is shown beside what was done.
class OpenLoopLiveViewTest : public LiveViewTest {
 protected:
  OpenLoopLiveViewTest() { plan_.open_loop = true; }

  void due(std::uint64_t starts, int slowest_lag_ms) {
    totals_.starts_due += starts;
    totals_.lag.merge(milliseconds_up_to(slowest_lag_ms));
  }
};

TEST_F(OpenLoopLiveViewTest, TellsWhatWasDueAndHowLateItStarted) {
  start({});
  accept(489, 489 * 4096, 5);  // from the send, which is not what an open loop is about
  totals_.response.merge(milliseconds_up_to(100));
  due(500, 10);
  EXPECT_EQ(update(1s),
            "    1.0s   10%  489 of 500 msg/s    1.9 MiB/s  p50 50.2 ms  p99 99.3 ms  lag p99 10.0 ms"
            "  sessions 2,000  errors 0\n");
  accept(510, 510 * 4096, 1000);
  totals_.response.merge(milliseconds_up_to(10));
  due(500, 1);
  EXPECT_THAT(update(2s),
              HasSubstr("  510 of 500 msg/s    2.0 MiB/s  p50 5.02 ms  p99 10.0 ms  lag p99 1.00 ms"));
  EXPECT_THAT(update(3s),
              HasSubstr("  0.0 of 0.0 msg/s        0 B/s  p50       -  p99       -  lag p99       -"));
}

TEST_F(OpenLoopLiveViewTest, TellsWhatWaitsAndWhatWasMissed) {
  accept(1, 0, 1);
  start({});
  EXPECT_THAT(update(1s), Not(HasSubstr("missed")));
  totals_.starts_waiting = 12;
  totals_.starts_missed = 3456;
  EXPECT_THAT(update(2s), HasSubstr("  errors 0  waiting 12  missed 3,456\n"));
  start({.redraw = true, .color = true, .columns = 200});
  const std::string line = redraw(3s);
  EXPECT_THAT(line, HasSubstr("\x1b[31mmissed 3,456\x1b[0m"));
  EXPECT_THAT(line, HasSubstr("\x1b[33mwaiting 12\x1b[0m"));
}

TEST_F(OpenLoopLiveViewTest, KeepsWhatMattersMostOnANarrowTerminal) {
  accept(489, 489 * 4096, 5);
  totals_.response.merge(milliseconds_up_to(100));
  due(500, 10);
  const auto at_width = [this](unsigned columns) {
    start({.redraw = true, .columns = columns});
    return redraw(1s);
  };
  EXPECT_EQ(at_width(80), " 10%  9 s left  489 of 500 msg/s  p50 50.2 ms  p99 99.3 ms  sessions 2,000");
  EXPECT_EQ(at_width(92),
            " 10%  9 s left  489 of 500 msg/s  p50 50.2 ms  p99 99.3 ms  lag 10.0 ms  sessions 2,000");
  totals_.starts_missed = 7;
  EXPECT_EQ(at_width(44), " 10%  489 of 500 msg/s  missed 7");
  EXPECT_EQ(at_width(20), "489 of 500 msg/s");
}

TEST_F(LiveViewTest, ShowsWhatWentWrong) {
  totals_.messages_rejected = 5;
  totals_.messages_failed = 6;
  totals_.sessions_refused = 7;
  start({});
  EXPECT_THAT(update(1s), HasSubstr("  errors 7  rejected 5  failed 6\n"));
  start({.redraw = true, .columns = 200});
  EXPECT_THAT(redraw(1s), HasSubstr("  errors 7  rejected 5  failed 6"));
}

TEST_F(LiveViewTest, ColorsOnlyWhenAskedAndOnlyOnATerminal) {
  totals_.sessions_refused = 7;
  start({.redraw = true, .color = true, .columns = 200});
  EXPECT_THAT(redraw(1s), HasSubstr("\x1b[31merrors 7\x1b[0m"));
  start({.redraw = true, .color = false, .columns = 200});
  EXPECT_THAT(redraw(1s), Not(HasSubstr("\x1b")));
  start({.redraw = false, .color = true});
  EXPECT_THAT(update(1s), Not(HasSubstr("\x1b")));
}

TEST_F(LiveViewTest, AssumesEightyColumnsWhereTheTerminalDoesNotTell) {
  accept(12'000, 12'000 * 4096, 100);
  start({.redraw = true});  // a file has no size
  const std::string unknown = redraw(1s);
  start({.redraw = true, .columns = 80});
  EXPECT_EQ(unknown, redraw(1s));
}

TEST(LiveViewOnATerminal, AsksItHowWideItIs) {
  int screen = -1;
  int line = -1;
  const winsize size{.ws_row = 24, .ws_col = 20, .ws_xpixel = 0, .ws_ypixel = 0};
  ASSERT_EQ(::openpty(&screen, &line, nullptr, nullptr, &size), 0);
  std::FILE* const terminal = ::fdopen(line, "w");
  ASSERT_EQ(::setenv("TERM", "xterm", 1), 0);
  EXPECT_TRUE(can_redraw(terminal));
  ASSERT_EQ(::setenv("TERM", "dumb", 1), 0);
  EXPECT_FALSE(can_redraw(terminal));

  LiveView(terminal, {.sessions = 2000, .duration = 10s}, {.redraw = true}).update({}, 1s);
  std::array<char, 1000> seen{};
  const ssize_t octets = ::read(screen, seen.data(), seen.size());
  EXPECT_EQ(std::string(seen.data(), static_cast<std::size_t>(std::max<ssize_t>(octets, 0))),
            "\rconnecting 0/2,000\x1b[K");
  std::fclose(terminal);
  ::close(screen);
}

TEST(CanRedraw, IsFalseForAFile) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  EXPECT_FALSE(can_redraw(file.get()));
}

}  // namespace
}  // namespace mailvoid::loadgen
