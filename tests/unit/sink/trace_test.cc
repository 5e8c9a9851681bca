// SPDX-License-Identifier: Apache-2.0
#include "sink/trace.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <string>
#include <utility>

namespace mailvoid::sink {
namespace {

std::string on_stderr(const std::function<void()>& action) {
  testing::internal::CaptureStderr();
  action();
  std::fflush(stderr);
  return testing::internal::GetCapturedStderr();
}

bool follow(Trace& trace) {
  if (!trace.claim()) return false;
  trace.opened("192.0.2.1:1");
  return true;
}

TEST(TraceTest, ShowsADialogueLineByLine) {
  Trace trace;
  EXPECT_EQ(on_stderr([&] {
              ASSERT_TRUE(follow(trace));
              trace.server_said("220 mx.example ESMTP\r\n");
              trace.client_said("EHLO client.example\r\n");
              trace.server_said("250-mx.example\r\n250 SIZE\r\n");
              trace.closed();
            }),
            "trace: --- session 1 from 192.0.2.1:1\n"
            "trace: S: 220 mx.example ESMTP\n"
            "trace: C: EHLO client.example\n"
            "trace: S: 250-mx.example\n"
            "trace: S: 250 SIZE\n"
            "trace: --- session 1 closed\n");
}

TEST(TraceTest, ShowsACommandOnceItsLineIsComplete) {
  Trace trace;
  EXPECT_EQ(on_stderr([&] {
              ASSERT_TRUE(follow(trace));
              trace.client_said("NO");
            }),
            "trace: --- session 1 from 192.0.2.1:1\n");
  EXPECT_EQ(on_stderr([&] { trace.client_said("OP\r"); }), "");
  EXPECT_EQ(on_stderr([&] { trace.client_said("\nQU"); }), "trace: C: NOOP\n");
  EXPECT_EQ(on_stderr([&] { trace.closed(); }),
            "trace: C: QU [no end of line]\ntrace: --- session 1 closed\n");
}

TEST(TraceTest, ShowsAReplyOnceThoughItLeavesInPieces) {
  Trace trace;
  EXPECT_EQ(on_stderr([&] {
              ASSERT_TRUE(follow(trace));
              trace.server_said("250-one\r\n250 two\r\n");
              trace.server_sent(5);
              trace.server_said("ne\r\n250 two\r\n");
              trace.server_sent(13);
              trace.server_said("22");
              trace.server_said("1 Bye\r\n");
            }),
            "trace: --- session 1 from 192.0.2.1:1\n"
            "trace: S: 250-one\n"
            "trace: S: 250 two\n"
            "trace: S: 221 Bye\n");
}

TEST(TraceTest, CountsTheOctetsOfAMessageInsteadOfShowingThem) {
  Trace trace;
  EXPECT_EQ(on_stderr([&] {
              ASSERT_TRUE(follow(trace));
              trace.client_sent(Trace::Payload::message, 1000);
              trace.server_said("354 Go ahead\r\n");
              trace.client_sent(Trace::Payload::message, 204);
              trace.payload_over(true);
              trace.server_said("250 2.0.0 Ok\r\n");
              trace.closed();
            }),
            "trace: --- session 1 from 192.0.2.1:1\n"
            "trace: S: 354 Go ahead\n"
            "trace: C: [1,204 octets of message, final dot included]\n"
            "trace: S: 250 2.0.0 Ok\n"
            "trace: --- session 1 closed\n");
}

TEST(TraceTest, SaysWhereAMessageOrAChunkWasCutOff) {
  for (const auto& [what, name] :
       {std::pair(Trace::Payload::message, "message"), {Trace::Payload::chunk, "a chunk"}}) {
    Trace trace;
    EXPECT_EQ(on_stderr([&] {
                ASSERT_TRUE(follow(trace));
                trace.client_sent(what, 7);
                trace.closed();
              }),
              std::string("trace: --- session 1 from 192.0.2.1:1\ntrace: C: [7 octets of ") + name +
                  ", cut off]\ntrace: --- session 1 closed\n");
  }
}

TEST(TraceTest, LetsNothingThroughToTheTerminalThatCouldControlIt) {
  Trace trace;
  EXPECT_EQ(on_stderr([&] {
              ASSERT_TRUE(follow(trace));
              trace.client_said("\x1b[2J\x07 \xc3\xa9\x7f\r\n");
            }),
            "trace: --- session 1 from 192.0.2.1:1\ntrace: C: \\x1b[2J\\x07 \\xc3\\xa9\\x7f\n");
}

TEST(TraceTest, CutsALineThatIsTooLongToRead) {
  Trace trace;
  const std::string shown = on_stderr([&] {
    ASSERT_TRUE(follow(trace));
    for (int i = 0; i < 100; ++i) trace.client_said(std::string(100, 'x'));
    trace.client_said("\r\n");
  });
  EXPECT_LT(shown.size(), 1200u);
  EXPECT_TRUE(shown.contains("octets more]\n")) << shown;
}

TEST(TraceTest, FollowsOneSessionAtATime) {
  Trace trace;
  on_stderr([&] {
    EXPECT_TRUE(follow(trace));
    EXPECT_FALSE(trace.claim());
    trace.closed();
  });
  EXPECT_EQ(on_stderr([&] { EXPECT_TRUE(follow(trace)); }), "trace: --- session 2 from 192.0.2.1:1\n");
}

}  // namespace
}  // namespace mailvoid::sink
