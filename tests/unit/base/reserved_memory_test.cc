// SPDX-License-Identifier: Apache-2.0
#include "base/reserved_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <system_error>
#include <vector>

namespace mailvoid {
namespace {

// How many of the pages are backed by memory.
std::size_t resident_pages(const ReservedMemory& memory) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> resident(memory.size() / page);
  if (mincore(memory.data(), memory.size(), resident.data()) != 0) return ~std::size_t{0};
  return static_cast<std::size_t>(
      std::ranges::count_if(resident, [](unsigned char p) { return (p & 1) != 0; }));
}

TEST(ReservedMemory, IsWholeZeroedPages) {
  const ReservedMemory memory(5000);
  EXPECT_EQ(memory.size() % static_cast<std::size_t>(sysconf(_SC_PAGESIZE)), 0u);
  EXPECT_GE(memory.size(), 5000u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % 4096, 0u);
  EXPECT_TRUE(std::all_of(memory.data(), memory.data() + memory.size(),
                          [](std::byte b) { return b == std::byte{0}; }));
}

TEST(ReservedMemory, TakesNoMemoryBeforeItIsTouched) {
  const ReservedMemory memory(64 << 20);
  EXPECT_EQ(resident_pages(memory), 0u);
  memory.data()[memory.size() - 1] = std::byte{1};
  EXPECT_EQ(resident_pages(memory), 1u);
}

TEST(ReservedMemory, ThrowsWhenThereIsNoSuchAddressSpace) {
  EXPECT_THROW(ReservedMemory(std::size_t{1} << 60), std::system_error);
}

}  // namespace
}  // namespace mailvoid
