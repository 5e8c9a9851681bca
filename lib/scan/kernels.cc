// SPDX-License-Identifier: Apache-2.0
// The one place where the kernels meet instruction sets: Highway compiles this file once for each target.

// Left out are targets whose machines all have a better one, and AVX3_SPR, which adds nothing for octets.
// Highway keeps SSE2 in any case, as what every x86-64 has.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_SPR)
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
  static const std::vector<Kernels> all = [] {
    std::vector<Kernels> found;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
      hwy::GetChosenTarget().Update(target);
      found.push_back(HWY_DYNAMIC_DISPATCH(kernels)());
    }
    return found;
  }();
  return all;
}

}  // namespace mailvoid::scan

#endif
