// SPDX-License-Identifier: Apache-2.0
// Which build this is.
#pragma once

#include <string_view>

namespace mailvoid {

struct BuildInfo {
  std::string_view version;   // "0.1.0"
  std::string_view revision;  // abbreviated commit, "+" behind it for a changed tree; "unknown" outside git
  std::string_view compiler;  // "GCC 12.2.0"
  std::string_view type;      // CMake's build type, with the sanitizers if any: "Debug, address"
};

[[nodiscard]] const BuildInfo& build_info();

}  // namespace mailvoid
