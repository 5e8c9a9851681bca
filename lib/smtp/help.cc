// SPDX-License-Identifier: Apache-2.0
#include "smtp/help.h"

#include <fmt/format.h>

namespace mailvoid::smtp {
namespace {

std::string_view status(bool enhanced) { return enhanced ? "2.0.0 " : ""; }

}  // namespace

std::string render_help_overview(FeatureSet served, bool enhanced) {
  std::string names;
  for (std::size_t i = 0; i < kVerbCount; ++i) {
    const auto verb = static_cast<Verb>(i);
    if (served.has(verb)) names += fmt::format(" {}", command_info(verb).name);
  }
  return fmt::format("214-{}Commands:{}\r\n214 {}HELP <command> explains one\r\n", status(enhanced), names,
                     status(enhanced));
}

std::string render_help_on(Verb verb, bool enhanced) {
  const std::string_view usage = command_info(verb).usage;
  return usage.empty() ? std::string() : fmt::format("214 {}{}\r\n", status(enhanced), usage);
}

}  // namespace mailvoid::smtp
