// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/smtp/counted_allocations.h"

#include <cstdlib>
#include <new>

namespace {
std::uint64_t allocations = 0;
}  // namespace

// All forms that a library may pair with the operator delete below: a sanitizer's own would not fit it.
void* operator new(std::size_t octets, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(octets);
}
void* operator new(std::size_t octets) {
  if (void* memory = operator new(octets, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace mailvoid::smtp::testing {

std::uint64_t allocations_so_far() { return allocations; }

}  // namespace mailvoid::smtp::testing
