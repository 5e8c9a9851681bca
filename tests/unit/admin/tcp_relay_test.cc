// SPDX-License-Identifier: Apache-2.0
#include "admin/tcp_relay.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "admin/http_client.h"

namespace mailvoid::admin {
namespace {

using namespace std::chrono_literals;

// Reads a line, and answers with as many octets as it says.
class Server {
 public:
  Server() : listener_(address_.listen(16)) {
    address_.set_port(TcpAddress::port_of(listener_));
    thread_ = std::thread([this] { run(); });
  }
  ~Server() {
    over_ = true;
    thread_.join();
    close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const TcpAddress& address() const { return address_; }

 private:
  void run() {
    while (!over_) {
      pollfd wait{.fd = listener_, .events = POLLIN, .revents = 0};
      if (poll(&wait, 1, 5) > 0) serve(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    }
  }
  static void serve(int client) {
    std::string line;
    for (char c = 0; recv(client, &c, 1, 0) == 1 && c != '\n';) line += c;
    const std::string answer(line.empty() ? 0 : std::stoul(line), 'x');
    send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    close(client);
  }

  TcpAddress address_ = *TcpAddress::parse("127.0.0.1:0");
  int listener_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

class TcpRelayTest : public testing::Test {
 protected:
  void start(TcpRelayOptions options) {
    options.target = server.address();
    const int listener = address.listen(64);
    address.set_port(TcpAddress::port_of(listener));
    relay = std::make_unique<TcpRelay>(listener, options);
  }

  Server server;
  TcpAddress address = *TcpAddress::parse("[::1]:0");
  std::unique_ptr<TcpRelay> relay;
};

TEST_F(TcpRelayTest, PassesBothWays) {
  start({.target = {}});
  const Socket client(address);
  client.send_text("5\n");
  EXPECT_EQ(client.read_to_end(2s), "xxxxx");
}

TEST_F(TcpRelayTest, PassesMoreThanTheBuffersBetweenHold) {
  start({.target = {}});
  const Socket client(address);
  client.send_text("20000000\n");
  const auto answer = client.read_to_end(10s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->size(), 20'000'000u);
}

TEST_F(TcpRelayTest, PassesOnThatTheClientHasEnded) {
  start({.target = {}});
  const Socket client(address);
  client.send_text("3");
  shutdown(client.fd(), SHUT_WR);
  EXPECT_EQ(client.read_to_end(2s), "xxx");
}

TEST_F(TcpRelayTest, ServesOneAfterTheOtherBeyondItsLimit) {
  start({.target = {}, .connections_max = 2});
  std::vector<std::unique_ptr<Socket>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Socket>(address));
    clients.back()->send_text("1\n");
  }
  for (const auto& client : clients) EXPECT_EQ(client->read_to_end(5s), "x");
}

TEST_F(TcpRelayTest, CutsOffWhoStaysTooLong) {
  start({.target = {}, .lifetime_max = 100ms});
  const Socket idle(address);
  EXPECT_EQ(idle.read_to_end(2s), "");
}

TEST_F(TcpRelayTest, EndsAConnectionWhenNobodyListensBehindIt) {
  TcpRelayOptions options{.target = *TcpAddress::parse("127.0.0.1:0")};
  const int taken = options.target.listen(1);
  options.target.set_port(TcpAddress::port_of(taken));
  close(taken);
  const int listener = address.listen(4);
  address.set_port(TcpAddress::port_of(listener));
  const TcpRelay to_nowhere(listener, options);
  EXPECT_EQ(Socket(address).read_to_end(2s), "");
}

TEST_F(TcpRelayTest, StopsAtOnce) {
  start({.target = {}});
  const Socket idle(address);
  const auto begin = std::chrono::steady_clock::now();
  relay.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 200ms);
  EXPECT_EQ(idle.read_to_end(1s), "");
  EXPECT_FALSE(Socket(address).connected());
}

}  // namespace
}  // namespace mailvoid::admin
