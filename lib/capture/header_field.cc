// SPDX-License-Identifier: Apache-2.0
#include "capture/header_field.h"

namespace mailvoid::capture {
namespace {

constexpr std::string_view kFold = "\r\n\t";

void append_octet(std::string& to, char c, FieldText how) {
  const bool printable = ' ' <= c && c <= '~';
  if (how == FieldText::xtext) {
    if (printable && c != ' ' && c != '+' && c != '=') {
      to += c;
      return;
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto octet = static_cast<unsigned char>(c);
    ((to += '+') += kDigits[octet >> 4]) += kDigits[octet & 15];
    return;
  }
  const bool high = (static_cast<unsigned char>(c) & 0x80) != 0;
  to += printable || (high && how == FieldText::utf8) ? c : '?';
}

}  // namespace

void append_field_text(std::string& to, std::string_view text, FieldText how) {
  for (const char c : text) append_octet(to, c, how);
}

HeaderField::HeaderField(std::string& to, std::string_view name) : to_(to), line_(to.size()) {
  (to_ += name) += ':';
  first_word_ = word_ = to_.size();
}

HeaderField::~HeaderField() {
  fold();
  to_ += "\r\n";
}

HeaderField& HeaderField::word(std::string_view text) {
  fold();
  word_ = to_.size();
  (to_ += ' ') += text;
  return *this;
}

HeaderField& HeaderField::with(std::string_view text) {
  to_ += text;
  return *this;
}

HeaderField& HeaderField::with(std::string_view text, FieldText how) {
  append_field_text(to_, text, how);
  return *this;
}

// The word is complete. The first one stays beside the name: a line must not be blank.
void HeaderField::fold() {
  if (to_.size() - line_ <= kLineOctets || word_ == first_word_) return;
  to_.replace(word_, 1, kFold);
  line_ = word_ + 2;
}

}  // namespace mailvoid::capture
