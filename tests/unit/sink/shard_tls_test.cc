// SPDX-License-Identifier: Apache-2.0
// Sessions over TLS do what the others do: serve, wait, hold back, drain and end.
#include <deque>

#include "tests/sim/hostile.h"
#include "tests/sim/tls_client.h"
#include "tests/unit/sink/shard_fixture.h"
#include "tls/identity.h"

namespace mailvoid::sink {
namespace {

using sim::TlsClient;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

const std::string kMail = kUpToData + "Subject: hello\r\n\r\nhello\r\n.\r\n";
constexpr auto kTimeout = static_cast<std::size_t>(kHandshakeTimeout);

std::size_t at(tls::Failure failure) { return static_cast<std::size_t>(failure); }

std::shared_ptr<const tls::ServerContext> server_context(const std::string& host = "sink.example") {
  return tls::ServerContext::create({.made = tls::Identity::self_signed(host).value()}).value();
}

class ShardTlsTest : public ShardTest {
 protected:
  void start(SimSinkOptions options = {}) {
    options.implicit_tls = server_;
    ShardTest::start(options);
  }
  TlsClient& tls_client(std::string_view says = {}, const tls::ResumableSession& resume = nullptr) {
    TlsClient& client = tls_clients_.emplace_back(sink_->network(), *client_, resume);
    client.connect(SimSink::address());
    client.say(says);
    return client;
  }

  std::shared_ptr<const tls::ServerContext> server_ = server_context();
  std::shared_ptr<const tls::ClientContext> client_ = tls::ClientContext::create({.verify = false}).value();
  std::deque<TlsClient> tls_clients_;
};

TEST_F(ShardTlsTest, ServesASessionAndSaysThatItEnds) {
  start();
  TlsClient& client = tls_client(kMail + "QUIT\r\n");
  run(100ms);
  EXPECT_THAT(client.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 221));
  EXPECT_TRUE(client.ended()) << "close_notify";
  EXPECT_TRUE(client.peer().ended());
  client.peer().close();
  run(1s);
  EXPECT_EQ(totals().messages_accepted, 1u);
  EXPECT_EQ(totals().tls.handshakes[1][0], 1u);
  EXPECT_EQ(totals().tls.handshake_time.count(), 1u);
  EXPECT_EQ(totals().tls.sessions_open, 0u);
  EXPECT_EQ(totals().closed[at(CloseReason::finished)], 1u);
  expect_clean_end();
}

TEST_F(ShardTlsTest, SaysNothingBeforeTheHandshake) {
  start();
  ScriptClient& silent = client();
  run(1s);
  EXPECT_EQ(silent.heard(), "");
  expect_clean_end();
}

TEST_F(ShardTlsTest, ResumesASession) {
  start();
  TlsClient& first = tls_client("QUIT\r\n");
  run(100ms);
  TlsClient& second = tls_client("QUIT\r\n", first.resumable());
  run(100ms);
  EXPECT_THAT(second.codes(), ElementsAre(220, 221));
  EXPECT_EQ(totals().tls.handshakes[1][1], 1u);
  expect_clean_end();
}

TEST_F(ShardTlsTest, ClosesOnRubbishAndHarmsNobodyElse) {
  start();
  TlsClient& other = tls_client("EHLO client.example\r\n");
  ScriptClient& rubbish = client("EHLO client.example\r\n");
  run(100ms);
  EXPECT_TRUE(rubbish.peer().ended());
  EXPECT_EQ(totals().tls.handshake_failures[at(tls::Failure::not_tls)], 1u);
  rubbish.peer().close();
  other.say("NOOP\r\n");
  run(100ms);
  EXPECT_THAT(other.codes(), ElementsAre(220, 250, 250));
  EXPECT_EQ(totals().closed[at(CloseReason::tls_failed)], 1u);
  expect_clean_end();
}

TEST_F(ShardTlsTest, GivesUpAHandshakeThatTakesTooLong) {
  start();
  ScriptClient& silent = client();
  run(kTlsHandshakeTimeMax - 1s);
  silent.say("\x16");
  run(1s + kTimerTick);
  EXPECT_TRUE(silent.peer().ended()) << "a trickle does not keep it open";
  EXPECT_EQ(totals().tls.handshake_failures[kTimeout], 1u);
  expect_clean_end();
}

TEST_F(ShardTlsTest, TellsAnIdleClientThatItTookTooLong) {
  start();
  TlsClient& client = tls_client("NOOP\r\n");
  run(5min + kTimerTick);
  EXPECT_THAT(client.codes(), ElementsAre(220, 250, 421));
  EXPECT_TRUE(client.ended());
  expect_clean_end();
}

TEST_F(ShardTlsTest, IdlenessIsCountedFromTheHandshake) {
  start();
  TlsClient& client = tls_client();
  run(5min - 1s);
  EXPECT_THAT(client.codes(), ElementsAre(220));
  run(1s + kTimerTick);
  EXPECT_THAT(client.codes(), ElementsAre(220, 421));
  expect_clean_end();
}

TEST_F(ShardTlsTest, ServesWhatCameBeforeTheClientFinished) {
  start();
  TlsClient& client = tls_client(kMail);
  client.finish();
  run(100ms);
  EXPECT_THAT(client.codes(), ElementsAre(220, 250, 250, 250, 354, 250));
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(totals().tls.truncated, 0u);
  client.peer().close();
  run(100ms);
  EXPECT_EQ(totals().closed[at(CloseReason::client_closed)], 1u);
  expect_clean_end();
}

TEST_F(ShardTlsTest, HeedsAnEndThatCameWithMoreThanCanBeAnsweredAtOnce) {
  start();
  TlsClient& client = tls_client();
  run(100ms);
  std::string commands;
  for (int i = 0; i < 300; ++i) commands += "NOOP\r\n";
  client.say(commands);
  client.finish();
  run(1s);
  EXPECT_EQ(client.codes().size(), 301u);
  EXPECT_TRUE(client.ended());
  expect_clean_end();
}

TEST_F(ShardTlsTest, CountsWhoLeavesWithoutAWord) {
  start();
  TlsClient& client = tls_client(kUpToData + "half a mess");
  run(100ms);
  client.peer().finish();
  run(100ms);
  EXPECT_EQ(totals().tls.truncated, 1u);
  EXPECT_EQ(totals().messages_accepted, 0u);
  EXPECT_EQ(totals().transactions_abandoned, 1u);
  expect_clean_end();
}

TEST_F(ShardTlsTest, HoldsInputBackWhileItsRepliesAreNotRead) {
  SimSinkOptions options;
  options.network.stream_octets_max = 4096;
  start(options);
  TlsClient& client = tls_client();
  run(100ms);
  client.set_reading(false);
  std::string commands;
  for (int i = 0; i < 3000; ++i) commands += "NOOP\r\n";
  client.say(commands);
  run(1s);
  EXPECT_GT(totals().pauses, 0u);
  EXPECT_LT(totals().commands[static_cast<std::size_t>(smtp::Verb::noop)], 3000u);
  client.set_reading(true);
  run(10s);
  EXPECT_EQ(client.codes().size(), 3001u);
  EXPECT_EQ(client.codes().back(), 250);
  expect_clean_end();
}

// Each request for new keys has to be answered, wherever in the session it comes (RFC 8446 section 4.6.3).
TEST_F(ShardTlsTest, BreaksOffWithWhoAsksForKeysAndReadsNothing) {
  SimSinkOptions options;
  options.network.stream_octets_max = 4096;
  start(options);
  TlsClient& client = tls_client(kUpToData);
  run(100ms);
  client.set_reading(false);
  for (int i = 0; i < 5000; ++i) {
    client.codec().update_keys();
    client.say("x");
    if (i % 50 == 0) run(1ms);
  }
  run(100ms);
  EXPECT_EQ(totals().closed[at(CloseReason::input_limit)], 1u);
  EXPECT_EQ(totals().closed[at(CloseReason::tls_failed)], 0u);
  EXPECT_EQ(totals().transactions_abandoned, 1u);
  expect_clean_end();
}

TEST_F(ShardTlsTest, DrainsSessionsAndThoseThatStillShakeHands) {
  start();
  TlsClient& idle = tls_client("NOOP\r\n");
  TlsClient& busy = tls_client(kUpToData);
  run(100ms);
  TlsClient& late = tls_client("NOOP\r\n");
  ASSERT_EQ(sink_->run(1s, [&] { return late.peer().connected(); }), Outcome::stopped);
  sink_->post(io::Mailbox::drain);
  run(100ms);
  EXPECT_THAT(idle.codes(), ElementsAre(220, 250, 421));
  EXPECT_EQ(late.codes().back(), 421);
  EXPECT_THAT(busy.codes(), Not(Contains(421)));
  busy.say("hello\r\n.\r\n");
  run(100ms);
  EXPECT_THAT(busy.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 421));
  expect_clean_end();
}

TEST_F(ShardTlsTest, ShowsTheNewCertificateAfterAReload) {
  start();
  TlsClient& before = tls_client("NOOP\r\n");
  run(100ms);
  sink_->reload(server_context("new.example"));
  server_.reset();
  run(100ms);
  TlsClient& after = tls_client("NOOP\r\n");
  before.say("NOOP\r\n");
  run(100ms);
  EXPECT_EQ(before.codec().peer_subject(), "CN=sink.example");
  EXPECT_EQ(after.codec().peer_subject(), "CN=new.example");
  EXPECT_THAT(before.codes(), ElementsAre(220, 250, 250));
  expect_clean_end();
}

class ShardStarttlsTest : public ShardTlsTest {
 protected:
  void start(SimSinkOptions options = {}) {
    options.starttls = server_;
    ShardTest::start(options);
  }
  TlsClient& starttls_client(std::string_view clear, std::size_t replies, std::string_view says) {
    TlsClient& client = tls_client();
    client.say_in_clear(clear, replies);
    client.say(says);
    return client;
  }
};

TEST_F(ShardStarttlsTest, BeginsTlsBehindItsReply) {
  start();
  TlsClient& client = starttls_client("EHLO client.example\r\nSTARTTLS\r\n", 3, kMail + "QUIT\r\n");
  run(100ms);
  EXPECT_THAT(client.codes_in_clear(), ElementsAre(220, 250, 220));
  EXPECT_THAT(client.codes(), ElementsAre(250, 250, 250, 354, 250, 221));
  EXPECT_TRUE(client.ended());
  EXPECT_THAT(client.heard(), Not(testing::HasSubstr("STARTTLS")));
  EXPECT_EQ(totals().messages_accepted, 1u);
  expect_clean_end();
}

TEST_F(ShardStarttlsTest, ForgetsWhatWasSaidInTheClear) {
  start();
  TlsClient& client = starttls_client("EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nSTARTTLS\r\n", 4,
                                      "RCPT TO:<c@d.example>\r\nEHLO client.example\r\nSTARTTLS\r\n");
  run(100ms);
  EXPECT_THAT(client.codes(), ElementsAre(503, 250, 503));
  expect_clean_end();
}

TEST_F(ShardStarttlsTest, DropsWhatIsPipedBehindIt) {
  SimSinkOptions options;
  options.network.stream_octets_max = 1024;
  start(options);
  std::string pipelined;
  for (int i = 0; i < 1000; ++i) pipelined += "NOOP\r\n";
  ScriptClient& attacked = client("EHLO client.example\r\n" + pipelined + "STARTTLS\r\nQUIT\r\n" + pipelined);
  attacked.set_reading(false);
  run(1s);
  attacked.set_reading(true);
  run(1s);
  const std::vector<int> codes = attacked.codes();
  ASSERT_EQ(codes.size(), 1003u);
  EXPECT_EQ(codes.back(), 220);
  EXPECT_THAT(codes, Not(Contains(221)));
  expect_clean_end();
}

TEST_F(ShardStarttlsTest, ServesThoseWhoDoNotAskForIt) {
  start();
  ScriptClient& plain = client("EHLO client.example\r\nNOOP\r\n");
  run(100ms);
  EXPECT_THAT(plain.codes(), ElementsAre(220, 250, 250));
  EXPECT_THAT(plain.heard(), testing::HasSubstr("STARTTLS"));
  EXPECT_EQ(totals().tls.sessions_open, 0u);
  expect_clean_end();
}

TEST_F(ShardStarttlsTest, ClosesOnRubbishInsteadOfAHandshake) {
  start();
  ScriptClient& rubbish = client("EHLO client.example\r\nSTARTTLS\r\n");
  run(100ms);
  rubbish.say("EHLO client.example\r\n");
  run(100ms);
  EXPECT_TRUE(rubbish.peer().ended());
  EXPECT_EQ(totals().tls.handshake_failures[at(tls::Failure::not_tls)], 1u);
  EXPECT_EQ(totals().commands[static_cast<std::size_t>(smtp::Verb::ehlo)], 1u);
  expect_clean_end();
}

TEST_F(ShardStarttlsTest, ClosesBehindAClientThatGoesWithItsStarttls) {
  start();
  ScriptClient& c = client("EHLO client.example\r\n");
  run(100ms);
  c.say("STARTTLS\r\n");
  c.peer().finish();
  run(100ms);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 220));
  EXPECT_TRUE(c.peer().ended());
  EXPECT_EQ(totals().tls.handshake_failures[at(tls::Failure::truncated)], 1u);
  expect_clean_end();
}

TEST_F(ShardStarttlsTest, DrainsWhoWasToldToBegin) {
  start();
  ScriptClient& told = client("EHLO client.example\r\nSTARTTLS\r\n");
  run(100ms);
  EXPECT_EQ(told.codes().back(), 220);
  EXPECT_EQ(sink_->drain(), Outcome::finished);
  EXPECT_EQ(sink_->faults(), "");
  EXPECT_EQ(totals().closed[at(CloseReason::drain_timeout)], 1u);
}

TEST_F(ShardTlsTest, SurvivesHostileWorlds) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    sim::Random random(seed);
    SimSinkOptions options{.network = sim::hostile_network(random), .ring = sim::hostile_ring(random)};
    const bool breaks = random.chance(0.3);
    const bool drains = random.chance(0.3);
    const bool starttls = random.chance(0.5);
    if (breaks) options.network.broken = 0.5;
    tls_clients_.clear();
    (starttls ? options.starttls : options.implicit_tls) = server_;
    ShardTest::start(options);
    const std::size_t clients = random.between(std::size_t{1}, std::size_t{8});
    std::vector<bool> leaves;
    for (std::size_t i = 0; i < clients; ++i) {
      TlsClient& client = tls_client();
      if (starttls) client.say_in_clear("EHLO client.example\r\nSTARTTLS\r\n", 3);
      client.say(kMail + "NOOP\r\n" + kMail + "QUIT\r\n");
      leaves.push_back(random.chance(0.3));
      if (leaves.back()) client.leave_after(random.between(std::size_t{1}, std::size_t{1500}));
    }
    if (drains) {
      std::ignore = sink_->run(random.between(Duration(0), Duration(200ms)));
    } else {
      std::ignore = sink_->run(5min);
    }
    ASSERT_EQ(text(sink_->drain()), "finished") << sink_->faults();
    ASSERT_EQ(sink_->faults(), "");
    if (breaks || drains) continue;
    for (std::size_t i = 0; i < clients; ++i) {
      if (leaves[i]) continue;
      std::vector<int> due{250, 250, 250, 354, 250, 250, 250, 250, 250, 354, 250, 221};
      if (!starttls) due.insert(due.begin(), 220);
      EXPECT_EQ(tls_clients_[i].codes(), due);
      EXPECT_TRUE(tls_clients_[i].ended());
    }
  }
}

}  // namespace
}  // namespace mailvoid::sink
