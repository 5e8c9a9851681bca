// SPDX-License-Identifier: Apache-2.0
#include "scan/simd.h"

#include <algorithm>
#include <vector>

#include "scan/kernels.h"

namespace mailvoid::scan {
namespace {

CommandLine find_command_line_from(std::string_view in, std::size_t from) {
  return find_command_line_scalar(in, from, false, false);
}

constexpr Kernels kScalar = {.name = "scalar", .find_command_line = &find_command_line_from};

const std::vector<const Kernels*>& available() {
  static const std::vector<const Kernels*> kAll = [] {
    std::vector<const Kernels*> found;
    for (const Kernels& kernels : vector_kernels()) {
      found.push_back(&kernels);
    }
    found.push_back(&kScalar);
    return found;
  }();
  return kAll;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

bool names(std::string_view wanted, const Kernels& kernels) {
  if (same_name(wanted, "auto")) {
    return true;
  }
  if (same_name(wanted, "avx512")) {
    return kernels.name.starts_with("AVX3");
  }
  return same_name(wanted, kernels.name);
}

// Before this has run, in the initialisation of another file say, scans are scalar and just as right.
[[maybe_unused]] const bool kBestChosen = force_simd("auto");

}  // namespace

constinit const Kernels* kernels_in_use = &kScalar;

std::string_view simd_in_use() { return kernels_in_use->name; }

std::span<const std::string_view> simd_available() {
  static const std::vector<std::string_view> kAll = [] {
    std::vector<std::string_view> found;
    for (const Kernels* kernels : available()) {
      found.push_back(kernels->name);
    }
    return found;
  }();
  return kAll;
}

bool force_simd(std::string_view name) {
  const auto found =
      std::ranges::find_if(available(), [name](const Kernels* kernels) { return names(name, *kernels); });
  if (found == available().end()) {
    return false;
  }
  kernels_in_use = *found;
  return true;
}

}  // namespace mailvoid::scan
