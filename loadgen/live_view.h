// SPDX-License-Identifier: Apache-2.0
// What a person sees while a run is on: on a terminal one line that is redrawn, elsewhere (a log, a pipe) a
// plain line a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "loadgen/load_totals.h"

namespace mailvoid::loadgen {

// Whether a line on `to` can be redrawn: a terminal, and TERM is not "dumb".
[[nodiscard]] bool can_redraw(std::FILE* to);

// What the run is heading for; at most one of duration and messages is set.
struct LivePlan {
  std::uint64_t sessions = 0;
  std::optional<Duration> duration = std::nullopt;
  std::optional<std::uint64_t> messages = std::nullopt;
  bool open_loop = false;  // messages are due at their times: what was due is shown beside what was done
};

struct LiveStyle {
  bool redraw = false;   // as can_redraw() says
  bool color = false;    // only used when redrawing
  unsigned columns = 0;  // of the terminal; 0: ask it at each redraw, 80 if it does not know
  // Takes the plain lines, without their ends, where they are not to be written as they are.
  std::function<void(std::string_view)> print = {};
};

class LiveView {
 public:
  // `to` outlives this and is not closed.
  LiveView(std::FILE* to, LivePlan plan, LiveStyle style) : to_(to), plan_(plan), style_(style) {}

  // How often update() is worth calling.
  [[nodiscard]] Duration interval() const {
    return style_.redraw ? std::chrono::milliseconds(250) : std::chrono::seconds(1);
  }

  // Shows `totals`, taken `elapsed` after the start of the run. Rates and latencies are those of the last
  // second (or since the start); in an open loop latencies are from the intended start. On a terminal it
  // redraws at each call and never fills the last column; elsewhere it writes nothing if the last line is
  // less than a second old. REQUIRES: both only grow.
  void update(const LoadTotals& totals, Duration elapsed);

  // Takes the line off the terminal, so that other text can follow. A later update() draws it again.
  void finish();

 private:
  struct Sample {
    Duration at{};
    LoadTotals totals;
  };
  struct Moment;

  [[nodiscard]] Moment moment(const LoadTotals& totals, Duration elapsed) const;
  void remember(const LoadTotals& totals, Duration elapsed);
  [[nodiscard]] static std::string rate_text(const Moment& moment);
  [[nodiscard]] std::string plain_line(const Moment& moment) const;
  [[nodiscard]] std::string terminal_line(const Moment& moment) const;
  [[nodiscard]] unsigned columns() const;

  std::FILE* to_;
  LivePlan plan_;
  LiveStyle style_;
  std::deque<Sample> past_;  // of the last second, the oldest first
  std::optional<Duration> last_line_;
  bool drawn_ = false;
};

}  // namespace mailvoid::loadgen
