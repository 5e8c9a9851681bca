// SPDX-License-Identifier: Apache-2.0
// The simulation itself: what it says of streams is true of TCP, and it notices each breach of a ring's
// rules.
#include "tests/sim/sim_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "io/mailbox.h"
#include "tests/sim/sim_peer.h"

namespace mailvoid::sim {
namespace {

using io::Operation;
using io::Token;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Token kAccept{Operation::accept, 0, 0};
constexpr Token kReceive{Operation::receive, 1, 7};
constexpr Token kSend{Operation::send, 1, 7};

struct Seen {
  Token token;
  std::int32_t result;
  bool more;
  std::string data;
};

// A ring with one accepted connection, and the client at its other end.
class SimRingTest : public testing::Test {
 protected:
  static SocketAddress address() { return *SocketAddress::numeric("127.0.0.1", 25); }

  void start(const SimRingOptions& options = {}, NetworkOptions network_options = {}) {
    network_.emplace(network_options);
    ring_.emplace(*network_, options);
    listener_ = ring_->listen(address());
    client_.emplace(*network_);
    client_->connect(address());
    ring_->accept(listener_, kAccept);
    fd_ = turn().at(0).result;
  }
  // One turn of a shard.
  std::vector<Seen> turn(Duration wait = std::chrono::seconds(1)) {
    std::vector<Seen> seen;
    ring_->submit_and_wait(ring_->now() + wait);
    network_->advance_to(ring_->now() + wait);
    ring_->submit_and_wait(ring_->now());
    ring_->complete([&](const io::Completion& c) {
      seen.push_back({c.token, c.result, c.more, std::string(c.data)});
      last_data_ = c.data;
    });
    return seen;
  }
  [[nodiscard]] std::string first_violation() const {
    return network_->violations().empty() ? "" : network_->violations().front();
  }

  std::optional<SimNetwork> network_;
  std::optional<SimRing> ring_;
  std::optional<SimPeer> client_;
  int listener_ = -1;
  int fd_ = -1;
  std::string_view last_data_;
};

TEST_F(SimRingTest, ReceivesWhatTheClientWroteAndThenItsEnd) {
  start();
  client_->write("EHLO x\r\n");
  client_->finish();
  ring_->receive(fd_, kReceive);
  const auto seen = turn();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0].data, "EHLO x\r\n");
  EXPECT_TRUE(seen[0].more);
  EXPECT_EQ(seen[1].result, 0);
  EXPECT_FALSE(seen[1].more);
}

TEST_F(SimRingTest, KeepsTheOrderOfAStreamHoweverItIsCut) {
  start({.receive_buffers = 1000,
         .completion_delay_max = std::chrono::milliseconds(3),
         .reorder = true,
         .short_receive = 0.9,
         .partial_batch = 0.5},
        {.latency_max = std::chrono::milliseconds(5)});
  std::string sent;
  for (int i = 0; i < 1000; ++i) sent += std::to_string(i) + ' ';
  for (std::size_t i = 0; i < sent.size(); i += 10) client_->write(sent.substr(i, 10));
  ring_->receive(fd_, kReceive);
  std::string received;
  std::size_t completions = 0;
  while (received.size() < sent.size()) {
    const auto seen = turn(std::chrono::milliseconds(1));
    completions += seen.size();
    for (const Seen& one : seen) received += one.data;
  }
  EXPECT_EQ(received, sent);
  EXPECT_GT(completions, 10u);
}

TEST_F(SimRingTest, EndsAReceiveWhenItsBuffersAreOut) {
  start({.receive_buffers = 2, .receive_octets_max = 4});
  client_->write("0123456789ab");
  ring_->receive(fd_, kReceive);
  auto seen = turn();
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_EQ(seen[2].result, -ENOBUFS);
  EXPECT_FALSE(seen[2].more);
  ring_->receive(fd_, kReceive);
  EXPECT_EQ(turn().at(0).data, "89ab");
}

TEST_F(SimRingTest, SendWaitsForAReaderAndCompletesInPartWhenCancelled) {
  start({}, {.stream_octets_max = 10});
  ring_->send(fd_, "0123456789abcdef", kSend);
  EXPECT_THAT(turn(), IsEmpty());
  EXPECT_EQ(client_->read(4), "0123");
  EXPECT_THAT(turn(), IsEmpty());
  ring_->cancel(kSend);
  const auto seen = turn();
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].result, 14);
  EXPECT_EQ(client_->read(), "456789abcd");
}

TEST_F(SimRingTest, ClosingWithUnreadInputLosesTheLastReply) {
  start();
  client_->write("more");
  ring_->send(fd_, "221 bye\r\n", kSend);
  turn();
  ring_->close(fd_);
  turn();
  EXPECT_TRUE(client_->broken());
  EXPECT_EQ(client_->read(), "");
}

TEST_F(SimRingTest, ClosingWithNothingUnreadDeliversTheLastReply) {
  start();
  ring_->send(fd_, "221 bye\r\n", kSend);
  turn();
  ring_->close(fd_);
  turn();
  EXPECT_EQ(client_->read(), "221 bye\r\n");
  EXPECT_TRUE(client_->ended());
}

TEST_F(SimRingTest, ABrokenConnectionReportsResetOnceThenEndAndBrokenPipe) {
  start();
  ring_->receive(fd_, kReceive);
  turn();
  client_->abort();
  EXPECT_EQ(turn().at(0).result, -ECONNRESET);
  ring_->receive(fd_, kReceive);
  EXPECT_EQ(turn().at(0).result, 0);
  ring_->send(fd_, "x", kSend);
  EXPECT_EQ(turn().at(0).result, -EPIPE);
}

TEST_F(SimRingTest, CancelEndsAReceiveAndFailsWhenThereIsNone) {
  start();
  ring_->receive(fd_, kReceive);
  turn();
  ring_->cancel(kReceive);
  EXPECT_EQ(turn().at(0).result, -ECANCELED);
  ring_->cancel(kReceive);
  const auto seen = turn();
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].token.operation, Operation::cancel);
  EXPECT_EQ(seen[0].result, -ENOENT);
}

TEST_F(SimRingTest, ConnectsTwoSocketsOfOneRing) {
  start();
  const int client = ring_->open_stream(address(), {});
  const Token connect{Operation::connect, 2, 8};
  ring_->connect(client, address(), connect);
  std::map<Operation, std::int32_t> results;
  for (const Seen& one : turn()) results[one.token.operation] = one.result;
  EXPECT_EQ(results.at(Operation::connect), 0);
  EXPECT_GT(results.at(Operation::accept), fd_);
}

TEST_F(SimRingTest, RefusesConnectionsToNobody) {
  start();
  const auto nobody = *SocketAddress::numeric("127.0.0.1", 26);
  const int client = ring_->open_stream(nobody, {});
  ring_->connect(client, nobody, {Operation::connect, 2, 8});
  EXPECT_EQ(turn().at(0).result, -ECONNREFUSED);
}

TEST_F(SimRingTest, WatchCompletesWhenTheMailboxWasPostedTo) {
  start();
  io::Mailbox mailbox;
  ring_->watch(mailbox.descriptor(), {Operation::wake, 0, 0});
  EXPECT_THAT(turn(), IsEmpty());
  mailbox.post(io::Mailbox::drain);
  EXPECT_TRUE(ring_->has_work());
  EXPECT_EQ(turn().at(0).result, 8);
  EXPECT_EQ(mailbox.take(), io::Mailbox::drain);
}

TEST_F(SimRingTest, ReceivedOctetsAreGoneAfterTheHandler) {
  start({.receive_buffers = 1});
  client_->write("secret");
  ring_->receive(fd_, kReceive);
  EXPECT_EQ(turn().at(0).data, "secret");
#ifndef __SANITIZE_ADDRESS__  // which would report the look
  EXPECT_NE(std::string(last_data_), "secret");
#endif
}

// Each duty, broken.

TEST_F(SimRingTest, NoticesASecondClose) {
  start();
  ring_->close(fd_);
  ring_->close(fd_);
  EXPECT_THAT(first_violation(), HasSubstr("use of a closed descriptor: close"));
}

TEST_F(SimRingTest, NoticesAnOperationOnAClosedDescriptor) {
  start();
  ring_->close(fd_);
  ring_->receive(fd_, kReceive);
  EXPECT_THAT(first_violation(), HasSubstr("use of a closed descriptor: receive"));
}

TEST_F(SimRingTest, NoticesACloseWithAReceiveInFlight) {
  start();
  ring_->receive(fd_, kReceive);
  turn();
  ring_->cancel(kReceive);
  ring_->close(fd_);
  EXPECT_THAT(first_violation(), HasSubstr("closed while in flight: receive"));
}

TEST_F(SimRingTest, NoticesTwoSendsInFlight) {
  start();
  ring_->send(fd_, "a", kSend);
  ring_->send(fd_, "b", {Operation::send, 2, 7});
  EXPECT_THAT(first_violation(), HasSubstr("a second operation of this kind is in flight: send"));
}

TEST_F(SimRingTest, NoticesTwoReceivesInFlight) {
  start();
  ring_->receive(fd_, kReceive);
  ring_->receive(fd_, kReceive);
  EXPECT_THAT(first_violation(), HasSubstr("a second operation of this kind is in flight: receive"));
}

TEST_F(SimRingTest, NoticesOctetsThatChangeWhileTheyAreSent) {
  start();
  std::string reply = "250 ok\r\n";
  ring_->send(fd_, reply, kSend);
  reply[0] = '5';
  turn();
  EXPECT_THAT(first_violation(), HasSubstr("octets changed while they were being sent"));
}

TEST_F(SimRingTest, NoticesAShutdownDuringASend) {
  start();
  ring_->send(fd_, "250 ok\r\n", kSend);
  ring_->shutdown_write(fd_);
  EXPECT_THAT(first_violation(), HasSubstr("shut down while in flight: send"));
}

TEST_F(SimRingTest, NoticesWhatIsNotReleasedAtTheEnd) {
  start();
  ring_->close(listener_);
  ring_->check_released();
  ASSERT_THAT(network_->violations(), SizeIs(testing::Ge(3u)));
  EXPECT_THAT(first_violation(), HasSubstr("closed while in flight: accept"));
}

TEST_F(SimRingTest, IsSatisfiedWithAShardThatReleasesAll) {
  start();
  ring_->cancel(kAccept);
  turn();
  ring_->close(listener_);
  ring_->close(fd_);
  turn();
  ring_->check_released();
  EXPECT_THAT(network_->violations(), IsEmpty());
}

}  // namespace
}  // namespace mailvoid::sim
