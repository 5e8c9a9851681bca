// SPDX-License-Identifier: Apache-2.0
#include "scan/line_find.h"

#include "base/assert.h"
#include "scan/kernels.h"

namespace mailvoid::scan {

CommandLine find_command_line(std::string_view in, std::size_t from) {
  MAILVOID_DEBUG_ASSERT(from <= in.size());
  return kernels_in_use->find_command_line(in, from);
}

CommandLine find_command_line_scalar(std::string_view in, std::size_t at, bool has_control, bool has_8bit) {
  for (; at < in.size(); ++at) {
    const auto octet = static_cast<unsigned char>(in[at]);
    if (octet == '\r') {
      if (at + 1 == in.size()) {
        break;
      }
      if (in[at + 1] == '\n') {
        return {at, at + 2, has_control, has_8bit};
      }
    }
    has_control = has_control || octet < 0x20 || octet == 0x7F;
    has_8bit = has_8bit || octet >= 0x80;
  }
  return {CommandLine::npos, at, has_control, has_8bit};
}

}  // namespace mailvoid::scan
