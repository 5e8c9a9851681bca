// SPDX-License-Identifier: Apache-2.0
// Renders the commands of a client into a buffer of fixed size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace mailvoid::smtp {

// RFC 5321 §4.1.1; parameters only as asked for (smtp.md 90).
class CommandWriter {
 public:
  // Appends behind the first `used` octets of `room`.
  CommandWriter(std::span<char> room, std::size_t used) : room_(room), used_(used) {}

  struct Extras {
    bool size;  // SIZE=size_octets (RFC 1870)
    std::uint64_t size_octets;
    bool body_8bitmime;  // BODY=8BITMIME (RFC 6152)
  };

  // Each returns false, with nothing written, if the command does not fit. Paths satisfy is_command_path().
  [[nodiscard]] bool ehlo(std::string_view name) { return line({"EHLO ", name}); }
  [[nodiscard]] bool helo(std::string_view name) { return line({"HELO ", name}); }
  [[nodiscard]] bool mail(std::string_view path, const Extras& extras);
  [[nodiscard]] bool rcpt(std::string_view path) { return line({"RCPT TO:<", path, ">"}); }
  [[nodiscard]] bool data() { return line({"DATA"}); }
  [[nodiscard]] bool rset() { return line({"RSET"}); }
  [[nodiscard]] bool quit() { return line({"QUIT"}); }

  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  bool line(std::initializer_list<std::string_view> words);

  std::span<char> room_;
  std::size_t used_;
};

}  // namespace mailvoid::smtp
