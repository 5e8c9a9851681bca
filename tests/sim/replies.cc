// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/replies.h"

#include <charconv>

namespace mailvoid::sim {

void ReplyReader::read(std::string_view octets) {
  for (const char octet : octets) {
    line_ += octet;
    if (line_.ends_with("\r\n")) take_line();
  }
}

void ReplyReader::take_line() {
  int code = -1;
  const bool formed = line_.size() >= 6 && (line_[3] == ' ' || line_[3] == '-');
  if (formed) std::from_chars(line_.data(), line_.data() + 3, code);
  if (!formed || line_[3] == ' ') codes_.push_back(code);
  line_.clear();
}

std::vector<int> reply_codes(std::string_view heard) {
  ReplyReader reader;
  reader.read(heard);
  return reader.codes();
}

}  // namespace mailvoid::sim
