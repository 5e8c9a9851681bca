// SPDX-License-Identifier: Apache-2.0
// What a client reads of an SMTP server: the codes of complete replies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailvoid::sim {

class ReplyReader {
 public:
  void read(std::string_view octets);
  // One for each complete reply, however many lines it has; -1 for a line that is no reply.
  [[nodiscard]] const std::vector<int>& codes() const { return codes_; }
  // Of a reply that is not complete.
  [[nodiscard]] const std::string& rest() const { return line_; }

 private:
  void take_line();

  std::string line_;
  std::vector<int> codes_;
};

[[nodiscard]] std::vector<int> reply_codes(std::string_view heard);

}  // namespace mailvoid::sim
