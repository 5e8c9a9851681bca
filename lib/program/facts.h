// SPDX-License-Identifier: Apache-2.0
// What a program knows of what it is made of, for --version and mailvoid_build_info.
#pragma once

#include <string>
#include <string_view>

#include "config/program_context.h"

namespace mailvoid::program {

// "mimalloc 3.0.1"; sanitizer builds keep the sanitizer's own allocator. Static storage.
[[nodiscard]] std::string_view allocator_name();

// The text of --version.
[[nodiscard]] std::string version_text(std::string_view program);

// What its options are to be parsed with, on this machine. `program` is static.
[[nodiscard]] config::ProgramContext this_context(std::string_view program);

}  // namespace mailvoid::program
