// SPDX-License-Identifier: Apache-2.0
// Which instruction set the scanners use. The best one that this machine has is chosen when the program
// starts; results are the same with all of them.
#pragma once

#include <span>
#include <string_view>

namespace mailvoid::scan {

// The instruction set in use: "AVX3_ZEN4", "AVX3", "AVX2", "SSE4", "NEON", "SVE2", ... (Highway's names; AVX3
// is AVX-512), or "scalar" for plain C++.
std::string_view simd_in_use();

// The ones that this program was built with and this machine can run, best first; "scalar" is always the
// last.
std::span<const std::string_view> simd_available();

// Uses the named one from now on: one of simd_available(), "avx512" for the best of the AVX3 family, "auto"
// for the best of all. Case does not matter. Returns false, and changes nothing, when it is unknown or not
// available here.
//
// REQUIRES: no other thread is running a scan (call it while the program starts).
bool force_simd(std::string_view name);

}  // namespace mailvoid::scan
