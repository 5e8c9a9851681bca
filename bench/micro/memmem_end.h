// SPDX-License-Identifier: Apache-2.0
// Rival of the data scanner: libc's memmem for the end of the data, and nothing else.
#pragma once

#include <cstring>
#include <string_view>

namespace mailvoid::bench {

// The octets up to and including CRLF.CRLF, or all of them.
inline std::size_t memmem_end(std::string_view in) {
  constexpr std::string_view kEnd = "\r\n.\r\n";
  const void* const found = ::memmem(in.data(), in.size(), kEnd.data(), kEnd.size());
  return found == nullptr ? in.size()
                          : static_cast<std::size_t>(static_cast<const char*>(found) - in.data()) + 5;
}

}  // namespace mailvoid::bench
