// SPDX-License-Identifier: Apache-2.0
#include "io/token.h"

#include <gtest/gtest.h>

namespace mailvoid::io {
namespace {

TEST(TokenTest, PacksIntoTheBitsThatItsDrawingShows) {
  EXPECT_EQ((Token{Operation::send, 0xabcdef, 0x12345678}).pack(), 0x03abcdef12345678u);
  EXPECT_EQ((Token{Operation::accept, 0, 0}).pack(), 0u);
}

TEST(TokenTest, ComesBackAsItWas) {
  for (const auto operation : {Operation::accept, Operation::receive, Operation::wake}) {
    for (const std::uint32_t generation : {0u, 1u, 0xffffffu}) {
      for (const std::uint32_t slot : {0u, 1u, 0xffffffffu}) {
        const Token token{operation, generation, slot};
        EXPECT_EQ(Token::unpack(token.pack()), token);
      }
    }
  }
}

TEST(TokenTest, AGenerationBeyondItsBitsDoesNotReachTheOperation) {
  EXPECT_EQ(Token::unpack((Token{Operation::send, 0x01000002, 5}).pack()), (Token{Operation::send, 2, 5}));
}

}  // namespace
}  // namespace mailvoid::io
