// SPDX-License-Identifier: Apache-2.0
// Text for people on stdout and stderr.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace mailvoid {

// As fmt::print, but never throws for what cannot be written: a full disk under a log, or a reader that has
// enough (head), is no reason to end a run and to lose its result. What must not get lost goes to a
// program::ResultFile.
template <class... Args>
void say(std::FILE* to, fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), to));
}

}  // namespace mailvoid
