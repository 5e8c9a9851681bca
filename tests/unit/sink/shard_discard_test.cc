// SPDX-License-Identifier: Apache-2.0
// Large chunks that nobody wants to see are dropped by the ring, and nothing else is, in simulated time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/sink/shard_fixture.h"

namespace mailvoid::sink {
namespace {

using testing::ElementsAre;
using testing::Gt;

constexpr std::size_t kLarge = 3 * kDiscardOctetsAtOnce + 1234;
const std::string kUpToChunk = "EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

std::string chunk(std::size_t octets, bool last = true) {
  return "BDAT " + std::to_string(octets) + (last ? " LAST\r\n" : "\r\n") + std::string(octets, 'Q');
}

class ShardDiscardTest : public ShardTest {
 protected:
  // A client in the middle of a chunk of which some was dropped.
  ScriptClient& client_in_chunk() {
    ScriptClient& c = client(kUpToChunk + "BDAT " + std::to_string(kLarge) + " LAST\r\n");
    run(1s);
    c.say(std::string(kLarge / 3, 'x'));
    run(1s);
    c.say(std::string(kLarge / 3, 'x'));
    run(1s);
    EXPECT_GT(totals().octets_discarded, 0u);
    EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250));
    return c;
  }
};

TEST_F(ShardDiscardTest, DropsMostOfALargeChunkAndServesTheCommandRightBehindIt) {
  start();
  ScriptClient& c = client(kUpToChunk + chunk(kLarge, false) + chunk(kLarge) + "NOOP\r\nQUIT\r\n");
  run(1min);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 250, 250, 250, 221));
  EXPECT_EQ(totals().message_octets, 2 * kLarge);
  EXPECT_GT(totals().octets_discarded, kLarge);
  EXPECT_LE(totals().octets_discarded, 2 * kLarge);
  EXPECT_EQ(totals().octets_received,
            kUpToChunk.size() + chunk(kLarge, false).size() + chunk(kLarge).size() + 12);
  expect_clean_end();
}

TEST_F(ShardDiscardTest, EndsExactlyWithTheChunkHoweverTheStreamIsCut) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SimSinkOptions options{.network = {.latency_max = 3ms},
                           .ring = {.completion_delay_max = 2ms,
                                    .reorder = true,
                                    .short_receive = 0.3,
                                    .lost_more = 0.2,
                                    .late_cancel = 0.5,
                                    .partial_batch = 0.3}};
    options.network.seed = seed;
    start(options);
    const std::size_t octets = kDiscardOctetsMin * 2 + seed * 997;
    std::string session = kUpToChunk;
    for (int i = 0; i < 3; ++i) session += chunk(octets, i == 2);
    ScriptClient& c = client(session + "NOOP\r\nQUIT\r\n");
    run(5min);
    EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 250, 250, 250, 250, 221)) << seed;
    EXPECT_EQ(totals().message_octets, 3 * octets);
    EXPECT_GT(totals().octets_discarded, 0u) << seed;
    expect_clean_end();
    clients_.clear();
  }
}

TEST_F(ShardDiscardTest, ReceivesSmallChunksAsAnythingElse) {
  start();
  ScriptClient& c = client(kUpToChunk + chunk(kDiscardOctetsMin - 1, false) + chunk(kDiscardOctetsMin - 1));
  run(1min);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 250, 250));
  EXPECT_EQ(totals().discards, 0u);
  expect_clean_end();
}

TEST_F(ShardDiscardTest, DropsAChunkThatIsRefusedAsWell) {
  start();
  ScriptClient& c = client("EHLO x\r\n" + chunk(kLarge) + "NOOP\r\n");
  run(1min);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 503, 250));
  EXPECT_GT(totals().octets_discarded, 0u);
  expect_clean_end();
}

TEST_F(ShardDiscardTest, ReceivesWhereTheKernelCannotDropAndWhatIsKept) {
  for (const bool kept : {false, true}) {
    SimSinkOptions options{.can_discard = kept};
    if (kept) options.capture = sim::SimCaptureOptions{.waits = true};
    start(options);
    ScriptClient& c = client(kUpToChunk + chunk(kLarge));
    run(1min);
    EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 250));
    EXPECT_EQ(totals().discards, 0u);
    if (kept) {
      EXPECT_THAT(sink_->capture().store().files(),
                  ElementsAre(testing::Pair("0-0", std::string(kLarge, 'Q'))));
    }
    expect_clean_end();
    clients_.clear();
  }
}

TEST_F(ShardDiscardTest, GivesUpASilentClientAfterTheIdleTimeOut) {
  start({.shard = {.idle_timeout = 30s}});
  ScriptClient& c = client_in_chunk();
  run(25s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250)) << "what is dropped is a sign of life";
  c.say("x");
  run(25s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250));
  run(10s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 421));
  c.say(std::string(kLarge / 3, 'x'));
  run(10s);
  EXPECT_EQ(totals().connections_open, 0u);
  EXPECT_EQ(totals().messages_accepted, 0u);
  expect_clean_end();
}

TEST_F(ShardDiscardTest, SeesTheEndOfAClientInTheMiddle) {
  start();
  client_in_chunk().peer().finish();
  run(1s);
  EXPECT_EQ(totals().closed[at(CloseReason::client_closed)], 1u);
  client_in_chunk().peer().abort();
  run(1s);
  EXPECT_EQ(totals().closed[at(CloseReason::reset)], 1u);
  EXPECT_EQ(totals().connections_open, 0u);
  EXPECT_EQ(totals().transactions_abandoned, 2u);
  expect_clean_end();
}

TEST_F(ShardDiscardTest, LetsTheMessageEndBeforeItDrains) {
  start();
  ScriptClient& c = client_in_chunk();
  sink_->post(io::Mailbox::drain);
  run(1s);
  c.say(std::string(kLarge - 2 * (kLarge / 3), 'x'));
  EXPECT_EQ(sink_->run(1min), Outcome::finished);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 250, 421));
  EXPECT_EQ(totals().messages_accepted, 1u);
  EXPECT_EQ(sink_->faults(), "");
}

TEST_F(ShardDiscardTest, GivesUpAtTheDrainDeadline) {
  start();
  client_in_chunk();
  sink_->post(io::Mailbox::drain);
  EXPECT_EQ(sink_->run(1min), Outcome::finished);
  EXPECT_EQ(totals().closed[at(CloseReason::drain_timeout)], 1u);
  EXPECT_EQ(sink_->faults(), "");
}

}  // namespace
}  // namespace mailvoid::sink
