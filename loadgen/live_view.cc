// SPDX-License-Identifier: Apache-2.0
#include "loadgen/live_view.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/say.h"
#include "base/units.h"
#include "loadgen/terminal_text.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kColumnsDefault = 80;
constexpr std::string_view kEraseToEndOfLine = "\x1b[K";
// Timers are late, hardly ever early; a line a second must not become one every two.
constexpr Duration kLineInterval = 1s - 50ms;
constexpr Duration kWindow = 1s;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// A part of the line on a terminal. Where it is too narrow for all of them, those of the highest rank go
// first.
struct Part {
  std::string text;
  int rank;
  std::optional<Color> color = std::nullopt;
};

std::string join(const std::vector<Part>& parts, bool color) {
  std::string line;
  for (const Part& part : parts) {
    if (!line.empty()) line += "  ";
    line += part.color ? paint(part.text, *part.color, color) : part.text;
  }
  return line;
}

void drop_until_fitting(std::vector<Part>& parts, std::size_t columns) {
  while (parts.size() > 1 && columns_of(join(parts, false)) > columns) {
    parts.erase(std::ranges::max_element(parts, {}, &Part::rank));
  }
  parts.front().text.resize(cut_to_columns(parts.front().text, columns).size());
}

std::string time_left(Duration left) {
  return left < 1min ? fmt::format("{:.0f} s left", std::ceil(seconds(left)))
                     : format_duration(left) + " left";
}

}  // namespace

bool can_redraw(std::FILE* to) {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(::fileno(to)) == 1 && (terminal == nullptr || std::string_view(terminal) != "dumb");
}

// What the line tells.
struct LiveView::Moment {
  Duration elapsed{};
  double messages_per_second = 0;
  std::optional<double> due_per_second;  // of an open loop
  double octets_per_second = 0;
  std::string p50 = "-";
  std::string p99 = "-";
  std::optional<std::string> lag;  // of an open loop, the 99th percentile
  std::uint64_t waiting = 0;
  std::uint64_t missed = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t failed = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t sessions_open = 0;
  std::uint64_t errors = 0;
  std::uint64_t connected = 0;  // sessions that ever were
  bool connecting = false;      // some never were yet
  bool sending = false;         // a message was started
  std::optional<int> percent;   // of what is planned
  std::string left;             // until then; may be empty
};

LiveView::Moment LiveView::moment(const LoadTotals& totals, Duration elapsed) const {
  Moment moment;
  moment.elapsed = elapsed;
  moment.accepted = totals.messages_accepted;
  moment.rejected = totals.messages_rejected;
  moment.failed = totals.messages_failed;
  moment.in_flight = totals.in_flight;
  moment.sessions_open = totals.sessions_open;
  moment.errors = totals.errors();
  moment.connected = totals.connections - std::min(totals.reconnects, totals.connections);
  moment.connecting = moment.connected + totals.sessions_given_up < plan_.sessions;
  moment.sending = totals.messages_started > 0;

  static const LoadTotals kNothing;
  const LoadTotals& before = past_.empty() ? kNothing : past_.front().totals;
  const double time = seconds(elapsed - (past_.empty() ? Duration{} : past_.front().at));
  if (time > 0) {
    moment.messages_per_second =
        static_cast<double>(totals.messages_accepted - before.messages_accepted) / time;
    moment.octets_per_second = static_cast<double>(totals.message_octets - before.message_octets) / time;
    if (plan_.open_loop) {
      moment.due_per_second = static_cast<double>(totals.starts_due - before.starts_due) / time;
    }
  }
  if (plan_.open_loop) {
    const stats::HistogramSnapshot lag = totals.lag.since(before.lag);
    moment.lag = lag.count() > 0 ? format_duration(lag.value_at_percentile(99)) : "-";
    moment.waiting = totals.starts_waiting;
    moment.missed = totals.starts_missed;
  }
  const auto histogram = plan_.open_loop ? &LoadTotals::response : &LoadTotals::transaction;
  const stats::HistogramSnapshot latency = (totals.*histogram).since(before.*histogram);
  if (latency.count() > 0) {
    moment.p50 = format_duration(latency.value_at_percentile(50));
    moment.p99 = format_duration(latency.value_at_percentile(99));
  }

  if (plan_.messages) {
    const std::uint64_t outcomes =
        totals.messages_accepted + totals.messages_rejected + totals.messages_failed;
    const std::uint64_t done = std::min(outcomes, *plan_.messages);
    const std::uint64_t left = *plan_.messages - done;
    moment.percent = static_cast<int>(static_cast<double>(done) * 100 / static_cast<double>(*plan_.messages));
    moment.left = left > 0 ? format_count(left) + " left" : "finishing";
  } else if (plan_.duration) {
    const Duration left = std::max(Duration{}, *plan_.duration - elapsed);
    moment.percent =
        static_cast<int>(100 * seconds(std::min(elapsed, *plan_.duration)) / seconds(*plan_.duration));
    moment.left =
        left > Duration{} ? time_left(left) : fmt::format("finishing {}", format_count(moment.in_flight));
  }
  return moment;
}

void LiveView::update(const LoadTotals& totals, Duration elapsed) {
  if (style_.redraw) {
    say(to_, "\r{}{}", terminal_line(moment(totals, elapsed)), kEraseToEndOfLine);
    drawn_ = true;
  } else {
    if (elapsed - last_line_.value_or(Duration{}) < kLineInterval) return;
    const std::string line = plain_line(moment(totals, elapsed));
    style_.print ? style_.print(line) : say(to_, "{}\n", line);
    last_line_ = elapsed;
  }
  std::fflush(to_);
  remember(totals, elapsed);
}

void LiveView::finish() {
  if (!drawn_) return;
  say(to_, "\r{}", kEraseToEndOfLine);
  std::fflush(to_);
  drawn_ = false;
}

// Keeps what the next update will look back to: the youngest sample that will be a second old then, or
// nearly.
void LiveView::remember(const LoadTotals& totals, Duration elapsed) {
  past_.push_back({elapsed, totals});
  while (past_.size() > 1 && elapsed + interval() - past_[1].at >= kWindow) past_.pop_front();
}

// In an open loop "489 of 500": what was accepted, and what was due.
std::string LiveView::rate_text(const Moment& moment) {
  const std::string accepted = format_rate(moment.messages_per_second);
  return moment.due_per_second ? accepted + " of " + format_rate(*moment.due_per_second) : accepted;
}

std::string LiveView::plain_line(const Moment& moment) const {
  std::string line = fmt::format("{:>7.1f}s", seconds(moment.elapsed));
  if (moment.percent) line += fmt::format("{:>5}%", *moment.percent);
  if (moment.sending) {
    line += fmt::format("  {:>9} msg/s", rate_text(moment));
    line += fmt::format("  {:>9}/s", format_size(moment.octets_per_second));
    line += fmt::format("  p50 {:>7}  p99 {:>7}", moment.p50, moment.p99);
    if (moment.lag) line += fmt::format("  lag p99 {:>7}", *moment.lag);
  }
  line += moment.connecting ? fmt::format("  connecting {}/{}", format_count(moment.connected),
                                          format_count(plan_.sessions))
                            : fmt::format("  sessions {}", format_count(moment.sessions_open));
  line += fmt::format("  errors {}", format_count(moment.errors));
  if (moment.rejected > 0) line += fmt::format("  rejected {}", format_count(moment.rejected));
  if (moment.failed > 0) line += fmt::format("  failed {}", format_count(moment.failed));
  if (moment.waiting > 0) line += fmt::format("  waiting {}", format_count(moment.waiting));
  if (moment.missed > 0) line += fmt::format("  missed {}", format_count(moment.missed));
  return line;
}

std::string LiveView::terminal_line(const Moment& moment) const {
  std::vector<Part> parts;
  if (moment.percent) parts.push_back({fmt::format("{:>3}%", *moment.percent), 1});
  if (!moment.left.empty()) parts.push_back({moment.left, 4});
  if (moment.sending) {
    parts.push_back({rate_text(moment) + " msg/s", 0});
    parts.push_back({format_size(moment.octets_per_second) + "/s", 8});
    parts.push_back({"p50 " + moment.p50, 6});
    parts.push_back({"p99 " + moment.p99, 3});
    if (moment.lag) parts.push_back({"lag " + *moment.lag, 7});
    parts.push_back({"accepted " + format_count(moment.accepted), 9});
  }
  if (moment.connecting) {
    parts.push_back(
        {fmt::format("connecting {}/{}", format_count(moment.connected), format_count(plan_.sessions)),
         moment.sending ? 5 : 0, Color::yellow});
  } else {
    parts.push_back({"sessions " + format_count(moment.sessions_open), 5});
  }
  if (moment.errors > 0) {
    parts.push_back({"errors " + format_count(moment.errors), 2, Color::red});
  } else {
    parts.push_back({"errors 0", 10});
  }
  if (moment.rejected > 0) parts.push_back({"rejected " + format_count(moment.rejected), 2, Color::yellow});
  if (moment.failed > 0) parts.push_back({"failed " + format_count(moment.failed), 2, Color::red});
  if (moment.missed > 0) parts.push_back({"missed " + format_count(moment.missed), 2, Color::red});
  if (moment.waiting > 0) parts.push_back({"waiting " + format_count(moment.waiting), 4, Color::yellow});
  drop_until_fitting(parts, columns() - 1);
  return join(parts, style_.color);
}

unsigned LiveView::columns() const {
  if (style_.columns > 0) return style_.columns;
  winsize size{};
  const bool known = ::ioctl(::fileno(to_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kColumnsDefault;
}

}  // namespace mailvoid::loadgen
