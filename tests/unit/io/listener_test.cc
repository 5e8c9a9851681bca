// SPDX-License-Identifier: Apache-2.0
#include "io/listener.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace mailvoid::io {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

SocketAddress loopback(std::uint16_t port = 0) { return *SocketAddress::numeric("127.0.0.1", port); }

bool can_connect(const SocketAddress& address) {
  const UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), address.get(), address.length()) == 0;
}

bool has_ipv6() {
  const UniqueFd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = *SocketAddress::numeric("::1", 0);
  return fd && ::bind(fd.get(), address.get(), address.length()) == 0;
}

TEST(ListenerTest, SharesOneFreePortBetweenItsSockets) {
  const auto listener = listen_on(loopback(), {3, 16});
  ASSERT_TRUE(listener) << listener.error();
  EXPECT_THAT(listener->sockets, SizeIs(3));
  EXPECT_NE(listener->address.port(), 0);
  for (const UniqueFd& socket : listener->sockets) {
    EXPECT_EQ(SocketAddress::of_socket(socket.get()).text(), listener->address.text());
  }
}

TEST(ListenerTest, EachOfItsSocketsTakesConnections) {
  const auto listener = listen_on(loopback(), {2, 128});
  ASSERT_TRUE(listener) << listener.error();
  bool taken[2] = {};
  for (int i = 0; i < 200 && !(taken[0] && taken[1]); ++i) {
    ASSERT_TRUE(can_connect(listener->address));
    for (std::size_t s = 0; s < 2; ++s) {
      const UniqueFd accepted(::accept4(listener->sockets[s].get(), nullptr, nullptr, SOCK_NONBLOCK));
      taken[s] |= static_cast<bool>(accepted);
    }
  }
  EXPECT_TRUE(taken[0] && taken[1]);
}

TEST(ListenerTest, APortInUseIsAnErrorThatNamesIt) {
  const auto first = listen_on(loopback(), {1, 16});
  const auto second = listen_on(first->address, {1, 16});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(),
            first->address.text() + ": cannot listen there: Address already in use; another program has it");
}

// SO_REUSEPORT, which our own sockets use among themselves, would let a second program share the port in
// silence.
TEST(ListenerTest, APortWhoseUsersWouldShareItIsInUseAllTheSame) {
  const auto first = listen_on(loopback(), {4, 16});
  ASSERT_TRUE(first);
  EXPECT_FALSE(listen_on(first->address, {4, 16}));
}

TEST(ListenerTest, AnAttemptThatFailsTakesNothingFromWhoHasThePort) {
  const auto first = listen_on(loopback(), {1, 128});
  ASSERT_FALSE(listen_on(first->address, {2, 16}));
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(can_connect(first->address));
    const UniqueFd accepted(::accept(first->sockets[0].get(), nullptr, nullptr));
    ASSERT_TRUE(accepted);
  }
}

TEST(ListenerTest, APortIsFreeAgainOnceItsSocketsAreClosed) {
  const SocketAddress address = listen_on(loopback(), {2, 16})->address;
  EXPECT_TRUE(listen_on(address, {2, 16}));
}

TEST(ListenerTest, ListensOnIPv6) {
  if (!has_ipv6()) GTEST_SKIP() << "this machine has no IPv6";
  const auto listener = listen_on(*SocketAddress::numeric("::1", 0), {2, 16});
  ASSERT_TRUE(listener) << listener.error();
  EXPECT_THAT(listener->address.text(), HasSubstr("[::1]:"));
  EXPECT_TRUE(can_connect(listener->address));
}

TEST(ListenerTest, IPv6AndIPv4MayHaveTheSamePort) {
  if (!has_ipv6()) GTEST_SKIP() << "this machine has no IPv6";
  const auto any6 = listen_on(*SocketAddress::numeric("::", 0), {1, 16});
  ASSERT_TRUE(any6) << any6.error();
  EXPECT_TRUE(listen_on(*SocketAddress::numeric("0.0.0.0", any6->address.port()), {1, 16}));
}

TEST(ListenerTest, AnAddressThatIsNotOursIsAnError) {
  const auto listener = listen_on(*SocketAddress::numeric("192.0.2.1", 0), {1, 16});
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error(), HasSubstr("no interface of this machine has that address"));
}

TEST(ListenerTest, ItsSocketsAreNotInheritedAndDoNotBlock) {
  const auto listener = listen_on(loopback(), {1, 16});
  EXPECT_EQ(::accept(listener->sockets[0].get(), nullptr, nullptr), -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_NE(::fcntl(listener->sockets[0].get(), F_GETFD) & FD_CLOEXEC, 0);
}

}  // namespace
}  // namespace mailvoid::io
