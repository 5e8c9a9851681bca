// SPDX-License-Identifier: Apache-2.0
#include "program/facts.h"

#include "base/version.h"
#include "config/version_text.h"
#include "io/ring_features.h"
#include "io/uring.h"
#include "scan/simd.h"

#ifdef MAILVOID_MIMALLOC
#include <mimalloc.h>
#endif

namespace mailvoid::program {

std::string_view allocator_name() {
#ifdef MAILVOID_MIMALLOC
  static const std::string name = [] {
    // 212 is 2.1.2; from 3.0 on 30001 is 3.0.1.
    const int version = ::mi_version();
    const bool wide = version >= 10000;
    return "mimalloc " + std::to_string(wide ? version / 10000 : version / 100) + '.' +
           std::to_string(wide ? version / 100 % 100 : version / 10 % 10) + '.' +
           std::to_string(wide ? version % 100 : version % 10);
  }();
  return name;
#else
  return "of the sanitizer";
#endif
}

std::string version_text(std::string_view program) {
  return config::version_text(
      program, build_info(),
      {std::string(allocator_name()), std::string(scan::simd_in_use()), io::describe_ring()});
}

config::ProgramContext this_context(std::string_view program) {
  config::ProgramContext context;
  context.host = config::this_host();
  for (const std::string_view name : scan::simd_available()) context.simd_names.emplace_back(name);
  context.ring_features.assign(io::kRingFeatureNames.begin(), io::kRingFeatureNames.end());
  context.version = [program] { return version_text(program); };
  return context;
}

}  // namespace mailvoid::program
