// SPDX-License-Identifier: Apache-2.0
// That a trace tells commands from what they carry, however the octets of a session are cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "sink/trace.h"
#include "tests/unit/sink/shard_fixture.h"

namespace mailvoid::sink {
namespace {

using testing::ElementsAreArray;

const std::string kEnvelope = "EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";
const std::vector<std::string> kEnvelopeLines = {"EHLO x", "MAIL FROM:<a@b.example>",
                                                 "RCPT TO:<c@d.example>"};

class ShardTraceTest : public ShardTest {
 protected:
  // What each side is shown to have said in a session of one client, who says that and goes.
  void follow(const std::string& says, SimSinkOptions options = {}, bool finishes = false) {
    Trace trace;
    options.trace = &trace;
    start(options);
    testing::internal::CaptureStderr();
    ScriptClient& c = client(says);
    run(10s);
    if (finishes) {
      c.peer().finish();
      run(10s);
    }
    expect_clean_end();
    std::fflush(stderr);
    std::istringstream shown(testing::internal::GetCapturedStderr());
    client_said_.clear();
    server_said_.clear();
    for (std::string line; std::getline(shown, line);) {
      if (line.starts_with("trace: C: ")) client_said_.push_back(line.substr(10));
      if (line.starts_with("trace: S: ")) server_said_.push_back(line.substr(10));
    }
    clients_.clear();
    sink_.reset();  // it does not outlive its trace
  }
  // Whole, and cut and reordered by many seeds.
  void expect_client_said(const std::string& says, std::vector<std::string> lines, bool finishes = false) {
    follow(says, {}, finishes);
    ASSERT_THAT(client_said_, ElementsAreArray(lines));
    const std::vector<std::string> server_said = server_said_;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      SimSinkOptions options;
      options.network.seed = seed;
      options.ring.receive_octets_max = 1 + seed % 20;
      options.ring.short_receive = 0.5;
      options.ring.short_send = 0.5;
      if (seed % 2 == 0) options.capture.emplace();
      follow(says, options, finishes);
      ASSERT_THAT(client_said_, ElementsAreArray(lines)) << "seed " << seed;
      if (options.capture) continue;  // replies tell of samples then
      ASSERT_THAT(server_said_, ElementsAreArray(server_said)) << "seed " << seed;
    }
  }
  [[nodiscard]] static std::vector<std::string> with_envelope(const std::vector<std::string>& more) {
    std::vector<std::string> all = kEnvelopeLines;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::vector<std::string> client_said_, server_said_;
};

TEST_F(ShardTraceTest, TellsChunksFromTheCommandsBetweenAndBehindThem) {
  expect_client_said(
      kEnvelope + "BDAT 9\r\nQUIT\r\nab\nBDAT 0\r\nBDAT 4\r\n\r\n.\rBDAT 6 LAST\r\nRSET\r\nNOOP\r\nQUIT\r\n",
      with_envelope({"BDAT 9", "[9 octets of a chunk]", "BDAT 0", "BDAT 4", "[4 octets of a chunk]",
                     "BDAT 6 LAST", "[6 octets of a chunk]", "NOOP", "QUIT"}));
}

TEST_F(ShardTraceTest, ShowsNoOctetOfAChunkThatIsRefused) {
  expect_client_said(
      "EHLO x\r\nBDAT 8\r\nsecret\r\nMAIL FROM:<a@b.example>\r\nBDAT 8 LAST\r\nsecret\r\nNOOP\r\n"
      "RSET\r\nBDAT 3\r\nxyzBDAT much\r\nQUIT\r\n",
      {"EHLO x", "BDAT 8", "[8 octets of a chunk]", "MAIL FROM:<a@b.example>", "BDAT 8 LAST",
       "[8 octets of a chunk]", "NOOP", "RSET", "BDAT 3", "[3 octets of a chunk]", "BDAT much", "QUIT"});
}

TEST_F(ShardTraceTest, ShowsAChunkThatIsLargeAsOne) {
  const std::string large(400'000, 'x');
  follow(kEnvelope + "BDAT 400000\r\n" + large + "BDAT 2 LAST\r\n\r\nQUIT\r\n");
  EXPECT_THAT(client_said_,
              ElementsAreArray(with_envelope({"BDAT 400000", "[400,000 octets of a chunk]", "BDAT 2 LAST",
                                              "[2 octets of a chunk]", "QUIT"})));
}

TEST_F(ShardTraceTest, ShowsDataAndWhatWasSentAheadBehindIt) {
  expect_client_said(
      kEnvelope +
          "DATA\r\nQUIT\r\n..\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<e@f.example>\r\nBDAT 1 LAST\r\nxQUIT\r\n",
      with_envelope({"DATA", "[13 octets of message, final dot included]", "MAIL FROM:<>",
                     "RCPT TO:<e@f.example>", "BDAT 1 LAST", "[1 octets of a chunk]", "QUIT"}));
}

TEST_F(ShardTraceTest, SaysThatAMessageWasCutOff) {
  expect_client_said(kEnvelope + "BDAT 9\r\nQUIT\r\n",
                     with_envelope({"BDAT 9", "[6 octets of a chunk, cut off]"}), true);
  expect_client_said(kEnvelope + "DATA\r\nQUIT\r\n",
                     with_envelope({"DATA", "[6 octets of message, cut off]"}), true);
}

}  // namespace
}  // namespace mailvoid::sink
