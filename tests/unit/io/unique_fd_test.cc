// SPDX-License-Identifier: Apache-2.0
#include "io/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace mailvoid::io {
namespace {

int open_one() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(UniqueFdTest, ClosesWhatItOwns) {
  const int raw = open_one();
  {
    const UniqueFd fd(raw);
    EXPECT_TRUE(fd);
    EXPECT_EQ(fd.get(), raw);
  }
  EXPECT_FALSE(is_open(raw));
}

TEST(UniqueFdTest, AMoveHandsTheDescriptorOver) {
  UniqueFd first(open_one());
  UniqueFd second(open_one());
  const int raw = first.get();
  const int replaced = second.get();
  second = std::move(first);
  EXPECT_EQ(second.get(), raw);
  EXPECT_FALSE(is_open(replaced));
  EXPECT_TRUE(is_open(raw));
}

TEST(UniqueFdTest, AReleasedDescriptorStaysOpen) {
  UniqueFd fd(open_one());
  const int raw = fd.release();
  EXPECT_FALSE(fd);
  fd.reset();
  EXPECT_TRUE(is_open(raw));
  ::close(raw);
}

TEST(UniqueFdTest, OwnsNothingAtFirst) { EXPECT_FALSE(UniqueFd()); }

}  // namespace
}  // namespace mailvoid::io
