// SPDX-License-Identifier: Apache-2.0
// Assertions state what must be true of us, never what a peer sent: a peer's errors are data.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace mailvoid {

[[noreturn, gnu::cold]] inline void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "mailvoid: assertion failed: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace mailvoid

// Checked in every build: cheap invariants whose violation would corrupt memory or counts.
#define MAILVOID_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::mailvoid::assertion_failed(#expression, __FILE__, __LINE__))

// Checked in debug builds only: for the hot path.
#ifdef NDEBUG
#define MAILVOID_DEBUG_ASSERT(expression) static_cast<void>(0)
#else
#define MAILVOID_DEBUG_ASSERT(expression) MAILVOID_ASSERT(expression)
#endif
