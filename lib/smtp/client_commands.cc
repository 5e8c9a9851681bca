// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_commands.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/assert.h"
#include "smtp/client_config.h"

namespace mailvoid::smtp {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::size_t kOriginalRecipientOctetsMax = 6 * kCommandPathOctetsMax;  // each as \x{HH}

constexpr bool is_beyond_ascii(char octet) { return (octet & 0x80) != 0; }

constexpr bool stands_for_itself(char octet) {
  return octet > 0x20 && octet < 0x7F && octet != '+' && octet != '=';
}

// RFC 3461 §4. Both return the end of what they wrote to `to`.
char* write_xtext(std::string_view text, char* to) {
  for (const char octet : text) {
    if (stands_for_itself(octet)) {
      *to++ = octet;
      continue;
    }
    *to++ = '+';
    *to++ = kHex[static_cast<unsigned char>(octet) >> 4];
    *to++ = kHex[static_cast<unsigned char>(octet) & 15];
  }
  return to;
}

// utf-8-addr-unitext of RFC 6533 §3, which MAIL with SMTPUTF8 allows.
char* write_unitext(std::string_view text, char* to) {
  for (const char octet : text) {
    if (is_beyond_ascii(octet) || (stands_for_itself(octet) && octet != '\\')) {
      *to++ = octet;
      continue;
    }
    const std::array<char, 6> escaped{'\\',
                                      'x',
                                      '{',
                                      kHex[static_cast<unsigned char>(octet) >> 4],
                                      kHex[static_cast<unsigned char>(octet) & 15],
                                      '}'};
    to = std::ranges::copy(escaped, to).out;
  }
  return to;
}

}  // namespace

bool CommandWriter::mail(std::string_view path, const MailExtras& extras) {
  std::array<char, 20> digits;
  std::string_view size_keyword;
  std::string_view size_value;
  if (extras.size) {
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), extras.size_octets).ptr;
    size_keyword = " SIZE=";
    size_value = {digits.data(), end};
  }
  const auto with = [](std::string_view keyword, std::string_view value) {
    return value.empty() ? std::string_view() : keyword;
  };
  const std::string_view body_keyword = with(" BODY=", extras.body);
  if (!extras.smtp_utf8 && !extras.require_tls && extras.ret.empty() && extras.envelope_id.empty()) {
    return line({"MAIL FROM:<", path, ">", size_keyword, size_value, body_keyword, extras.body});
  }
  return line({"MAIL FROM:<", path, ">", size_keyword, size_value, body_keyword, extras.body,
               extras.smtp_utf8 ? std::string_view(" SMTPUTF8") : std::string_view(),
               extras.require_tls ? std::string_view(" REQUIRETLS") : std::string_view(),
               with(" RET=", extras.ret), extras.ret, with(" ENVID=", extras.envelope_id),
               extras.envelope_id});
}

bool CommandWriter::rcpt(std::string_view path, const RcptExtras& extras) {
  std::array<char, kOriginalRecipientOctetsMax> room;
  std::string_view original_keyword;
  std::string_view original;
  if (extras.original_recipient) {
    const bool ascii = std::ranges::none_of(path, is_beyond_ascii);
    original_keyword = ascii ? " ORCPT=rfc822;" : " ORCPT=utf-8;";
    original = {room.data(), ascii ? write_xtext(path, room.data()) : write_unitext(path, room.data())};
  }
  return line({"RCPT TO:<", path, ">",
               extras.notify.empty() ? std::string_view() : std::string_view(" NOTIFY="), extras.notify,
               original_keyword, original});
}

bool CommandWriter::line(std::initializer_list<std::string_view> words) {
  static constexpr std::string_view kLineEnd = "\r\n";
  std::size_t needed = kLineEnd.size();
  for (const std::string_view word : words) needed += word.size();
  if (needed > room_.size() - used_) return false;
  char* to = room_.data() + used_;
  for (const std::string_view word : words) {
    MAILVOID_DEBUG_ASSERT(word.find_first_of(kLineEnd) == std::string_view::npos);
    if (!word.empty()) std::memcpy(to, word.data(), word.size());
    to += word.size();
  }
  std::memcpy(to, kLineEnd.data(), kLineEnd.size());
  used_ += needed;
  return true;
}

}  // namespace mailvoid::smtp
