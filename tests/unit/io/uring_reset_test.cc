// SPDX-License-Identifier: Apache-2.0
// A connection that is reset: the other side sees no end of input.
#include <gtest/gtest.h>

#include "io/uring.h"
#include "tests/unit/io/loopback.h"

namespace mailvoid::io {
namespace {

TEST(UringReset, ComesInsteadOfTheEndWhereItWasAskedFor) {
  Loopback loopback({});
  UniqueFd client = loopback.connect();
  UniqueFd server = loopback.accept_one();
  Uring::reset_on_close(server.get());
  loopback.ring().close(server.release());
  EXPECT_TRUE(loopback.quiet());
  char octet = 0;
  EXPECT_EQ(::recv(client.get(), &octet, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

}  // namespace
}  // namespace mailvoid::io
