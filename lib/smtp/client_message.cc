// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_message.h"

namespace mailvoid::smtp {

void MessageCursor::begin(std::span<const std::string_view> parts) {
  parts_ = parts;
  offset_ = 0;
  index_ = 0;
  left_ = true;
}

std::string_view MessageCursor::part(std::size_t index) const {
  return index == parts_.size() ? std::string_view(".\r\n") : parts_[index];
}

std::size_t MessageCursor::gather(std::span<std::string_view> out) const {
  if (!left_) return 0;
  std::size_t written = 0;
  std::size_t offset = offset_;
  for (std::size_t index = index_; index <= parts_.size() && written < out.size(); ++index) {
    const std::string_view rest = part(index).substr(offset);
    offset = 0;
    if (!rest.empty()) out[written++] = rest;
  }
  return written;
}

std::size_t MessageCursor::advance(std::size_t octets) {
  while (left_) {
    const std::size_t rest = part(index_).size() - offset_;
    if (octets < rest) {
      offset_ += octets;
      return 0;
    }
    octets -= rest;
    offset_ = 0;
    left_ = index_ < parts_.size();
    if (left_) ++index_;
  }
  return octets;
}

}  // namespace mailvoid::smtp
