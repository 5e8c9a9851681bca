// SPDX-License-Identifier: Apache-2.0
// The addresses of --from and --to: text in which placeholders become numbers.
//
//   {message}    the number of the message in the run, from 1
//   {session}    the number of the session in the run, from 1
//   {recipient}  the number of the recipient in the message, from 1; 0 in --from
//   {rand:N}     0 to N-1 at random, anew for every address; the same in every run with the same --seed
//   {{ and }}    a brace
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
  // What the placeholders stand for.
  struct Numbers {
    std::uint64_t session = 0;
    std::uint64_t message = 0;
    std::uint64_t recipient = 0;
    std::uint64_t seed = 0;  // of the run
  };

  // The longest address: RFC 5321 §4.5.3.1.3 allows a path 256 octets with its brackets.
  static constexpr std::size_t kOctetsMax = 254;

  // "", the null reverse-path.
  AddressTemplate() = default;

  // Refused: whatever could end a command or the path in it (controls, CR and LF among them, '<', '>',
  // smtp.md 94); what is not UTF-8; a space outside a quoted string, an open quoted
  // string; an unknown placeholder, an unpaired brace; text that with the largest numbers would be longer
  // than kOctetsMax. Otherwise any text is an address: odd ones are worth sending. The error says what and
  // where, to follow the option's name.
  [[nodiscard]] static std::expected<AddressTemplate, std::string> parse(std::string_view text);

  // Renders to the front of `buffer`, satisfying smtp::is_command_path(). No allocation.
  // REQUIRES: buffer.size() >= octets_max().
  [[nodiscard]] std::string_view render(std::span<char> buffer, const Numbers& numbers) const;

  // The longest that render() gives.
  [[nodiscard]] std::size_t octets_max() const { return octets_max_; }
  // False: it holds UTF-8 and needs SMTPUTF8.
  [[nodiscard]] bool is_ascii() const { return ascii_; }

 private:
  class Parser;
  enum class Number : std::uint8_t { none, session, message, recipient, random };
  struct Piece {
    std::string text;                // in front of the number
    Number number = Number::none;    // only behind the last text
    std::uint64_t random_below = 0;  // of Number::random
    std::uint64_t salt = 0;          // likewise: what tells two placeholders apart
  };

  [[nodiscard]] static std::uint64_t value_of(const Piece& piece, const Numbers& numbers);

  std::vector<Piece> pieces_;
  std::size_t octets_max_ = 0;
  bool ascii_ = true;
};

}  // namespace mailvoid::loadgen
