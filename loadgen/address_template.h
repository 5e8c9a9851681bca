// SPDX-License-Identifier: Apache-2.0
// The addresses of --from and --to: text in which placeholders become numbers.
//
//   {message}    the number of the message in the run, from 1
//   {session}    the number of the session in the run, from 1
//   {recipient}  the number of the recipient in the message, from 1; 0 in --from
//   {user}       in --to, with --to-users: one of so many users
//   {domain}     in --to, with --to-domain: one of those domains
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

#include "loadgen/text_template.h"

namespace mailvoid::loadgen {

class AddressTemplate {
 public:
  // What the placeholders stand for.
  using Numbers = TextTemplate::Values;
  // What recipients may have besides numbers.
  struct Drawn {
    bool user = false;
    std::size_t domain_octets_max = 0;  // 0: no {domain}
  };

  // The longest address: RFC 5321 §4.5.3.1.3 allows a path 256 octets with its brackets.
  static constexpr std::size_t kOctetsMax = 254;

  // "", the null reverse-path.
  AddressTemplate() = default;

  // Refused: whatever could end a command or the path in it (controls, CR and LF among them, '<', '>',
  // smtp.md 94); what is not UTF-8; a space outside a quoted string, an open quoted
  // string; an unknown placeholder, an unpaired brace; text that with the largest values would be longer
  // than kOctetsMax. Otherwise any text is an address: odd ones are worth sending. The error says what and
  // where, to follow the option's name.
  [[nodiscard]] static std::expected<AddressTemplate, std::string> parse(std::string_view text);
  [[nodiscard]] static std::expected<AddressTemplate, std::string> parse(std::string_view text,
                                                                         const Drawn& drawn);
  // The same of an address as it is, in which braces mean nothing: what is wrong with it, or "".
  [[nodiscard]] static std::string check_literal(std::string_view address);

  // Renders to the front of `buffer`, satisfying smtp::is_command_path(). No allocation.
  // REQUIRES: buffer.size() >= octets_max().
  [[nodiscard]] std::string_view render(std::span<char> buffer, const Numbers& numbers) const {
    return text_.render(buffer, numbers);
  }

  // The longest that render() gives.
  [[nodiscard]] std::size_t octets_max() const { return text_.octets_max(); }
  // False: it holds UTF-8 and needs SMTPUTF8.
  [[nodiscard]] bool is_ascii() const { return ascii_; }
  [[nodiscard]] bool uses(TextTemplate::Field field) const { return text_.uses(field); }

 private:
  TextTemplate text_;
  bool ascii_ = true;
};

}  // namespace mailvoid::loadgen
