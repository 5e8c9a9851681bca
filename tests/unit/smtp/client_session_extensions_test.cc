// SPDX-License-Identifier: Apache-2.0
// TLS, AUTH, chunks and limits of a client session, as far as transcripts cannot say it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "client_bench.h"
#include "smtp/client_session.h"

namespace mailvoid::smtp {
namespace {

using Kind = ClientEvent::Kind;
using testing::ElementsAre;

constexpr std::string_view kOffersTls = "250-mx\r\n250 STARTTLS\r\n";

ClientConfig with_starttls() { return {.tls = ClientTls::starttls}; }

// Up to STARTTLS being sent.
void ask_for_tls(ClientBench& bench) {
  bench.feed("220 mx\r\n");
  bench.send();
  bench.feed(kOffersTls);
  EXPECT_EQ(bench.send(), "STARTTLS\r\n");
}

TEST(ClientTls, RefusesOctetsInTheClearBehindThe220) {
  ClientBench bench(with_starttls());
  ask_for_tls(bench);
  EXPECT_THAT(bench.feed("220 go\r\n250 injected\r\n"), ElementsAre(Kind::reply, Kind::protocol_error));
  EXPECT_EQ(bench.errors(ClientError::octets_behind_starttls), 1U);
  EXPECT_EQ(bench.last().event.step, ClientStep::tls);
}

TEST(ClientTls, BeginsTheHandshakeOnlyWhenStarttlsIsKnownToHaveLeft) {
  ClientBench bench(with_starttls());
  bench.feed("220 mx\r\n");
  bench.send();
  bench.feed(kOffersTls);
  const std::size_t octets = bench.gather().size();
  EXPECT_THAT(bench.feed("220 go\r\n"), ElementsAre(Kind::reply));
  bench.session->sent(octets);
  EXPECT_THAT(bench.feed(""), ElementsAre(Kind::start_tls));
  EXPECT_EQ(bench.send(), "");
  bench.session->on_tls_established(ClientBench::at(5));
  EXPECT_EQ(bench.send(), "EHLO localhost\r\n");
}

TEST(ClientTls, AwaitsTheHandshakeAsAStepOfItsOwn) {
  for (const bool lost : {true, false}) {
    ClientBench bench(with_starttls());
    ask_for_tls(bench);
    EXPECT_THAT(bench.feed("220 go\r\n"), ElementsAre(Kind::reply, Kind::start_tls));
    EXPECT_EQ(bench.session->awaited_step(), ClientStep::tls);
    const ClientEvent event = lost ? bench.session->on_end_of_input() : bench.session->on_reply_timeout();
    EXPECT_EQ(event.step, ClientStep::tls);
  }
}

TEST(ClientTls, IsOverWhenTheHandshakeFails) {
  ClientBench bench({.tls = ClientTls::implicit});
  EXPECT_THAT(bench.feed(""), ElementsAre(Kind::start_tls));
  bench.session->on_tls_failed();
  EXPECT_TRUE(bench.session->over());
  EXPECT_EQ(bench.send(), "");
}

TEST(ClientTls, MeasuresTheGreetingFromTheEndOfTheHandshake) {
  ClientBench bench({.tls = ClientTls::implicit});
  bench.feed("");
  bench.session->on_tls_established(ClientBench::at(7));
  bench.feed("220 mx\r\n");
  EXPECT_EQ(bench.last().event.sent_at, ClientBench::at(7));
}

TEST(ClientTls, HandsThePreambleOutFirstHoweverItGoes) {
  ClientBench bench({.tls = ClientTls::implicit}, 2, "PROXY UNKNOWN\r\n");
  EXPECT_TRUE(bench.feed("").empty());
  EXPECT_EQ(bench.gather(), "PROXY UNKNOWN\r\n");
  bench.session->sent(5);
  EXPECT_TRUE(bench.feed("").empty());
  EXPECT_EQ(bench.gather(), " UNKNOWN\r\n");
  bench.session->sent(10);
  EXPECT_THAT(bench.feed(""), ElementsAre(Kind::start_tls));
}

// Line 88 of the checklist: what stands behind the "last" line of a broken list counts if it came with it.
TEST(ClientOpening, ReadsABrokenListToItsEndBeforeItMissesAnything) {
  ClientBench bench(with_starttls());
  bench.feed("220 mx\r\n");
  bench.send();
  EXPECT_THAT(bench.feed("250-mx\r\n250 SIZE\r\n250 STARTTLS\r\n"), ElementsAre(Kind::reply));
  EXPECT_EQ(bench.send(), "STARTTLS\r\n");
}

TEST(ClientOpening, NamesAndCountsWhatWasNotAnnounced) {
  ClientBench bench({.require_tls = true});
  bench.feed("220 mx\r\n");
  bench.send();
  EXPECT_THAT(bench.feed("250 mx\r\n"), ElementsAre(Kind::reply, Kind::unsupported));
  EXPECT_EQ(bench.last().event.extension, ClientExtension::require_tls);
  EXPECT_EQ(bench.tally.unsupported[static_cast<std::size_t>(ClientExtension::require_tls)].value(), 1U);
  EXPECT_FALSE(bench.session->can_begin());
}

TEST(ClientOpening, CountsOnceWhatItGoesOnWithout) {
  ClientBench bench({.degrade = true, .tls = ClientTls::starttls, .xclient = "NAME=x"});
  bench.feed("220 mx\r\n");
  bench.send();
  bench.feed("250-mx\r\n250 XCLIENT NAME\r\n");
  EXPECT_EQ(bench.send(), "XCLIENT NAME=x\r\n");
  bench.feed("220 mx\r\n");
  bench.send();
  EXPECT_THAT(bench.feed("250 mx\r\n"), ElementsAre(Kind::reply, Kind::ready));
  EXPECT_EQ(bench.tally.degraded[static_cast<std::size_t>(ClientExtension::starttls)].value(), 1U);
}

TEST(ClientOpening, HoldsTheLongestAuthResponseInALine) {
  ClientBench bench({.auth_mechanisms = {"XOAUTH2"}});
  const std::string response(ClientSession::kAuthResponseOctetsMax, 'A');
  bench.feed("220 mx\r\n");
  bench.send();
  bench.feed("250-mx\r\n250 AUTH XOAUTH2\r\n");
  EXPECT_EQ(bench.last().text, "XOAUTH2");
  bench.session->auth_respond(response);
  EXPECT_EQ(bench.send(), "AUTH XOAUTH2 " + response + "\r\n");
}

TEST(ClientLimits, BeginsNoMoreTransactionsThanTheServerTakes) {
  ClientBench bench;
  bench.open("250-mx\r\n250-PIPELINING\r\n250 LIMITS MAILMAX=2 RCPTMAX=7\r\n");
  EXPECT_EQ(bench.session->capabilities().recipients_max, 7U);
  bench.begin(1);
  bench.send();
  EXPECT_FALSE(bench.session->mails_exhausted());
  bench.begin(2);
  EXPECT_TRUE(bench.session->mails_exhausted());
  bench.feed("250 ok\r\n550 no\r\n554 no\r\n");
  EXPECT_FALSE(bench.session->can_begin());
}

ClientBench& opened_for_chunks(ClientBench& bench, bool pipelining) {
  bench.open(pipelining ? "250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n" : "250-mx\r\n250 CHUNKING\r\n");
  bench.begin("a@x", {"b@y"}, {"0123", "4567", "89"}, 1);
  if (pipelining) {
    bench.send();
    bench.feed("250 ok\r\n250 ok\r\n");
  } else {
    for (int i = 0; i < 2; ++i) {
      bench.send();
      bench.feed("250 ok\r\n");
    }
  }
  return bench;
}

TEST(ClientChunks, EndAtTheNextBorderWhenOneIsRefused) {
  ClientBench bench({.chunk_octets = 3});
  opened_for_chunks(bench, true);
  EXPECT_EQ(bench.gather(16), "BDAT 3\r\n012BDAT 3\r\n345BDAT 3\r\n678BDAT 1 LAST\r\n9");
  bench.session->sent(11 + 9);  // in the second
  EXPECT_THAT(bench.feed("552 no\r\n"), ElementsAre(Kind::reply));
  EXPECT_EQ(bench.gather(), "45");
  bench.session->sent(2);
  EXPECT_EQ(bench.gather(), "");
  EXPECT_THAT(bench.feed("503 no\r\n"), ElementsAre(Kind::reply, Kind::transaction_done));
  EXPECT_EQ(bench.last().event.code, 552);
  EXPECT_EQ(bench.last().event.step, ClientStep::bdat);
  EXPECT_EQ(bench.send(), "RSET\r\n");
}

// The server has to forget the envelope first.
TEST(ClientChunks, HaveNothingBehindThemOnceOneIsRefused) {
  for (const bool quit : {true, false}) {
    ClientBench bench({.chunk_octets = 3});
    opened_for_chunks(bench, true);
    bench.gather(16);
    bench.session->sent(11 + 9);
    bench.feed("552 no\r\n");
    quit ? bench.session->quit() : (void)bench.begin(2);
    EXPECT_EQ(bench.send(), "45");
    EXPECT_THAT(bench.feed("503 no\r\n"), ElementsAre(Kind::reply, Kind::transaction_done));
    EXPECT_EQ(bench.send(), quit ? "QUIT\r\n" : "RSET\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\n");
  }
}

TEST(ClientChunks, SettlesARefusalOnceTheSendInFlightIsDone) {
  ClientBench bench({.chunk_octets = 3});
  opened_for_chunks(bench, true);
  bench.gather();
  EXPECT_THAT(bench.feed("552 no\r\n503 no\r\n"), ElementsAre(Kind::reply, Kind::reply));
  EXPECT_FALSE(bench.session->event_pending());
  bench.session->sent(22);  // exactly the two that were answered
  EXPECT_THAT(bench.feed(""), ElementsAre(Kind::transaction_done));
  EXPECT_EQ(bench.send(), "RSET\r\n");
}

TEST(ClientChunks, FindsAReplyToAChunkThatWasNotSentWhole) {
  for (const bool late : {true, false}) {
    ClientBench bench({.chunk_octets = 3});
    opened_for_chunks(bench, true);
    bench.gather();
    if (!late) bench.session->sent(10);
    bench.feed("250 ok\r\n");
    if (late) bench.session->sent(10);
    bench.feed("");
    EXPECT_EQ(bench.last().event.kind, Kind::protocol_error);
    EXPECT_EQ(bench.last().event.error, ClientError::unsolicited_reply);
  }
}

TEST(ClientChunks, MeasureEachChunkFromItsOwnSend) {
  ClientBench bench({.chunk_octets = 6});
  opened_for_chunks(bench, false);
  bench.send(ClientBench::at(10));
  bench.feed("250 ok\r\n");
  EXPECT_EQ(bench.last().event.step, ClientStep::bdat);
  EXPECT_EQ(bench.last().event.sent_at, ClientBench::at(10));
  bench.send(ClientBench::at(20));
  bench.feed("250 queued\r\n");
  EXPECT_EQ(bench.seen[bench.seen.size() - 2].event.sent_at, ClientBench::at(10)) << "the whole message";
}

TEST(ClientChunks, MeasureFromTheSendOfTheFirstThatIsNotAnswered) {
  ClientBench bench({.chunk_octets = 3});
  opened_for_chunks(bench, true);
  EXPECT_EQ(bench.gather(2, ClientBench::at(10)), "BDAT 3\r\n012");
  bench.session->sent(11);
  bench.session->sent(bench.gather(16, ClientBench::at(20)).size());
  bench.feed("250 ok\r\n");
  EXPECT_EQ(bench.last().event.sent_at, ClientBench::at(10));
}

TEST(ClientLmtp, CountsEachDelivery) {
  ClientBench bench({.lmtp = true});
  bench.open();
  bench.begin("a@x", {"b@y", "c@y", "d@y"}, {"hello\r\n"});
  bench.send();
  bench.feed("250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
  bench.send();
  EXPECT_THAT(bench.feed("250 ok\r\n452 full\r\n"), ElementsAre(Kind::reply, Kind::reply));
  EXPECT_EQ(bench.session->awaited_step(), ClientStep::message);
  EXPECT_THAT(bench.feed("554 no\r\n"), ElementsAre(Kind::reply, Kind::transaction_done));
  EXPECT_EQ(bench.last().event.outcome, ClientOutcome::accepted);
  EXPECT_EQ(bench.last().event.recipients_accepted, 1U);
  EXPECT_EQ(bench.last().event.recipients_refused, 2U);
  EXPECT_EQ(bench.tally.deliveries_accepted.value(), 1U);
  EXPECT_EQ(bench.tally.deliveries_refused.value(), 2U);
}

}  // namespace
}  // namespace mailvoid::smtp
