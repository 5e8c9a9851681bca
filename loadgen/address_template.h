// SPDX-License-Identifier: Apache-2.0
// The addresses of --from and --to: text in which {session}, {message} and {recipient} become numbers.
//
//   "user{recipient}@sink.example"  ->  "user1@sink.example", "user2@sink.example", ...
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailvoid::loadgen {

class AddressTemplate {
 public:
  // What the placeholders stand for; recipients are counted from 1 within their message.
  struct Numbers {
    std::uint64_t session = 0;
    std::uint64_t message = 0;
    std::uint64_t recipient = 0;
  };

  // The longest address: RFC 5321 4.5.3.1.3 allows a path 256 octets with its brackets.
  static constexpr std::size_t kOctetsMax = 254;

  // "", the null reverse-path.
  AddressTemplate() = default;

  // Refused: a control octet, CR and LF among them, '<' or '>' (nothing from a template can put a line end into a
  // command), an unknown placeholder, an unpaired brace, and text that with the largest numbers would be longer
  // than kOctetsMax. The error says what and where, to follow the option's name.
  [[nodiscard]] static std::expected<AddressTemplate, std::string> parse(std::string_view text);

  // Renders to the front of `buffer`; REQUIRES: buffer.size() >= octets_max().
  [[nodiscard]] std::string_view render(std::span<char> buffer, const Numbers& numbers) const;

  // The longest that render() gives.
  [[nodiscard]] std::size_t octets_max() const { return octets_max_; }

 private:
  struct Piece {
    std::string text;                               // in front of the number
    std::uint64_t Numbers::* number = nullptr;      // nothing behind the last text
  };
  std::vector<Piece> pieces_;
  std::size_t octets_max_ = 0;
};

}  // namespace mailvoid::loadgen
