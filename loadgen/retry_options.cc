// SPDX-License-Identifier: Apache-2.0
#include "loadgen/retry_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/value.h"
#include "loadgen/random.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kRetriesMax = 1'000;
constexpr std::size_t kQueueMax = 10'000'000;

}  // namespace

void describe_retries(config::CommandLine& line, RetryOptions& options) {
  options.retry_delay = 1s;
  options.retry_delay_max = 1min;
  options.retry_queue = 100'000;
  line.group("Retries");
  line.value(
      "retry", options.retries, config::count<std::uint32_t>(0, kRetriesMax),
      "attempts after the first, of a message that the target puts off: a 4xx reply to MAIL, RCPT, DATA "
      "or the message, or 421. Only recipients that were put off are sent to again; latencies count "
      "from the first start, the waits included");
  line.value("retry-delay", options.retry_delay, config::duration(1ms, 24h * 365),
             "before the first such attempt, more or less a quarter; doubled before each further one");
  line.value("retry-delay-max", options.retry_delay_max, config::duration(1ms, 24h * 365),
             "the longest that this becomes");
  line.value("retry-queue", options.retry_queue, config::count<std::size_t>(1, kQueueMax),
             "messages that may wait for another attempt, some 100 octets each; beyond it they are rejected");
}

std::optional<config::ExitRequest> check_retries(const config::CommandLine& line,
                                                 const RetryOptions& options) {
  if (options.retries == 0) {
    for (const char* name : {"retry-delay", "retry-delay-max", "retry-queue"}) {
      if (line.given(name)) return line.error(name, "needs --retry");
    }
  } else if (options.retry_delay > options.retry_delay_max) {
    const char* const name = line.given("retry-delay") ? "retry-delay" : "retry-delay-max";
    return line.error(
        name, fmt::format("{} is more than --retry-delay-max {}", config::exact_time(options.retry_delay),
                          config::exact_time(options.retry_delay_max)));
  }
  return std::nullopt;
}

Duration retry_delay(const RetryOptions& options, std::uint64_t seed, std::uint64_t message,
                     std::uint32_t made) {
  Duration delay = std::min(options.retry_delay, options.retry_delay_max);
  for (std::uint32_t i = 1; i < made && delay < options.retry_delay_max; ++i) {
    delay = std::min(2 * delay, options.retry_delay_max);
  }
  Random random(seed + made, Random::Purpose::retry, message);
  const auto quarter = static_cast<std::uint64_t>(delay.count() / 4);
  return delay - Duration(quarter) + Duration(random.below(2 * quarter + 1));
}

}  // namespace mailvoid::loadgen
