// SPDX-License-Identifier: Apache-2.0
#include "base/reserved_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace mailvoid {

ReservedMemory::ReservedMemory(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  size_ = (bytes == 0 ? page : bytes + page - 1) / page * page;
  void* const mapped =
      ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) {
    throw std::system_error(errno, std::system_category(), "cannot reserve memory for a pool");
  }
  // Huge pages would make one idle session cost two megabytes.
  ::madvise(mapped, size_, MADV_NOHUGEPAGE);
  data_ = static_cast<std::byte*>(mapped);
}

ReservedMemory::~ReservedMemory() { ::munmap(data_, size_); }

}  // namespace mailvoid
