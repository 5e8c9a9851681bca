// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/script_client.h"

#include <charconv>

namespace mailvoid::sim {

std::vector<int> reply_codes(std::string_view heard) {
  std::vector<int> codes;
  for (std::size_t end = heard.find("\r\n"); end != heard.npos; end = heard.find("\r\n")) {
    const std::string_view line = heard.substr(0, end);
    int code = -1;  // not a reply
    if (line.size() >= 4 && (line[3] == ' ' || line[3] == '-')) std::from_chars(line.data(), line.data() + 3, code);
    if (line.size() < 4 || line[3] != '-') codes.push_back(code);
    heard.remove_prefix(end + 2);
  }
  return codes;
}

}  // namespace mailvoid::sim
