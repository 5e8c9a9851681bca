// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace mailvoid::scan {

// Two pages between two that nobody may touch: reading an octet too far, on either side, ends the test.
class GuardedBuffer {
 public:
  GuardedBuffer() : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    void* const mapped =
        ::mmap(nullptr, 4 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
      throw std::runtime_error("mmap failed");
    }
    base_ = static_cast<char*>(mapped);
    if (::mprotect(base_, page_, PROT_NONE) != 0 || ::mprotect(base_ + 3 * page_, page_, PROT_NONE) != 0) {
      throw std::runtime_error("mprotect failed");
    }
  }
  ~GuardedBuffer() { ::munmap(base_, 4 * page_); }
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  [[nodiscard]] std::size_t size() const { return 2 * page_; }

  // Copies of `text`, valid until the next call: its first octet is the first after a guard page, its last
  // octet is the last before one, or it begins `offset` octets after a page begins.
  std::string_view at_front(std::string_view text) { return place(text, 0); }
  std::string_view at_back(std::string_view text) { return place(text, size() - text.size()); }
  std::string_view at_offset(std::string_view text, std::size_t offset) { return place(text, offset); }

 private:
  std::string_view place(std::string_view text, std::size_t offset) {
    if (offset > size() || text.size() > size() - offset) {
      throw std::length_error("text does not fit");
    }
    char* const to = base_ + page_ + offset;
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  std::size_t page_;
  char* base_ = nullptr;
};

}  // namespace mailvoid::scan
