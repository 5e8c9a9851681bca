// SPDX-License-Identifier: Apache-2.0
#include "loadgen/report.h"

#include <gmock/gmock.h>

#include <sstream>

#include "loadgen/terminal_text.h"
#include "tests/unit/loadgen/sample_run.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(Report, TellsTheRunInOnePage) {
  EXPECT_EQ(report_text(sample_run(), false),
            R"(mailvoid-loadgen: 10.0 s against 127.0.0.1:2525
  sessions      20 on 2 shards, pipelining where announced
  mail          synthetic, 4.0 KiB, 1 recipient each
  closed loop   latencies are from the actual send; a stalled server slows the
                generator down and its stall is under-reported

  throughput    99.0 messages/s, 396.0 KiB/s
  accepted      990 messages, 3.9 MiB
  rejected      7
  failed        3
  started       1,000
  recipients    993 accepted, 7 refused
  connections   23 in 25 attempts, 3 of them reconnects

  latency             count      p50      p90      p99    p99.9      max    mean
  connect                23  12.0 ms  21.1 ms  23.0 ms  23.0 ms  23.0 ms 12.0 ms
  greeting               10  5.02 ms  9.02 ms  10.0 ms  10.0 ms  10.0 ms 5.50 ms
  whole message       1,000   502 ms   901 ms   991 ms   999 ms   1.00 s  500 ms

  replies       220 x 23: greeting 23
                221 x 20: QUIT 20
                250 x 3,013: EHLO 23, MAIL 1,000, RCPT 993, message data 990,
                RSET 7
                354 x 990: DATA 990
                550 x 7: RCPT 7
  refusals      7 x 550 to RCPT: 5.1.1 No such user
  errors        2 x no local port left (give more --source addresses, or keep
                connections with --messages-per-session 0)
                3 x connection lost before the reply to DATA
  generator     10.0 s of CPU time, 50% of 2 cores, on the target's machine
)");
}

TEST(Report, LetsNothingThatAServerSaysMoveTheCursor) {
  RunResult run;
  run.error_examples.note(smtp::ClientStep::mail, 451, "4.7.1 \x1b[2Jlater\r\n\x9b\x7f");
  run.error_examples.note(smtp::ClientStep::none, 0, std::string(160, 'x'));
  const std::string text = report_text(run, false);
  EXPECT_THAT(text, HasSubstr("  refusals      1 x 451 to MAIL: 4.7.1 ?[2Jlater????\n"));
  EXPECT_THAT(text, HasSubstr("                1 x no reply to nothing awaited:\n                " +
                              std::string(57, 'x') + "...\n"));
}

TEST(Report, FitsEightyColumnsWithLargeNumbers) {
  RunResult run = sample_run();
  run.totals.messages_started = run.totals.messages_accepted = 999'999'999;
  for (auto& by_code : run.totals.replies) by_code.fill(123'456'789);
  run.totals.connect_errors.fill(1'000'000);
  run.totals.connections_lost.fill(1'000'000);
  run.totals.timeouts.fill(1'000'000);
  run.totals.protocol_errors.fill(1'000'000);
  run.totals.ring.buffers_exhausted = run.totals.ring.overflows = run.totals.ring.early_submits = 123'456'789;
  run.latencies.steps.fill(milliseconds_up_to(3));
  run.latencies.connect = stats::HistogramSnapshot();
  stats::Histogram longest;
  longest.record(1h);
  run.latencies.transaction = longest.snapshot();
  std::istringstream lines(report_text(run, false));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns_of(line), 80U) << line;
}

TEST(Report, TellsTheTargetsApartIfThereAreSeveral) {
  RunResult run = sample_run();
  EXPECT_THAT(report_text(run, false), Not(HasSubstr("targets")));
  run.targets.push_back({"unix:/run/mta", "unix:/run/mta", 3, {}});
  EXPECT_THAT(report_text(run, false),
              HasSubstr("  targets       localhost:2525, weight 1: 23 connections, 990 accepted, 7\n"
                        "                rejected, 3 failed, p99 991 ms, 5 errors\n"
                        "                unix:/run/mta, weight 3: 0 connections, 0 accepted, 0 rejected,\n"
                        "                0 failed, 0 errors\n"));
}

TEST(Report, WithoutColorHasNoEscapeSequence) {
  EXPECT_THAT(report_text(sample_run(), false), Not(HasSubstr("\x1b")));
}

TEST(Report, WithColorShowsTheSameText) {
  std::string text = report_text(sample_run(), true);
  EXPECT_THAT(text, HasSubstr("\x1b[31m3\x1b[0m"));  // the failed messages in red
  for (std::size_t at = 0; (at = text.find('\x1b')) != std::string::npos;)
    text.erase(at, text.find('m', at) - at + 1);
  EXPECT_EQ(text, report_text(sample_run(), false));
}

TEST(Report, ShowsSuccessInGreenOnlyWhenEveryMessageWasAccepted) {
  RunResult run = sample_run();
  EXPECT_THAT(report_text(run, true), Not(HasSubstr("\x1b[32m")));
  run.totals.messages_rejected = run.totals.messages_failed = 0;
  EXPECT_THAT(report_text(run, true), HasSubstr("\x1b[32m"));
}

TEST(Report, TellsHowEachThresholdCameOut) {
  RunResult run = sample_run();
  EXPECT_THAT(report_text(run, false), Not(HasSubstr("thresholds")));
  for (const char* text : {"message.p99<1s", "errors<1%", "tls.max<1s"}) {
    run.thresholds.push_back(judge(parse_threshold(text).value(), run.judged()));
  }
  EXPECT_THAT(report_text(run, false),
              HasSubstr("  thresholds    held   message.p99<1s: 991 ms\n"
                        "                FAILED errors<1%: 1.198 %\n"
                        "                FAILED tls.max<1s: nothing was measured\n"));
  EXPECT_THAT(report_text(run, true), HasSubstr("\x1b[31mFAILED errors<1%: 1.198 %\x1b[0m"));
}

TEST(Report, SaysThatTheRunWasInterrupted) {
  RunResult run = sample_run();
  EXPECT_THAT(report_text(run, false), Not(HasSubstr("interrupted")));
  run.interrupted = true;
  EXPECT_THAT(report_text(run, false),
              HasSubstr("mailvoid-loadgen: 10.0 s against 127.0.0.1:2525, interrupted\n"));
}

TEST(Report, WarnsWhenMessagesDoNotAddUp) {
  RunResult run = sample_run();
  EXPECT_THAT(report_text(run, false), Not(HasSubstr("accepted + rejected + failed")));
  run.totals.messages_started += 2;
  EXPECT_THAT(report_text(run, false), HasSubstr("without an outcome 2"));
  run.totals.messages_started -= 5;
  EXPECT_THAT(report_text(run, false), HasSubstr("outcomes too many 3"));
}

TEST(Report, WarnsWhenTheGeneratorWasTheLimit) {
  RunResult run = sample_run();
  run.cpu_user = 12s;  // with 6 s of system time 18 of 20 core seconds: 90 %
  EXPECT_THAT(report_text(run, false), Not(HasSubstr("the generator itself was the limit")));
  run.cpu_user = 12'100ms;
  EXPECT_THAT(report_text(run, false),
              HasSubstr("the generator itself was the limit: it kept its 2 cores busy"));
}

TEST(Report, MeasuresTheGeneratorByTheCoresItsShardsCanUse) {
  RunResult run = sample_run();
  run.cores = 8;
  run.options.shards = 1;
  EXPECT_THAT(report_text(run, false), HasSubstr("100% of 1 core"));
  EXPECT_THAT(report_text(run, false), HasSubstr("Give it\n    more --shards."));
}

TEST(Report, WarnsOfSessionsThatNeverConnected) {
  RunResult run = sample_run();  // 23 connections, 3 of them again: all 20 sessions
  EXPECT_THAT(report_text(run, false), Not(HasSubstr("ever had a connection")));
  run.totals.connections = 18;
  EXPECT_THAT(report_text(run, false), HasSubstr("only 15 of 20 sessions ever had a connection"));
}

TEST(Report, LeavesOutPhasesThatNeverWere) {
  EXPECT_THAT(report_text(sample_run(), false), Not(HasSubstr("  HELO")));
}

TEST(Report, OfARunWithNothingInItHasNoNonsense) {
  const std::string text = report_text(RunResult{}, false);
  EXPECT_THAT(text, HasSubstr("0 messages/s"));
  EXPECT_THAT(text, HasSubstr("errors        none"));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(NothingConnected, NamesTheMostFrequentCauseAndItsRemedy) {
  RunResult run;
  run.target = "127.0.0.1:2525";
  run.totals.connect_errors[static_cast<std::size_t>(ConnectError::refused)] = 2000;
  run.totals.connect_errors[static_cast<std::size_t>(ConnectError::timed_out)] = 3;
  EXPECT_EQ(nothing_connected_text(run),
            "nothing ever connected to 127.0.0.1:2525: connection refused, 2,000 times (does anything listen "
            "there?)");
}

TEST(NothingConnected, TellsARefusedSessionFromAFailedConnection) {
  RunResult run;
  run.target = "127.0.0.1:2525";
  run.totals.connections = 1;
  run.totals.timeouts[static_cast<std::size_t>(smtp::ClientStep::greeting)] = 1;
  EXPECT_EQ(
      nothing_connected_text(run),
      "no session with 127.0.0.1:2525 ever got ready: no greeting in time, 1 time (see --reply-timeout)");
}

TEST(NothingConnected, NamesTheReplyThatRefusedEverySession) {
  RunResult run;
  run.target = "127.0.0.1:2525";
  run.totals.connections = 5;
  run.totals.sessions_refused = 5;
  const auto count = [&run](smtp::ClientStep step, std::size_t code) -> std::uint64_t& {
    return run.totals.replies[static_cast<std::size_t>(step)][code - smtp::kReplyCodeMin];
  };
  count(smtp::ClientStep::greeting, 220) = 5;
  count(smtp::ClientStep::ehlo, 502) = 5;
  count(smtp::ClientStep::helo, 250) = 5;
  count(smtp::ClientStep::auth, 535) = 5;
  EXPECT_EQ(nothing_connected_text(run),
            "no session with 127.0.0.1:2525 ever got ready: session refused with 535 at AUTH, 5 times (the "
            "server's log tells why)");
}

TEST(GaveUp, NamesTheCauseAndWhatIsMissing) {
  RunResult run;
  run.options.sessions = 100;
  run.options.messages = 50'000;
  run.totals.messages_started = 49'000;
  run.totals.sessions_given_up = 99;
  EXPECT_FALSE(run.gave_up()) << "one goes on";
  run.totals.sessions_given_up = 100;
  EXPECT_TRUE(run.gave_up());
  run.totals.connect_errors[static_cast<std::size_t>(ConnectError::refused)] = 1500;
  EXPECT_EQ(gave_up_text(run),
            "all 100 sessions gave up before the end of the run, 1,000 of 50,000 messages short: connection "
            "refused, 1,500 times (does anything listen there?)");
  run.options.shard_of.count = 2;
  EXPECT_EQ(
      gave_up_text(run),
      "all 100 sessions gave up before the end of the run: connection refused, 1,500 times (does anything "
      "listen there?)")
      << "its share of the messages is not told";
}

TEST(NothingConnected, HasNoCauseWhenNothingWasTriedForLong) {
  RunResult run;
  run.target = "127.0.0.1:2525";
  run.elapsed = 2s;
  EXPECT_EQ(nothing_connected_text(run), "nothing ever connected to 127.0.0.1:2525 in the 2.00 s of the run");
}

}  // namespace
}  // namespace mailvoid::loadgen
