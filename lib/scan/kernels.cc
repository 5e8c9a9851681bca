// SPDX-License-Identifier: Apache-2.0
// The one place where the kernels meet instruction sets: Highway compiles this file once for each target.

// GCC 12 makes wrong code of "or" for SVE predicates of more than 16 octets (the tests fail under qemu with
// vectors of 256 bits; with GCC 14 they pass, of 128 to 512). NEON serves there.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
#define MAILVOID_BROKEN_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#else
#define MAILVOID_BROKEN_TARGETS 0
#endif
// The others left out have a better one on each machine that has them, or add nothing for octets. Highway
// keeps SSE2 in any case, as what every x86-64 has.
#define HWY_DISABLED_TARGETS (MAILVOID_BROKEN_TARGETS | HWY_SSSE3 | HWY_AVX3_SPR | HWY_NEON_BF16)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "scan/kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

#include "scan/kernels.h"

#include "hwy/highway.h"
#include "scan/data_kernel-inl.h"
#include "scan/line_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace mailvoid::scan::HWY_NAMESPACE {

Kernels kernels() {
  return {hwy::TargetName(HWY_TARGET), hn::Lanes(Octets()) + kLookAhead, &skip_content_chars<false>,
          &skip_content_chars<true>, &find_command_line_vector};
}

}  // namespace mailvoid::scan::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <vector>

namespace mailvoid::scan {

HWY_EXPORT(kernels);

std::span<const Kernels> vector_kernels() {
  static const std::vector<Kernels> kAll = [] {
    std::vector<Kernels> found;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
      hwy::GetChosenTarget().Update(target);
      found.push_back(HWY_DYNAMIC_DISPATCH(kernels)());
    }
    return found;
  }();
  return kAll;
}

}  // namespace mailvoid::scan

#endif
