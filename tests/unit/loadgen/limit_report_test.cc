// SPDX-License-Identifier: Apache-2.0
#include "loadgen/limit_report.h"

#include <gmock/gmock.h>

#include <limits>
#include <sstream>

#include "loadgen/limit_json.h"
#include "loadgen/terminal_text.h"
#include "tests/unit/documentation.h"
#include "tests/unit/loadgen/sample_limit.h"

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;
using State = pacing::LimitSearch::State;
using testing::HasSubstr;
using testing::Not;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

TEST(LimitReport, TellsTheLimitAndTheCurve) {
  EXPECT_EQ(limit_report_text(sample_limit(), false),
            R"(mailvoid-loadgen find-limit: 4 probes of 10.0 s against 127.0.0.1:2525 in 44.0 s
  mail          synthetic, 4.0 KiB
  to keep       message.p99<1s, rate>=99%

  limit         175 messages/s: 96.0 % sure that it is between 150/s and 200/s
                2 of 2 probes held up to 150/s; 0 of 2 probes held from 200/s
  beyond        at 200/s: message.p99<1s: 1.98 s

        rate outcome    achieved      p50      p99      max  p99, log scale
       100/s held            100  5.02 ms  10.0 ms  10.0 ms  █
       150/s held            150  50.2 ms  99.3 ms   100 ms  ████████
       200/s FAILED          200   1.00 s   1.98 s   2.01 s  ██████████████████
       200/s FAILED          200   1.51 s   2.98 s   3.01 s  ███████████████████
)");
}

TEST(LimitReport, FitsEightyColumns) {
  LimitResult result = sample_limit();
  result.interval = {834'567, 950'000, 999'999, 0.999, 0};
  for (Probe& probe : result.probes) probe.rate = probe.achieved = 999'999;
  for (const State state : {State::found, State::unsure, State::above_max, State::below_min}) {
    result.state = state;
    std::istringstream lines(limit_report_text(result, false) + probe_line(result, false));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns_of(line), 80U) << line;
  }
}

TEST(LimitReport, NamesWhatEndedTheSearch) {
  LimitResult result = sample_limit();
  result.state = State::above_max;
  result.options.search.max = 1000;
  EXPECT_THAT(limit_report_text(result, false),
              HasSubstr("above 1,000/s, the highest rate allowed (--max-rate)"));
  result.state = State::below_min;
  EXPECT_THAT(limit_report_text(result, false),
              HasSubstr("below 1.0/s, the lowest rate allowed (--min-rate)"));
  result.state = State::unsure;
  EXPECT_THAT(limit_report_text(result, false),
              HasSubstr("not found: after 4 probes it may be 150 to 200/s"));
  result.interrupted = true;
  EXPECT_THAT(limit_report_text(result, false), HasSubstr("interrupted; so far: 150 to 200/s"));
}

TEST(LimitReport, DoesNotTakeTheGeneratorsLimitForTheTargets) {
  LimitResult result = sample_limit();
  result.generator_is_the_limit = true;
  const std::string text = limit_report_text(result, false);
  EXPECT_THAT(text, HasSubstr("at least 150 messages/s: beyond, the generator is the limit"));
  EXPECT_THAT(text, Not(HasSubstr("175 messages/s")));
}

TEST(LimitReport, SaysThatTheLimitMoves) {
  LimitResult result = sample_limit();
  EXPECT_THAT(limit_report_text(result, false), Not(HasSubstr("moves")));
  result.interval.movement = 0.123;
  EXPECT_THAT(limit_report_text(result, false), HasSubstr("moves by 12 % from probe to probe"));
}

TEST(LimitReport, ShowsEachProbeAsItEnds) {
  LimitResult result = sample_limit();
  EXPECT_EQ(probe_line(result, false),
            "       200/s FAILED          200   1.51 s   2.98 s   3.01 s 150 to 200/s\n");
  result.interval = {0, 0, 200, 0.95, 0};
  EXPECT_THAT(probe_line(result, false), HasSubstr(" below 200/s\n"));
  result.interval = {100, 0, kInfinite, 0.95, 0};
  EXPECT_THAT(probe_line(result, false), HasSubstr(" above 100/s\n"));
  EXPECT_THAT(probe_line(result, true), HasSubstr("\x1b[31mFAILED"));
}

TEST(LimitJson, HoldsTheLimitAndEveryProbe) {
  const Json result = Json::parse(limit_json(sample_limit()));
  EXPECT_EQ(result["program"], "mailvoid-loadgen find-limit");
  EXPECT_EQ(result["limit"],
            Json::parse(R"({"state": "found", "rate_per_second": 175.0, "low_per_second": 150.0,
    "high_per_second": 200.0, "confidence": 0.96, "movement": 0.01, "highest_held_per_second": 150.0,
    "generator_is_the_limit": false})"));
  ASSERT_EQ(result["probes"].size(), 4U);
  EXPECT_EQ(result["probes"][1]["rate_per_second"], 200);
  EXPECT_EQ(result["probes"][1]["outcome"], "failed");
  EXPECT_EQ(result["probes"][1]["thresholds"][0]["passed"], false);
  EXPECT_EQ(result["probes"][2]["latency_seconds"]["count"], 100);
  EXPECT_EQ(result["options"]["thresholds"], Json::array({"message.p99<1s", "rate>=99%"}));
}

TEST(LimitJson, HasNoRateWithoutALimit) {
  LimitResult result = sample_limit();
  result.state = State::above_max;
  result.interval = {1000, 1000, kInfinite, 1, 0};
  const Json limit = Json::parse(limit_json(result))["limit"];
  EXPECT_TRUE(limit["rate_per_second"].is_null());
  EXPECT_TRUE(limit["high_per_second"].is_null());
  EXPECT_EQ(limit["low_per_second"], 1000);
}

TEST(LimitJson, IsDocumentedMemberByMember) {
  EXPECT_THAT(undocumented_members("mailvoid-loadgen find-limit", Json::parse(limit_json(sample_limit()))),
              testing::IsEmpty());
}

}  // namespace
}  // namespace mailvoid::loadgen
