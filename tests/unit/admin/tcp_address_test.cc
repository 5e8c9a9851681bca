// SPDX-License-Identifier: Apache-2.0
#include "admin/tcp_address.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "admin/http_client.h"

namespace mailvoid::admin {
namespace {

TEST(TcpAddress, ReadsAndWritesBothFamilies) {
  for (const char* text : {"127.0.0.1:9525", "0.0.0.0:0", "[::1]:9525", "[::]:65535", "[2001:db8::1]:80"}) {
    const auto address = TcpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), text);
  }
}

TEST(TcpAddress, TakesNothingElse) {
  for (const char* text :
       {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:65536", "localhost:1",
        "::1:1", "[127.0.0.1]:1", "[::1]", "[::1:1", "127.1:1"}) {
    EXPECT_FALSE(TcpAddress::parse(text)) << text;
  }
}

TEST(TcpAddress, ShutsDownItsOwnSocketsAndNoOthers) {
  auto ours = *TcpAddress::parse("127.0.0.1:0");
  const int listener = ours.listen(4);
  ours.set_port(TcpAddress::port_of(listener));
  // The same port of another address.
  auto neighbour = *TcpAddress::parse("127.0.0.2:0");
  neighbour.set_port(ours.port());
  const int other_listener = neighbour.listen(4);
  const Socket client(ours);
  ASSERT_TRUE(client.connected());

  ours.shut_down_sockets();
  EXPECT_FALSE(Socket(ours).connected());
  EXPECT_EQ(client.read_to_end(std::chrono::seconds(1)), "");
  EXPECT_TRUE(Socket(neighbour).connected());
  close(listener);
  close(other_listener);
}

}  // namespace
}  // namespace mailvoid::admin
