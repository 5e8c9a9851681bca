// SPDX-License-Identifier: Apache-2.0
// Address space reserved once and backed by pages only where it has been touched: the memory under every
// pool, so that a pool's limit costs nothing until it is used and growing never moves anything.
#pragma once

#include <cstddef>

namespace mailvoid {

class ReservedMemory {
 public:
  // Throws std::system_error if the address space cannot be had. `bytes` is rounded up to whole pages.
  explicit ReservedMemory(std::size_t bytes);
  ~ReservedMemory();
  ReservedMemory(const ReservedMemory&) = delete;
  ReservedMemory& operator=(const ReservedMemory&) = delete;

  // Page-aligned, zero where never written.
  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::byte* data_;
  std::size_t size_;
};

}  // namespace mailvoid
