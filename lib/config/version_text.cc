// SPDX-License-Identifier: Apache-2.0
#include "config/version_text.h"

#include <fmt/format.h>
#include <sys/utsname.h>

namespace mailvoid::config {

std::string version_text(std::string_view program, const BuildInfo& build, const RuntimeFacts& facts) {
  utsname system{};
  const bool known = uname(&system) == 0;
  const std::string kernel =
      known ? fmt::format("{} {} {}", system.sysname, system.release, system.machine) : "unknown";
  return fmt::format(
      "{} {}\n"
      "revision   {}\n"
      "build      {}\n"
      "compiler   {}\n"
      "allocator  {}\n"
      "kernel     {}\n"
      "SIMD       {}\n"
      "io_uring   {}\n",
      program, build.version, build.revision, build.type, build.compiler, facts.allocator, kernel, facts.simd,
      facts.ring);
}

}  // namespace mailvoid::config
