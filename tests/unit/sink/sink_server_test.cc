// SPDX-License-Identifier: Apache-2.0
// The sink over real rings on loopback: its sessions are the same with every newer feature of the kernel and
// with each missing.
#include "sink/sink_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "config/address_text.h"
#include "io/unique_fd.h"

namespace mailvoid::sink {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

SinkOptions options() {
  SinkOptions options;
  options.listener.address = config::parse_socket_address("127.0.0.1:0").value();
  options.listener.hostname = "sink.example";
  options.listener.recipients_max = 100;
  options.listeners = {options.listener};
  options.shards = 2;
  options.connections_max = 1000;
  options.idle_timeout = std::chrono::minutes(5);
  options.drain_timeout = std::chrono::seconds(10);
  options.ring_entries = 256;
  options.recv_buffer_bytes = 16 * 1024;
  options.recv_buffers = 16;
  options.block_pool_bytes = 1 << 20;
  options.held_octets_max = 1 << 20;
  options.backlog = 1024;
  return options;
}

class Client {
 public:
  explicit Client(const SocketAddress& server)
      : fd_(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    EXPECT_EQ(::connect(fd_.get(), server.get(), server.length()), 0);
  }
  void say(std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t sent = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0);
      octets.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // Up to the end, or to that text.
  std::string hear(std::string_view until = {}) {
    std::string heard;
    char octets[4096];
    while (until.empty() || !heard.contains(until)) {
      const ssize_t got = ::recv(fd_.get(), octets, sizeof(octets), 0);
      if (got <= 0) break;
      heard.append(octets, static_cast<std::size_t>(got));
    }
    return heard;
  }
  void finish() { ::shutdown(fd_.get(), SHUT_WR); }

 private:
  io::UniqueFd fd_;
};

class SinkServerTest : public testing::TestWithParam<std::vector<std::string>> {
 protected:
  void start(SinkOptions options) {
    options.ring_disable = GetParam();
    auto made = SinkServer::create(options);
    ASSERT_TRUE(made) << made.error();
    server_ = std::move(*made);
    server_->start([this] { ++finished_; });
  }
  void TearDown() override {
    if (server_ == nullptr) return;
    server_->drain();
    EXPECT_TRUE(server_->wait());
    EXPECT_EQ(finished_, server_->shard_count());
    EXPECT_EQ(server_->totals().connections_open, 0u);
    EXPECT_EQ(server_->totals().blocks_in_use, 0u);
  }
  [[nodiscard]] SocketAddress address() const { return server_->addresses()[0]; }

  std::unique_ptr<SinkServer> server_;
  std::atomic<std::size_t> finished_{0};
};

std::string session(int messages, std::size_t body_octets) {
  std::string text = "EHLO client.example\r\n";
  for (int i = 0; i < messages; ++i) {
    text += "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";
    for (std::size_t octets = 0; octets < body_octets; octets += 78) text += std::string(76, 'x') + "\r\n";
    text += ".\r\n";
  }
  return text + "QUIT\r\n";
}

TEST_P(SinkServerTest, CountsWhatManyClientsSendAtOnce) {
  start(options());
  std::vector<std::thread> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back([this] {
      for (int connection = 0; connection < 3; ++connection) {
        Client client(address());
        client.say(session(5, 2000));
        EXPECT_THAT(client.hear(), HasSubstr("221 2.0.0"));
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(server_->totals().messages_accepted, 300u);
  EXPECT_EQ(server_->totals().connections, 60u);
}

TEST_P(SinkServerTest, TakesALargeMessageThroughFewBuffers) {
  SinkOptions few = options();
  few.recv_buffers = 2;
  few.recv_buffer_bytes = 4096;
  start(few);
  Client client(address());
  client.say(session(1, 4'000'000));
  EXPECT_THAT(client.hear(), HasSubstr("221 2.0.0"));
  EXPECT_EQ(server_->totals().messages_accepted, 1u);
}

TEST_P(SinkServerTest, HoldsBackAClientThatReadsLate) {
  start(options());
  Client client(address());
  constexpr std::size_t kCommands = 300'000;  // their replies are more than the kernel buffers
  std::string commands;
  for (std::size_t i = 0; i < kCommands; ++i) commands += "VRFY someone\r\n";
  std::thread writer([&] {
    client.say(commands);
    client.finish();
  });
  const Instant give_up = now() + std::chrono::seconds(20);
  while (server_->totals().pauses == 0 && now() < give_up) std::this_thread::yield();
  EXPECT_GT(server_->totals().pauses, 0u);
  const std::string heard = client.hear();
  writer.join();
  EXPECT_THAT(heard, StartsWith("220 "));
  EXPECT_EQ(std::ranges::count(heard, '\n'), kCommands + 1);
}

TEST_P(SinkServerTest, TheLastReplyArrivesAlthoughMoreWasSent) {
  start(options());
  for (int i = 0; i < 20; ++i) {
    Client client(address());
    client.say("QUIT\r\n" + std::string(200'000, 'x'));
    EXPECT_THAT(client.hear(), HasSubstr("221 2.0.0"));
  }
}

TEST_P(SinkServerTest, DrainTellsIdleClientsAndClosesItsPorts) {
  start(options());
  std::vector<Client> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back(address());
    EXPECT_THAT(clients.back().hear("\r\n"), StartsWith("220 "));
  }
  const SocketAddress was = address();
  server_->drain();
  for (Client& client : clients) EXPECT_THAT(client.hear(), StartsWith("421 4.3.2"));
  clients.clear();
  EXPECT_TRUE(server_->wait());
  const io::UniqueFd late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(late.get(), was.get(), was.length()), -1);
  EXPECT_EQ(errno, ECONNREFUSED);
}

TEST_P(SinkServerTest, ExitsAfterExactlyThatManyMessages) {
  SinkOptions limited = options();
  limited.exit_after_messages = 57;
  start(limited);
  std::vector<Client> clients;
  for (int i = 0; i < 10; ++i) clients.emplace_back(address());
  for (Client& client : clients) client.say(session(20, 100));
  for (Client& client : clients) client.hear();
  clients.clear();
  EXPECT_TRUE(server_->wait());
  EXPECT_EQ(server_->totals().messages_accepted, 57u);
}

std::vector<std::vector<std::string>> disabled_sets() {
  std::vector<std::vector<std::string>> sets{{}};
  std::vector<std::string> all;
  for (const std::string_view name : io::kRingFeatureNames) {
    all.emplace_back(name);
    sets.push_back({std::string(name)});
  }
  sets.push_back(all);
  return sets;
}

INSTANTIATE_TEST_SUITE_P(Without, SinkServerTest, testing::ValuesIn(disabled_sets()), [](const auto& set) {
  std::string name = set.param.size() == 1 ? set.param[0] : set.param.empty() ? "nothing" : "everything";
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(SinkServerErrorTest, SaysThatAPortIsTaken) {
  auto first = SinkServer::create(options());
  ASSERT_TRUE(first) << first.error();
  SinkOptions same = options();
  same.listeners[0].address = config::parse_socket_address((*first)->addresses()[0].text()).value();
  const auto second = SinkServer::create(same);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("another program has it"));
}

}  // namespace
}  // namespace mailvoid::sink
