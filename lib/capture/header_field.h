// SPDX-License-Identifier: Apache-2.0
// A header field of a sample, written word by word (RFC 5322 section 2.2.3): folded before a word that would
// make a line long. Whatever a client has put into a word, it stays inside the field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailvoid::capture {

// How text of a client's is written.
enum class FieldText : std::uint8_t {
  ascii,  // printable ASCII as it is, every other octet as "?"
  utf8,   // and octets of UTF-8 as they are (RFC 6532); for text that has been checked
  xtext,  // RFC 3461 section 4: "+" and two hexadecimal digits for all but printable ASCII, for " ", "+", "="
};

class HeaderField {
 public:
  // Lines are folded at this many octets if words allow.
  static constexpr std::size_t kLineOctets = 78;

  // Appends "Name:" to `to`, which outlives the field.
  HeaderField(std::string& to, std::string_view name);
  HeaderField(const HeaderField&) = delete;
  HeaderField& operator=(const HeaderField&) = delete;
  // Ends the field: CRLF.
  ~HeaderField();

  // Begins a word, of our own text.
  HeaderField& word(std::string_view text);
  // Goes on with it: our own text, or a client's.
  HeaderField& with(std::string_view text);
  HeaderField& with(std::string_view text, FieldText how);

 private:
  void fold();

  std::string& to_;
  std::size_t line_;        // where the line begins
  std::size_t first_word_;  // where words begin, each with the space before it
  std::size_t word_;        // the last one
};

// The text of a word alone.
void append_field_text(std::string& to, std::string_view text, FieldText how);

}  // namespace mailvoid::capture
