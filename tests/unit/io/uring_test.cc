// SPDX-License-Identifier: Apache-2.0
// The real ring keeps the promises of io/ring.h, with every newer feature of the kernel and with each
// missing.
#include "io/uring.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <optional>
#include <set>
#include <thread>

#include "io/mailbox.h"
#include "io/starved_list.h"
#include "tests/unit/io/loopback.h"

namespace mailvoid::io {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::ElementsAre;
using testing::Gt;

constexpr Token kAccept{Operation::accept, 0, 0};
constexpr Token kConnect{Operation::connect, 1, 0};

constexpr Token receive_token(std::uint32_t slot) { return {Operation::receive, 1, slot}; }
constexpr Token send_token(std::uint32_t slot) { return {Operation::send, 1, slot}; }

std::string numbers(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += std::to_string(i) + '\n';
  return text;
}

class UringTest : public testing::TestWithParam<RingFeatures> {
 protected:
  Loopback& start(UringOptions options = {}) {
    options.features = GetParam();
    return loopback_.emplace(options);
  }
  // Receives on `fd`, as a shard would, until `octets` or the end.
  std::string receive_all(UniqueFd& fd, std::size_t octets) {
    std::string received;
    loopback_->ring().receive(fd.get(), receive_token(0));
    while (received.size() < octets) {
      const Seen seen = loopback_->next();
      received += seen.data;
      if (seen.result < 0 && seen.result != -ENOBUFS) throw std::runtime_error("receive failed");
      if (seen.result == 0) break;
      if (!seen.more) loopback_->ring().receive(fd.get(), receive_token(0));
    }
    return received;
  }

  std::optional<Loopback> loopback_;
};

TEST_P(UringTest, UsesNoFeatureThatWasNotAskedFor) {
  Loopback& loopback = start();
  for (std::size_t i = 0; i < kRingFeatureNames.size(); ++i) {
    const auto feature = static_cast<RingFeature>(i);
    EXPECT_LE(loopback.ring().features().has(feature), GetParam().has(feature)) << kRingFeatureNames[i];
  }
}

TEST_P(UringTest, AcceptsConnectsSendsReceivesAndEnds) {
  Loopback& loopback = start();
  Uring& ring = loopback.ring();
  const int client = ring.open_stream(loopback.address(), {});
  ASSERT_GE(client, 0);
  ring.accept(loopback.listener(), kAccept);
  ring.connect(client, loopback.address(), kConnect);
  std::map<Operation, std::int32_t> results;
  for (int i = 0; i < 2; ++i) {
    const Seen seen = loopback.next();
    results[seen.token.operation] = seen.result;
  }
  EXPECT_EQ(results.at(Operation::connect), 0);
  const int server = results.at(Operation::accept);
  ASSERT_GE(server, 0);
  ring.receive(server, receive_token(1));
  ring.send(client, "EHLO x\r\n", send_token(0));
  std::string heard;
  while (heard.size() < 8) heard += loopback.next().data;
  EXPECT_EQ(heard, "EHLO x\r\n");
  ring.shutdown_write(client);
  Seen end = loopback.next();
  while (end.token != receive_token(1)) end = loopback.next();
  EXPECT_EQ(end.result, 0);
  EXPECT_FALSE(end.more);
  ring.close(client);
  ring.close(server);
  EXPECT_TRUE(loopback.quiet());
  EXPECT_EQ(::fcntl(server, F_GETFD), -1);
}

TEST_P(UringTest, AcceptGoesOnForOneConnectionAfterAnother) {
  Loopback& loopback = start();
  loopback.ring().accept(loopback.listener(), kAccept);
  std::set<int> descriptors;
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(loopback.connect());
    const Seen seen = loopback.next();
    EXPECT_TRUE(seen.more);
    descriptors.insert(seen.result);
  }
  EXPECT_EQ(descriptors.size(), 20u);
  for (const int fd : descriptors) ::close(fd);
}

TEST_P(UringTest, AcceptedSocketsDoNotDelaySmallReplies) {
  Loopback& loopback = start();
  const UniqueFd client = loopback.connect();
  loopback.ring().accept(loopback.listener(), kAccept);
  const UniqueFd server(loopback.next().result);
  int no_delay = 0;
  socklen_t length = sizeof(no_delay);
  ::getsockopt(server.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &length);
  EXPECT_NE(no_delay, 0);
}

TEST_P(UringTest, AcceptNowTakesWhoWaitsAndThenSaysThatNobodyDoes) {
  Loopback& loopback = start();
  EXPECT_EQ(loopback.ring().accept_now(loopback.listener()), -EAGAIN);
  const UniqueFd client = loopback.connect();
  const UniqueFd server = loopback.accept_one();
  EXPECT_TRUE(server);
  EXPECT_EQ(loopback.ring().accept_now(loopback.listener()), -EAGAIN);
}

TEST_P(UringTest, ReceivesALongStreamInOrderThroughFewSmallBuffers) {
  Loopback& loopback = start({.buffers = {.count = 2, .bytes = 4096}});
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  const std::string text = numbers(200'000);
  std::thread writer([&] { write_all(client.get(), text); });
  EXPECT_EQ(receive_all(server, text.size()), text);
  writer.join();
}

TEST_P(UringTest, KeepsSessionsApartThatShareTwoSmallBuffers) {
  Loopback& loopback = start({.buffers = {.count = 2, .bytes = 4096}});
  constexpr std::uint32_t kSessions = 40;
  constexpr int kRounds = 50;
  std::vector<UniqueFd> clients;
  std::vector<UniqueFd> servers;
  std::vector<std::string> sent(kSessions);
  std::vector<std::string> received(kSessions);
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    clients.push_back(loopback.connect());
    servers.push_back(loopback.accept_one());
    loopback.ring().receive(servers[i].get(), receive_token(i));
  }
  for (int round = 0; round < kRounds; ++round) {
    for (std::uint32_t i = 0; i < kSessions; ++i) {
      const std::string text = "session " + std::to_string(i) + " round " + std::to_string(round) + "\r\n";
      write_all(clients[i].get(), text);
      sent[i] += text;
    }
    while (received != sent) {
      const Seen seen = loopback.next();
      received[seen.token.slot] += seen.data;
      ASSERT_TRUE(seen.result > 0 || seen.result == -ENOBUFS) << seen.result;
      if (!seen.more) loopback.ring().receive(servers[seen.token.slot].get(), seen.token);
    }
  }
}

TEST_P(UringTest, OneLargeBufferServesSeveralSessionsInATurn) {
  Loopback& loopback = start({.buffers = {.count = 1, .bytes = 64 * 1024}});
  constexpr std::uint32_t kSessions = 4;
  std::vector<UniqueFd> clients;
  std::vector<UniqueFd> servers;
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    clients.push_back(loopback.connect());
    servers.push_back(loopback.accept_one());
    write_all(clients.back().get(), "NOOP\r\n");
    loopback.ring().receive(servers.back().get(), receive_token(i));
  }
  for (std::uint32_t i = 0; i < kSessions; ++i) EXPECT_EQ(loopback.next().data, "NOOP\r\n");
}

TEST_P(UringTest, SaysThatBuffersRanOut) {
  Loopback& loopback = start({.buffers = {.count = 1, .bytes = 4096}});
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  write_all(client.get(), std::string(100'000, 'x'));
  loopback.ring().receive(server.get(), receive_token(0));
  std::int32_t result = 1;
  while (result > 0) {
    const Seen seen = loopback.next();
    result = seen.result;
    EXPECT_EQ(seen.more, result > 0);
  }
  EXPECT_EQ(result, -ENOBUFS);
  EXPECT_GT(loopback.ring().counters().buffers_exhausted.value(), 0u);
  EXPECT_EQ(loopback.ring().counters().buffers_free.value(), 0u);
}

TEST_P(UringTest, SendsPartsInOrder) {
  Loopback& loopback = start();
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  const std::string_view parts[] = {"one ", "two ", "three ", "four ", "five ", "six ", "seven ", "eight"};
  static_assert(std::size(parts) == kSendPartsMax);
  const std::string all = "one two three four five six seven eight";
  loopback.ring().send(server.get(), parts, send_token(0));
  EXPECT_EQ(loopback.next().result, static_cast<std::int32_t>(all.size()));
  EXPECT_EQ(read_octets(client.get(), all.size()), all);
}

TEST_P(UringTest, TakesMoreOperationsThanItsQueueHolds) {
  Loopback& loopback = start({.submission_entries = 4, .buffers = {}});
  constexpr std::uint32_t kSessions = 60;
  std::vector<UniqueFd> clients;
  std::vector<UniqueFd> servers;
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    clients.push_back(loopback.connect());
    servers.push_back(loopback.accept_one());
  }
  std::vector<std::string> texts(kSessions);
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    texts[i] = "reply " + std::to_string(i + 100);
    const std::string_view parts[] = {std::string_view(texts[i]).substr(0, 6),
                                      std::string_view(texts[i]).substr(6)};
    loopback.ring().send(servers[i].get(), parts, send_token(i));
  }
  std::set<std::uint32_t> sent;
  while (sent.size() < kSessions) {
    const Seen seen = loopback.next();
    EXPECT_EQ(seen.result, 9);
    sent.insert(seen.token.slot);
  }
  for (std::uint32_t i = 0; i < kSessions; ++i) EXPECT_EQ(read_octets(clients[i].get(), 9), texts[i]);
  EXPECT_GT(loopback.ring().counters().early_submits.value(), 0u);
}

TEST_P(UringTest, LosesNoCompletionWhenTheirQueueOverflows) {
  Loopback& loopback = start({.submission_entries = 2, .buffers = {.count = 16, .bytes = 4096}});
  constexpr std::uint32_t kSessions = 60;  // against eight completions
  std::vector<UniqueFd> clients;
  std::vector<UniqueFd> servers;
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    clients.push_back(loopback.connect());
    servers.push_back(loopback.accept_one());
    loopback.ring().receive(servers[i].get(), receive_token(i));
  }
  EXPECT_TRUE(loopback.quiet());
  for (const UniqueFd& client : clients) write_all(client.get(), "x");
  std::set<std::uint32_t> heard;
  while (heard.size() < kSessions) {
    const Seen seen = loopback.next();
    if (seen.result == 1) heard.insert(seen.token.slot);
    if (!seen.more) loopback.ring().receive(servers[seen.token.slot].get(), seen.token);
  }
}

TEST_P(UringTest, CancelEndsAReceive) {
  Loopback& loopback = start();
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  loopback.ring().receive(server.get(), receive_token(3));
  EXPECT_TRUE(loopback.quiet());
  loopback.ring().cancel(receive_token(3));
  const Seen seen = loopback.next();
  EXPECT_EQ(seen.token, receive_token(3));
  EXPECT_EQ(seen.result, -ECANCELED);
  EXPECT_FALSE(seen.more);
  EXPECT_TRUE(loopback.quiet());
}

TEST_P(UringTest, ACancelOfNothingSaysSoUnderTheNameOfACancel) {
  Loopback& loopback = start();
  loopback.ring().cancel(receive_token(3));
  const Seen seen = loopback.next();
  EXPECT_EQ(seen.token, (Token{Operation::cancel, 1, 3}));
  EXPECT_EQ(seen.result, -ENOENT);
}

TEST_P(UringTest, ACancelBeforeARearmDoesNotEndTheNewReceive) {
  Loopback& loopback = start();
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  loopback.ring().cancel(receive_token(0));
  loopback.ring().receive(server.get(), receive_token(0));
  EXPECT_EQ(loopback.next().result, -ENOENT);
  write_all(client.get(), "x");
  EXPECT_EQ(loopback.next().data, "x");
}

TEST_P(UringTest, ASendThatNobodyReadsWaitsAndTellsWhatWentWhenCancelled) {
  Loopback& loopback = start();
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  const int small = 4096;
  ::setsockopt(server.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
  const std::string text = numbers(100'000);
  loopback.ring().send(server.get(), text, send_token(0));
  EXPECT_TRUE(loopback.quiet());
  loopback.ring().cancel(send_token(0));
  const Seen seen = loopback.next();
  EXPECT_EQ(seen.token, send_token(0));
  ASSERT_THAT(seen.result, AnyOf(Gt(0), -ECANCELED));
  const auto sent = static_cast<std::size_t>(std::max(seen.result, 0));
  EXPECT_LT(sent, text.size());
  EXPECT_EQ(read_octets(client.get(), sent), text.substr(0, sent));
}

TEST_P(UringTest, ClosingWithUnreadInputBreaksTheConnection) {
  Loopback& loopback = start();
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  write_all(client.get(), "unread");
  loopback.ring().close(server.release());
  EXPECT_TRUE(loopback.quiet());
  char octet = 0;
  EXPECT_EQ(::recv(client.get(), &octet, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST_P(UringTest, TheLastReplyArrivesWhenWritingIsShutDownAndInputDrainedFirst) {
  Loopback& loopback = start();
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  write_all(client.get(), "QUIT\r\nand more");
  loopback.ring().receive(server.get(), receive_token(0));
  loopback.ring().send(server.get(), "221 bye\r\n", send_token(0));
  std::size_t drained = 0;
  for (bool sent = false; !sent || drained < 14;) {
    const Seen seen = loopback.next();
    sent |= seen.token == send_token(0);
    drained += seen.data.size();
  }
  loopback.ring().shutdown_write(server.get());
  EXPECT_EQ(read_octets(client.get(), 100), "221 bye\r\n");
  client.reset();
  EXPECT_EQ(loopback.next().result, 0);
}

TEST_P(UringTest, ASendToABrokenConnectionFails) {
  Loopback& loopback = start();
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  const linger abort{1, 0};
  ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  client.reset();
  loopback.ring().send(server.get(), "250 ok\r\n", send_token(0));
  EXPECT_THAT(loopback.next().result, AnyOf(-ECONNRESET, -EPIPE));
}

TEST_P(UringTest, ConnectToNobodyIsRefused) {
  Loopback& loopback = start();
  const auto nobody = listen_on(*SocketAddress::numeric("127.0.0.1", 0), {1, 1}).value().address;
  const UniqueFd client(loopback.ring().open_stream(nobody, {}));
  loopback.ring().connect(client.get(), nobody, kConnect);
  EXPECT_EQ(loopback.next().result, -ECONNREFUSED);
}

TEST_P(UringTest, ConnectsFromALocalAddress) {
  Loopback& loopback = start();
  const auto local = *SocketAddress::numeric("127.0.0.77", 0);
  const UniqueFd client(loopback.ring().open_stream(loopback.address(), local));
  loopback.ring().connect(client.get(), loopback.address(), kConnect);
  EXPECT_EQ(loopback.next().result, 0);
  const UniqueFd server = loopback.accept_one();
  sockaddr_in peer{};
  socklen_t length = sizeof(peer);
  ::getpeername(server.get(), reinterpret_cast<sockaddr*>(&peer), &length);
  EXPECT_TRUE(SocketAddress(reinterpret_cast<sockaddr*>(&peer), length).text().starts_with("127.0.0.77:"));
}

TEST_P(UringTest, AnotherThreadWakesItThroughAMailbox) {
  Loopback& loopback = start();
  Mailbox mailbox;
  const Token wake{Operation::wake, 0, 0};
  loopback.ring().watch(mailbox.descriptor(), wake);
  EXPECT_TRUE(loopback.quiet());
  for (int i = 0; i < 3; ++i) {
    std::thread poster([&] { mailbox.post(i % 2 == 0 ? Mailbox::drain : Mailbox::stop); });
    EXPECT_EQ(loopback.next().token, wake);
    EXPECT_EQ(mailbox.take(), i % 2 == 0 ? Mailbox::drain : Mailbox::stop);
    loopback.ring().watch(mailbox.descriptor(), wake);
    poster.join();
  }
}

TEST_P(UringTest, ADeadlineThatHasPassedSubmitsAndReturns) {
  Loopback& loopback = start();
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  loopback.ring().close(server.release());
  EXPECT_TRUE(loopback.turn(-1h).empty());
  EXPECT_EQ(read_octets(client.get(), 1), "");
}

// A bulk sender whose input never ends, and a small one: rearmed as a shard does it, what the small one says
// comes within a few turns.
TEST_P(UringTest, ABulkSenderDoesNotKeepASmallOneWaiting) {
  Loopback& loopback = start({.buffers = {.count = 4, .bytes = 16 * 1024}});
  Uring& ring = loopback.ring();
  UniqueFd clients[2] = {loopback.connect(), loopback.connect()};
  UniqueFd servers[2] = {loopback.accept_one(), loopback.accept_one()};
  std::atomic<bool> done = false;
  std::thread bulk([&] {
    const std::string text(256 * 1024, 'x');
    while (!done && ::send(clients[0].get(), text.data(), text.size(), MSG_NOSIGNAL) > 0) {}
  });
  StarvedList starved;
  bool fed[2] = {};
  const auto arm = [&](std::uint32_t slot) {
    fed[slot] = false;
    ring.receive(servers[slot].get(), receive_token(slot));
  };
  const auto take_turn = [&](bool& heard_small) {
    for (const Seen& seen : loopback.turn()) {
      const std::uint32_t slot = seen.token.slot;
      heard_small |= slot == 1 && !seen.data.empty();
      fed[slot] |= !seen.data.empty();
      if (!seen.more && seen.result == -ENOBUFS) {
        starved.add(seen.token, fed[slot]);
      } else if (!seen.more) {
        arm(slot);
      }
    }
    starved.take_all([&](std::uint32_t slot, std::uint32_t) { arm(slot); });
  };
  arm(0);
  arm(1);
  int turns_most = 0;
  for (int round = 0; round < 50; ++round) {
    bool heard = false;
    for (int i = 0; i < 5; ++i) take_turn(heard);
    write_all(clients[1].get(), "NOOP\r\n");  // on loopback it has arrived when this returns
    int turns = 0;
    for (heard = false; !heard && turns < 1000; ++turns) take_turn(heard);
    turns_most = std::max(turns_most, turns);
  }
  EXPECT_LE(turns_most, 5);
  done = true;
  ::shutdown(clients[0].get(), SHUT_RDWR);
  bulk.join();
}

INSTANTIATE_TEST_SUITE_P(Features, UringTest, testing::ValuesIn(feature_sets()), feature_set_name);

[[maybe_unused]] std::size_t mapped_pages() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages;
}

#ifndef __SANITIZE_ADDRESS__  // whose own memory grows more than ours would
TEST(UringLifeTest, GivesItsMemoryBackWhicheverThreadRanIt) {
  constexpr std::uint32_t kBuffers = 16 * 1024;
  constexpr std::size_t kEntryPages = kBuffers * sizeof(io_uring_buf) / 4096;
  const auto live_once = [] {
    auto ring = Uring::create({.buffers = {.count = kBuffers, .bytes = 64}});
    ASSERT_TRUE(ring) << ring.error();
    std::thread([&] { EXPECT_EQ((*ring)->enable(), 0); }).join();
  };
  live_once();
  const std::size_t before = mapped_pages();
  for (int i = 0; i < 20; ++i) live_once();
  EXPECT_LT(mapped_pages(), before + 10 * kEntryPages);
}
#endif

TEST(UringLifeTest, ARingThatEndsLeavesItsSuccessorsBuffersAlone) {
  std::optional<Loopback> first(std::in_place, UringOptions{});
  first.reset();
  Loopback second{UringOptions{}};
  const UniqueFd client = second.connect();
  const UniqueFd server = second.accept_one();
  second.ring().receive(server.get(), receive_token(0));
  write_all(client.get(), "x");
  EXPECT_EQ(second.next().data, "x");
}

TEST(UringLifeTest, DescribesTheRingForPeople) {
  const std::string text = describe_ring();
  EXPECT_TRUE(text == "none" || text.contains("registered-ring") || text.contains("not available")) << text;
}

}  // namespace
}  // namespace mailvoid::io
