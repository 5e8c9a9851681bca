// SPDX-License-Identifier: Apache-2.0
#include "loadgen/merge_results.h"

#include <gmock/gmock.h>

#include "loadgen/latency_json.h"
#include "loadgen/result_json.h"
#include "tests/unit/loadgen/sample_run.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;
using Parts = std::vector<NamedResult>;
using testing::HasSubstr;

RunResult open_run(std::uint32_t part) {
  RunResult run = sample_run();
  run.options.rate = 200;
  run.options.shard_of = {part, 2};
  run.run_id = "00c0ffee00c0ffe" + std::to_string(part);
  run.totals.starts_due = 1000;
  measure_all(run);
  return run;
}

ThresholdOutcome outcome(const char* expression, bool aborted = false) {
  ThresholdOutcome told{parse_threshold(expression).value()};
  told.aborted = aborted;
  return told;
}

std::expected<Json, std::string> merged(const std::vector<RunResult>& runs,
                                        const std::vector<Threshold>& more = {}) {
  std::vector<NamedResult> parts;
  for (const RunResult& run : runs) {
    parts.push_back({"part" + std::to_string(parts.size()), Json::parse(result_json(run))});
  }
  return merge_results(parts, more);
}

TEST(MergeResults, ThresholdsAreHeldAgainstTheWhole) {
  RunResult fast = open_run(0);
  RunResult slow = open_run(1);
  fast.latencies.transaction = milliseconds_up_to(10);
  fast.thresholds = {outcome("message.p99<500ms")};
  slow.thresholds = {outcome("message.p99<500ms"), outcome("errors<1%")};
  const Json thresholds =
      merged({fast, slow}, {parse_threshold("accepted>=1980").value()}).value()["thresholds"];
  ASSERT_EQ(thresholds.size(), 3u);
  stats::HistogramSnapshot both = fast.latencies.transaction;
  both.merge(slow.latencies.transaction);
  EXPECT_EQ(thresholds[0]["expression"], "message.p99<500ms");
  EXPECT_DOUBLE_EQ(thresholds[0]["value"],
                   std::chrono::duration<double>(both.value_at_percentile(99)).count());
  EXPECT_EQ(thresholds[0]["passed"], false);
  EXPECT_DOUBLE_EQ(thresholds[1]["value"], 100.0 * 24 / 2004)
      << "7 rejected, 3 failed and 2 unconnected each";
  EXPECT_EQ(thresholds[2]["value"], 1980);
  EXPECT_EQ(thresholds[2]["passed"], true);
}

// Hosts do not start at the same moment; the rate that was planned is still kept.
TEST(MergeResults, TheRateIsOfThePlanWheneverItsPartsBegan) {
  RunResult late = open_run(1);
  late.started_at += 2s;
  const Json whole = merged({open_run(0), late}, {parse_threshold("rate>98%").value()}).value();
  EXPECT_DOUBLE_EQ(whole["rate_per_second"], 1980.0 / 12);
  EXPECT_DOUBLE_EQ(whole["thresholds"][0]["value"], 99.0);
}

// What was still awaited then lowers the rate.
TEST(MergeResults, ThePlanEndsBeforeTheWaitForItsLastMessages) {
  std::vector<RunResult> runs{open_run(0), open_run(1)};
  for (RunResult& run : runs) {
    run.elapsed = 12s;
    measure_all(run);
  }
  const Json whole = merged(runs, {parse_threshold("rate>98%").value()}).value();
  EXPECT_DOUBLE_EQ(whole["thresholds"][0]["value"], 100 * (1980.0 / 12) / (2000.0 / 10));
}

TEST(MergeResults, WhatEndedAPartHasFailed) {
  RunResult ended = open_run(1);
  ended.thresholds = {outcome("message.p99<1h abort", true)};
  const Json thresholds = merged({open_run(0), ended}).value()["thresholds"];
  ASSERT_EQ(thresholds.size(), 1u);
  EXPECT_EQ(thresholds[0]["aborted"], true);
  EXPECT_EQ(thresholds[0]["passed"], false);
}

RunResult mixed_run(std::uint32_t part, int messages) {
  RunResult run = open_run(part);
  run.options.mix.resize(2);
  for (const char* name : {"plain", "other"}) {
    ProfileTotals profile{name, 3, {}};
    profile.totals.messages_accepted = static_cast<std::uint64_t>(messages);
    profile.totals.tls_full = 2;
    profile.totals.connect_errors[0] = 1;
    profile.totals.response = milliseconds_up_to(messages);
    run.profiles.push_back(profile);
  }
  return run;
}

TEST(MergeResults, EachPartOfAMixIsMergedForItself) {
  const Json mix = merged({mixed_run(0, 100), mixed_run(1, 300)}).value()["mix"];
  ASSERT_EQ(mix.size(), 2u);
  stats::HistogramSnapshot both = milliseconds_up_to(100);
  both.merge(milliseconds_up_to(300));
  for (const Json& part : mix) {
    EXPECT_EQ(part["weight"], 3);
    EXPECT_EQ(part["accepted"], 400);
    EXPECT_EQ(part["tls"]["full"], 4);
    EXPECT_EQ(part["errors"]["connect"]["refused"], 2);
    EXPECT_EQ(part["histogram"], histogram_json(stats::SparseHistogram(both)));
    EXPECT_EQ(part["latency_seconds"], latency_json(both));
  }
}

TEST(MergeResults, AnotherMixIsRefused) {
  RunResult other = mixed_run(1, 100);
  other.profiles[1].weight = 4;
  EXPECT_THAT(merged({mixed_run(0, 100), other}).error(), HasSubstr("part1: has another mix than part0"));
  EXPECT_THAT(merged({open_run(0), mixed_run(1, 1)}).error(), HasSubstr("another mix"));
}

TEST(MergeResults, WhatCameOfRetriesAndBadClientsIsAddedUp) {
  std::vector<RunResult> runs{open_run(0), open_run(1)};
  for (RunResult& run : runs) {
    run.options.retries = 3;
    run.options.bad_percent = 10;
    run.options.bad_kinds[0] = 1;
    run.totals.retries.recovered = 4;
    run.totals.retries.gave_up[0] = 2;
    run.totals.bad.kinds[0].connections = 5;
  }
  const Json whole = merged(runs).value();
  EXPECT_EQ(whole["retries"]["recovered"], 8);
  EXPECT_EQ(whole["retries"]["gave_up"][std::string(kGaveUpNames[0])], 4);
  EXPECT_EQ(whole["bad_clients"]["kinds"][std::string(kBadKindNames[0])]["connections"], 10);
}

TEST(MergeResults, ATargetOfSeveralPartsKeepsItsWeight) {
  std::vector<RunResult> runs{open_run(0), open_run(1)};
  for (RunResult& run : runs) run.targets[0].weight = 3;
  const Json whole = merged(runs).value();
  ASSERT_EQ(whole["targets"].size(), 1u);
  EXPECT_EQ(whole["targets"][0]["weight"], 3);
  EXPECT_EQ(whole["targets"][0]["accepted"], 1980);
  EXPECT_EQ(whole["target"], "127.0.0.1:2525");
}

TEST(MergeResults, TheProcessesAreTakenForOne) {
  RunResult busy = open_run(0);
  RunResult idle = open_run(1);
  busy.interrupted = true;
  idle.measured.busiest_shard = 0.25;
  const Json whole = merged({busy, idle}).value();
  EXPECT_EQ(whole["measured"]["busiest_shard_percent"], 50);
  EXPECT_EQ(whole["interrupted"], true);
  EXPECT_EQ(whole["options"]["sessions"], 40);
  EXPECT_EQ(whole["options"]["shards"], 4);
}

SeriesPoint point(Duration at, Duration length, double target_rate, std::uint64_t in_flight) {
  SeriesPoint made;
  made.at = at;
  made.length = length;
  made.target_rate = target_rate;
  made.counts.accepted = 10;
  made.counts.in_flight = in_flight;
  return made;
}

TEST(MergeResults, PointsOfAShortIntervalBecomeOneOfALongOne) {
  RunResult fine = open_run(0);
  RunResult coarse = open_run(1);
  fine.series = {1s, true, {point(1s, 1s, 100, 3), point(2s, 1s, 300, 5)}};
  coarse.series = {2s, true, {point(2s, 2s, 50, 7)}};
  const Json points = merged({fine, coarse}).value()["series"]["points"];
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0]["accepted"], 30);
  EXPECT_EQ(points[0]["in_flight"], 12) << "at the end, not added up over time";
  EXPECT_EQ(points[0]["target_rate"], 250);
}

TEST(MergeResults, APlanWithoutAllOfItsPartsIsNotValid) {
  const Json whole = merged({open_run(0)}).value();
  EXPECT_EQ(whole["valid"], false);
  EXPECT_THAT(whole["invalid_reasons"].back(), HasSubstr("only 1 of the 2 parts"));
}

TEST(MergeResults, PartsOfAnotherLoadOrGivenTwiceAreRefused) {
  EXPECT_THAT(merged({open_run(0), open_run(0)}).error(),
              HasSubstr("part1: is a run that was given already"));
  RunResult again = open_run(0);
  again.run_id = "ffffffffffffffff";
  EXPECT_THAT(merged({open_run(0), again}).error(), HasSubstr("part1: is part 0/2 of the plan"));
  RunResult other = open_run(1);
  other.options.size = "5KiB";
  EXPECT_THAT(merged({open_run(0), other}).error(), HasSubstr("size_bytes is 5120, not 4096"));
}

TEST(MergeResults, RefusalsOfOneKindAreOneExample) {
  RunResult other = open_run(1);
  other.error_examples = {};
  other.error_examples.note(smtp::ClientStep::rcpt, 550, "5.1.1 Nor this one");
  other.error_examples.note(smtp::ClientStep::rcpt, 550, "5.7.1 Not you");
  const Json examples = merged({open_run(0), other}).value()["error_examples"];
  EXPECT_EQ(examples, Json::parse(R"([{"step": "rcpt", "code": 550, "text": "5.1.1 No such user", "count": 8},
                                      {"step": "rcpt", "code": 550, "text": "5.7.1 Not you", "count": 1}])"));
}

TEST(MergeResults, ThereAreNoMoreExamplesThanAProcessHas) {
  std::vector<RunResult> runs{open_run(0), open_run(1)};
  for (std::size_t part = 0; part < 2; ++part) {
    for (std::size_t i = 0; i < ErrorExamples::kKindsMax; ++i) {
      runs[part].error_examples.note(smtp::ClientStep::mail, 450, std::to_string(part * 100 + i));
    }
  }
  EXPECT_EQ(merged(runs).value()["error_examples"].size(), ErrorExamples::kKindsMax);
}

TEST(MergeResults, AResultWithoutWhatIsNeededIsRefused) {
  Json first = Json::parse(result_json(open_run(0)));
  Json second = Json::parse(result_json(open_run(1)));
  second.erase("error_examples");
  EXPECT_EQ(merge_results({{"a", first}, {"b", second}}).error(),
            "b: has no 'error_examples', which results of this version have");
}

TEST(MergeResults, ARunIsCountedOnceAlsoWithinAMergedOne) {
  const Json first = Json::parse(result_json(open_run(0)));
  const Json both = merged({open_run(0), open_run(1)}).value();
  EXPECT_EQ(merge_results({{"both", both}, {"first", first}}).error(),
            "first: is a run that was given already");
  EXPECT_EQ(merge_results({{"first", first}, {"both", both}}).error(),
            "both: is a run that was given already");
}

TEST(MergeResults, WhatIsNoCountIsRefusedRatherThanLeftOut) {
  const Json first = Json::parse(result_json(open_run(0)));
  const std::pair<Json, const char*> cases[] = {
      {"5", "\"5\""}, {-5, "-5"}, {1.5, "1.5"}, {Json::array(), "[]"}};
  for (const auto& [wrong, told] : cases) {
    Json second = Json::parse(result_json(open_run(1)));
    second["messages"]["accepted"] = wrong;
    for (const auto& parts : {Parts{{"a", first}, {"b", second}}, Parts{{"b", second}, {"a", first}}}) {
      EXPECT_EQ(merge_results(parts).error(),
                std::string("b: 'messages.accepted' is ") + told + ", which is no count");
    }
  }
  Json second = Json::parse(result_json(open_run(1)));
  second["measured"]["busiest_shard_percent"] = -1;
  EXPECT_EQ(merge_results({{"a", first}, {"b", second}}).error(),
            "b: 'measured.busiest_shard_percent' is -1, which is no time or share");
}

}  // namespace
}  // namespace mailvoid::loadgen
