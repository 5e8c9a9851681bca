// SPDX-License-Identifier: Apache-2.0
#include "loadgen/result_json.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/version.h"
#include "loadgen/latency_json.h"
#include "loadgen/phases.h"
#include "tests/unit/documentation.h"
#include "tests/unit/loadgen/sample_run.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

Json parsed(const RunResult& run) { return Json::parse(result_json(run)); }

// What design.md and the README promise: these must never move.
TEST(ResultJson, HasThePromisedMembers) {
  const Json result = parsed(sample_run());
  EXPECT_EQ(result["messages"]["accepted"], 990);
  EXPECT_EQ(result["messages"]["rejected"], 7);
  EXPECT_EQ(result["messages"]["failed"], 3);
  EXPECT_EQ(result["duration_seconds"], 10.0);
  EXPECT_EQ(result["rate_per_second"], 99.0);
  const Json& message = result["latency_seconds"]["message"];
  EXPECT_EQ(message["count"], 1000);
  EXPECT_DOUBLE_EQ(message["mean"], 0.5005);
  // The layout's precision: the highest value of the place, at most 0.79 % above.
  EXPECT_DOUBLE_EQ(message["p50"], 0.501759);
  EXPECT_DOUBLE_EQ(message["p90"], 0.901119);
  EXPECT_DOUBLE_EQ(message["p99"], 0.991231);
  EXPECT_DOUBLE_EQ(message["p99_9"], 0.999423);
  EXPECT_DOUBLE_EQ(message["max"], 1.003519);
}

TEST(ResultJson, SaysWhatRanAgainstWhat) {
  const Json result = parsed(sample_run());
  EXPECT_EQ(result["program"], "mailvoid-loadgen");
  EXPECT_EQ(result["version"], build_info().version);
  EXPECT_EQ(result["target"], "127.0.0.1:2525");
  EXPECT_EQ(result["mode"], "closed");
  EXPECT_EQ(result["mail"], "synthetic, 4.0 KiB");
  EXPECT_EQ(result["interrupted"], false);
}

TEST(ResultJson, TellsOfBadClientsByKindWhereThereWereToBeSome) {
  RunResult run = sample_run();
  EXPECT_TRUE(parsed(run)["bad_clients"].is_null());
  run.options.bad_percent = 10;
  run.options.bad_kinds[static_cast<std::size_t>(BadKind::reset)] = 1;
  BadTotals::Kind& kind = run.totals.bad.of(BadKind::reset);
  kind.connections = 9;
  kind.octets_sent = 300;
  kind.octets_received = 400;
  kind.ends[static_cast<std::size_t>(BadEnd::done)] = 7;
  kind.replies[3] = 5;
  const Json bad = parsed(run)["bad_clients"];
  EXPECT_EQ(bad["sessions"], 2);
  EXPECT_EQ(bad["kinds"].size(), 1u);
  const Json& reset = bad["kinds"]["reset"];
  EXPECT_EQ(reset["connections"], 9);
  EXPECT_EQ(reset["sent_bytes"], 300);
  EXPECT_EQ(reset["received_bytes"], 400);
  EXPECT_EQ(reset["ends"]["done"], 7);
  EXPECT_EQ(reset["ends"]["broken"], 0);
  EXPECT_EQ(reset["replies"]["5xx"], 5);
}

TEST(ResultJson, CountsOctetsOfAcceptedMessages) {
  const Json result = parsed(sample_run());
  EXPECT_EQ(result["messages"]["bytes"], 990 * 4096);
  EXPECT_EQ(result["bytes_per_second"], 99.0 * 4096);
}

TEST(ResultJson, HasEveryPhaseWhetherItWasOrNot) {
  const Json result = parsed(RunResult{});
  EXPECT_EQ(result["latency_seconds"].size(), kPhases.size());
  for (const char* const phase :
       {"message", "connect", "greeting", "ehlo", "helo", "mail", "rcpt", "data", "body", "quit"}) {
    EXPECT_EQ(result["latency_seconds"][phase]["count"], 0) << phase;
    EXPECT_EQ(result["latency_seconds"][phase]["p99_9"], 0.0) << phase;
  }
}

TEST(ResultJson, PutsEachPhaseUnderItsOwnName) {
  RunResult run;
  run.latencies.connect = milliseconds_up_to(1);
  run.latencies.transaction = milliseconds_up_to(2);
  const std::pair<smtp::ClientStep, const char*> steps[] = {
      {smtp::ClientStep::greeting, "greeting"}, {smtp::ClientStep::ehlo, "ehlo"},
      {smtp::ClientStep::helo, "helo"},         {smtp::ClientStep::starttls, "starttls"},
      {smtp::ClientStep::tls, "tls"},           {smtp::ClientStep::xclient, "xclient"},
      {smtp::ClientStep::auth, "auth"},         {smtp::ClientStep::mail, "mail"},
      {smtp::ClientStep::rcpt, "rcpt"},         {smtp::ClientStep::data, "data"},
      {smtp::ClientStep::bdat, "bdat"},         {smtp::ClientStep::message, "body"},
      {smtp::ClientStep::rset, "rset"},         {smtp::ClientStep::quit, "quit"}};
  for (const auto& [step, name] : steps) {
    run.latencies.steps[static_cast<std::size_t>(step)] = milliseconds_up_to(static_cast<int>(step) + 2);
  }
  const Json latencies = parsed(run)["latency_seconds"];
  EXPECT_EQ(latencies["connect"]["count"], 1);
  EXPECT_EQ(latencies["message"]["count"], 2);
  for (const auto& [step, name] : steps) {
    EXPECT_EQ(latencies[name]["count"], static_cast<int>(step) + 2) << name;
  }
}

TEST(ResultJson, ShowsTheCodesSeenInAllAndByStep) {
  const Json result = parsed(sample_run());
  EXPECT_EQ(result["replies"], Json::parse(R"({"220": 23, "221": 20, "250": 3013, "354": 990, "550": 7})"));
  EXPECT_EQ(result["replies_by_step"]["rcpt"], Json::parse(R"({"250": 993, "550": 7})"));
  EXPECT_EQ(result["replies_by_step"]["helo"], Json::object());
  EXPECT_EQ(result["replies_by_step"].size(), smtp::kClientSteps);
}

TEST(ResultJson, KeepsRepliesAtTheEdgesOfTheRange) {
  RunResult run;
  reply(run.totals, smtp::ClientStep::quit, 200) = 1;
  reply(run.totals, smtp::ClientStep::quit, 599) = 2;
  EXPECT_EQ(parsed(run)["replies"], Json::parse(R"({"200": 1, "599": 2})"));
}

TEST(ResultJson, ShowsErrorsByKindWithTheirTotal) {
  const Json errors = parsed(sample_run())["errors"];
  EXPECT_EQ(errors["total"], 5);
  EXPECT_EQ(errors["connect"]["no_port"], 2);
  EXPECT_EQ(errors["connect"]["refused"], 0);
  EXPECT_EQ(errors["connection_lost"]["data"], 3);
  EXPECT_EQ(errors["timeout"]["message"], 0);
  EXPECT_EQ(errors["protocol"]["malformed_reply"], 0);
  EXPECT_EQ(errors["send"]["failed"], 0);
  EXPECT_EQ(errors["session"]["refused"], 0);
}

TEST(ResultJson, QuotesRefusals) {
  RunResult run = sample_run();
  run.error_examples.note(smtp::ClientStep::none, 0, "HTTP/1.1 400 Bad\xff");
  EXPECT_EQ(parsed(run)["error_examples"],
            Json::parse(R"([{"step": "rcpt", "code": 550, "text": "5.1.1 No such user", "count": 7},
                            {"step": "none", "code": 0, "text": "HTTP/1.1 400 Bad\ufffd", "count": 1}])"));
}

TEST(ResultJson, ShowsTheOptionsInForce) {
  RunResult run = sample_run();
  Json options = parsed(run)["options"];
  EXPECT_EQ(options["target"], "localhost:2525");
  EXPECT_EQ(options["duration_seconds"], 10.0);
  EXPECT_TRUE(options["messages"].is_null());
  EXPECT_EQ(options["size_bytes"], 4096);
  EXPECT_TRUE(options["mail"].is_null());
  EXPECT_EQ(options["grace_seconds"], 1.5);
  EXPECT_EQ(options["sources"], Json::array());

  run.options.duration.reset();
  run.options.messages = 5;
  run.options.mail = "corpus/";
  run.options.sources = {*SocketAddress::numeric("127.0.0.2", 0)};
  options = parsed(run)["options"];
  EXPECT_TRUE(options["duration_seconds"].is_null());
  EXPECT_EQ(options["messages"], 5);
  EXPECT_TRUE(options["size_bytes"].is_null());
  EXPECT_EQ(options["mail"], "corpus/");
  EXPECT_EQ(options["sources"], Json::array({"127.0.0.2"}));
}

TEST(ResultJson, TellsHowEachThresholdCameOut) {
  RunResult run = sample_run();
  for (const char* text : {"message.p99<1s", "tls.max<1s", "errors<1%"}) {
    run.thresholds.push_back(judge(parse_threshold(text).value(), run.judged()));
  }
  run.thresholds[2].aborted = true;
  const Json thresholds = parsed(run)["thresholds"];
  ASSERT_EQ(thresholds.size(), 3U);
  EXPECT_EQ(thresholds[0],
            Json::parse(R"({"expression": "message.p99<1s", "unit": "seconds", "value": 0.991231,
                                           "limit": 1.0, "passed": true, "aborted": false})"));
  EXPECT_TRUE(thresholds[1]["value"].is_null());
  EXPECT_EQ(thresholds[1]["passed"], false);
  EXPECT_EQ(thresholds[2]["unit"], "percent");
  EXPECT_EQ(thresholds[2]["aborted"], true);
}

TEST(ResultJson, ShowsWhatTheGeneratorCost) {
  RunResult run = sample_run();
  run.totals.ring.enters = 11;
  const Json generator = parsed(run)["generator"];
  EXPECT_EQ(generator["cpu_seconds"], 10.0);
  EXPECT_EQ(generator["cpu_system_seconds"], 6.0);
  EXPECT_EQ(generator["cores"], 2);
  EXPECT_EQ(generator["cpu_percent_of_cores"], 50.0);
  EXPECT_EQ(generator["ring"]["enters"], 11);
}

TEST(ResultJson, OfARunWithoutDurationHasRatesOfZero) {
  const Json result = parsed(RunResult{});
  EXPECT_EQ(result["rate_per_second"], 0.0);
  EXPECT_EQ(result["bytes_per_second"], 0.0);
  EXPECT_EQ(result["generator"]["cpu_percent_of_cores"], 0.0);
}

TEST(ResultJson, IsValidWhateverAPathHolds) {
  RunResult run = sample_run();
  run.options.mail = "corpus/\xff\n\"";
  EXPECT_EQ(parsed(run)["options"]["mail"], "corpus/\xef\xbf\xbd\n\"");
}

TEST(ResultJson, HoldsTheHistogramsOfPhasesThatOccurredExactly) {
  const RunResult run = sample_run();
  const Json histograms = parsed(run)["histograms"];
  EXPECT_EQ(histograms.size(), 3U);
  const auto message = parse_histogram(histograms["message"]);
  ASSERT_TRUE(message) << message.error();
  EXPECT_EQ(message->expanded(), run.latencies.transaction);
}

TEST(ResultJson, RefusesHistogramsOfNoLayoutOfOurs) {
  const Json good = Json::parse(R"({"counts": [[5, 1], [7, 2]], "sum_nanoseconds": 19000, "over_range": 0})");
  EXPECT_TRUE(parse_histogram(good));
  for (const char* counts : {"[[7, 1], [5, 2]]", "[[5, 1], [5, 1]]", "[[3072, 1]]", "[[5, 0]]", "[[5, -1]]",
                             "[[5]]", "[5, 1]", "{}", "[[5, 1.5]]"}) {
    Json bad = good;
    bad["counts"] = Json::parse(counts);
    EXPECT_FALSE(parse_histogram(bad)) << counts;
  }
  for (const char* member : {"counts", "sum_nanoseconds", "over_range"}) {
    Json bad = good;
    bad.erase(member);
    EXPECT_FALSE(parse_histogram(bad)) << member;
  }
}

TEST(ResultJson, SaysWhenAndWhereItRan) {
  const Json result = parsed(sample_run());
  EXPECT_EQ(result["run_id"], "00c0ffee00c0ffee");
  EXPECT_EQ(result["started_at"], "2026-11-22T04:05:06.000Z");
  EXPECT_EQ(result["environment"]["kernel"], "Linux 6.12.9 x86_64");
  EXPECT_EQ(result["environment"]["ring_features"], Json::array({"min-wait"}));
  EXPECT_EQ(result["environment"]["command_line"], Json::array({"mailvoid-loadgen", "localhost:2525"}));
}

TEST(ResultJson, ShowsHowItWentOverTime) {
  const Json series = parsed(sample_run())["series"];
  EXPECT_EQ(series["interval_seconds"], 5.0);
  ASSERT_EQ(series["points"].size(), 2U);
  EXPECT_EQ(series["points"][1]["at_seconds"], 10.0);
  EXPECT_EQ(series["points"][1]["accepted"], 590);
}

TEST(ResultJson, EndsInANewline) { EXPECT_THAT(result_json(RunResult{}), testing::EndsWith("}\n")); }

TEST(ResultJson, IsDocumentedMemberByMember) {
  EXPECT_THAT(undocumented_members("mailvoid-loadgen", parsed(sample_run())), testing::IsEmpty());
}

}  // namespace
}  // namespace mailvoid::loadgen
