// SPDX-License-Identifier: Apache-2.0
// The name of the allocator that a program was linked with, for --version and build_info. Sanitizer builds
// keep the sanitizer's own.
#pragma once

#include <string>

#ifdef MAILVOID_MIMALLOC
#include <mimalloc.h>
#endif

namespace mailvoid {

[[nodiscard]] inline std::string allocator_name() {
#ifdef MAILVOID_MIMALLOC
  // mi_version() is 212 for 2.1.2 and 30001 for 3.0.1, depending on its age.
  const int version = ::mi_version();
  const int major = version >= 10000 ? version / 10000 : version / 100;
  const int minor = version >= 10000 ? version / 100 % 100 : version / 10 % 10;
  const int patch = version >= 10000 ? version % 100 : version % 10;
  return "mimalloc " + std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
#else
  return "the sanitizer's or the system's";
#endif
}

}  // namespace mailvoid
