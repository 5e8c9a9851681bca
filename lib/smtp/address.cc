// SPDX-License-Identifier: Apache-2.0
#include "smtp/address.h"

#include <algorithm>
#include <array>
#include <optional>

#include "smtp/ascii.h"
#include "smtp/utf8.h"

namespace mailvoid::smtp {
namespace {

// What an octet may be part of.
constexpr std::uint8_t kAtext = 1;  // RFC 5322 3.2.3
constexpr std::uint8_t kHexDigit = 2;
constexpr std::uint8_t kDigit = 4;
constexpr std::uint8_t kLabelOctet = 8;
constexpr std::uint8_t kNonAscii = 16;

constexpr bool between(int c, int low, int high) { return low <= c && c <= high; }

constexpr auto kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const bool digit = between(c, '0', '9');
    const bool letter = between(c, 'a', 'z') || between(c, 'A', 'Z');
    std::uint8_t bits = 0;
    if (digit) bits |= kDigit;
    if (digit || between(c, 'a', 'f') || between(c, 'A', 'F')) bits |= kHexDigit;
    if (digit || letter) bits |= kAtext | kLabelOctet;
    if (c != 0 && c < 128 && std::string_view("!#$%&'*+-/=?^_`{|}~").contains(static_cast<char>(c)))
      bits |= kAtext;
    if (c == '-' || c == '_') bits |= kLabelOctet;
    if (c >= 128) bits |= kNonAscii;
    classes[static_cast<std::size_t>(c)] = bits;
  }
  return classes;
}();

bool is(char c, std::uint8_t bits) { return (kClasses[static_cast<unsigned char>(c)] & bits) != 0; }
bool is_eight_bit(char c) { return is(c, kNonAscii); }
bool is_printable(char c) { return between(static_cast<unsigned char>(c), ' ', '~'); }

constexpr AddressRules kDefaultRules;

// Reads from the front of a text; `at` past the end reads as NUL, which no part of the grammar takes.
class Reader {
 public:
  explicit Reader(std::string_view text, const AddressRules& rules = kDefaultRules)
      : text_(text), rules_(rules), extra_(rules.utf8 ? kNonAscii : std::uint8_t{0}) {}
  [[nodiscard]] const AddressRules& rules() const { return rules_; }
  // The classes of octets that stand wherever letters do: none, or those that are not ASCII.
  [[nodiscard]] std::uint8_t extra() const { return extra_; }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] bool done() const { return at_ == text_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  void skip() { ++at_; }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::size_t take_all(std::uint8_t bits) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is(text_[at_], bits)) ++at_;
    return at_ - begin;
  }
  [[nodiscard]] std::string_view since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  // What stopped the grammar here.
  [[nodiscard]] AddressError fault() const {
    return is_eight_bit(peek()) ? AddressError::eight_bit : AddressError::syntax;
  }

 private:
  std::string_view text_;
  const AddressRules& rules_;
  std::uint8_t extra_;
  std::size_t at_ = 0;
};

using Result = std::expected<void, AddressError>;
using std::unexpected;

Result read_quoted_string(Reader& reader) {
  reader.skip();
  while (!reader.take('"')) {
    reader.take('\\');
    if (!is_printable(reader.peek()) && !is(reader.peek(), reader.extra())) return unexpected(reader.fault());
    reader.skip();
  }
  return {};
}

Result read_dot_string(Reader& reader) {
  do {
    if (reader.take_all(kAtext | reader.extra()) == 0) return unexpected(reader.fault());
  } while (reader.take('.'));
  return {};
}

Result read_domain(Reader& reader) {
  const std::size_t begin = reader.at();
  do {
    const std::size_t label_begin = reader.at();
    if (reader.take_all(kLabelOctet | reader.extra()) == 0) return unexpected(reader.fault());
    const std::string_view label = reader.since(label_begin);
    if (label.front() == '-' || label.back() == '-') return unexpected(AddressError::syntax);
  } while (reader.take('.'));
  if (reader.at() - begin > reader.rules().domain_octets_max) return unexpected(AddressError::too_long);
  return {};
}

Result read_address_literal(Reader& reader) {
  const std::size_t begin = reader.at();
  while (!reader.take(']')) {
    if (!is_printable(reader.peek())) return unexpected(reader.fault());
    reader.skip();
  }
  if (!is_address_literal(reader.since(begin))) return unexpected(AddressError::syntax);
  return {};
}

Result read_mailbox(Reader& reader) {
  const std::size_t begin = reader.at();
  const Result local = reader.peek() == '"' ? read_quoted_string(reader) : read_dot_string(reader);
  if (!local) return local;
  if (reader.at() - begin > reader.rules().local_part_octets_max) return unexpected(AddressError::too_long);
  if (!reader.take('@')) return {};
  return reader.peek() == '[' ? read_address_literal(reader) : read_domain(reader);
}

// "@a,@b:" in front of a mailbox (RFC 5321 4.1.2 A-d-l, appendix C).
Result read_source_route(Reader& reader) {
  do {
    if (!reader.take('@')) return unexpected(reader.fault());
    if (const Result domain = read_domain(reader); !domain) return domain;
  } while (reader.take(','));
  if (!reader.take(':')) return unexpected(reader.fault());
  return {};
}

// What follows a path must stand apart from it.
std::expected<Path, AddressError> finish_path(const Reader& reader, std::string_view mailbox) {
  std::string_view rest = reader.rest();
  if (!rest.empty() && rest.front() != ' ') return unexpected(reader.fault());
  skip_spaces(rest);
  return Path{mailbox, rest};
}

bool is_ipv4(std::string_view text) {
  Reader reader(text);
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && !reader.take('.')) return false;
    const std::size_t begin = reader.at();
    const std::size_t digits = reader.take_all(kDigit);
    if (digits == 0 || digits > 3) return false;
    int value = 0;
    for (const char c : reader.since(begin)) value = value * 10 + (c - '0');
    if (value > 255) return false;
  }
  return reader.done();
}

// Groups of a side of "::" (or of the whole); the last may be an IPv4 address, which counts for two.
std::optional<int> count_ipv6_groups(std::string_view text, bool ipv4_allowed) {
  int groups = 0;
  if (text.empty()) return groups;
  for (;;) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && ipv4_allowed && is_ipv4(group)) return groups + 2;
    if (group.empty() || group.size() > 4) return std::nullopt;
    if (!std::ranges::all_of(group, [](char c) { return is(c, kHexDigit); })) return std::nullopt;
    ++groups;
    if (colon == std::string_view::npos) return groups;
    text.remove_prefix(colon + 1);
  }
}

bool is_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return count_ipv6_groups(text, true) == 8;
  const auto before = count_ipv6_groups(text.substr(0, gap), false);
  const auto behind = count_ipv6_groups(text.substr(gap + 2), true);
  return before && behind && *before + *behind <= 7;
}

}  // namespace

std::expected<Path, AddressError> parse_path(std::string_view text, const AddressRules& rules) {
  Reader reader(text, rules);
  const bool bracketed = reader.take('<');
  if (rules.strict && !bracketed) return unexpected(AddressError::syntax);
  if (bracketed && reader.take('>')) return finish_path(reader, {});
  if (bracketed && reader.peek() == '@') {
    if (const Result route = read_source_route(reader); !route) return unexpected(route.error());
  }
  const std::size_t begin = reader.at();
  if (const Result mailbox = read_mailbox(reader); !mailbox) return unexpected(mailbox.error());
  const std::string_view mailbox = reader.since(begin);
  if (reader.at() - (bracketed ? 1 : 0) > kPathOctetsMax) return unexpected(AddressError::too_long);
  if (bracketed && !reader.take('>')) return unexpected(reader.fault());
  if (rules.utf8 && !is_utf8(text.substr(0, reader.at()))) return unexpected(AddressError::utf8);
  if (rules.strict && domain_of(mailbox).empty() && !equals_ignoring_case(mailbox, "POSTMASTER")) {
    return unexpected(AddressError::syntax);
  }
  return finish_path(reader, mailbox);
}

std::string_view domain_of(std::string_view mailbox) {
  const std::size_t at = mailbox.rfind('@');
  if (at == std::string_view::npos || mailbox.ends_with('"')) return {};
  return mailbox.substr(at + 1);
}

std::expected<void, AddressError> check_mailbox(std::string_view text, const AddressRules& rules) {
  Reader reader(text, rules);
  if (const Result mailbox = read_mailbox(reader); !mailbox) return mailbox;
  if (!reader.done()) return unexpected(reader.fault());
  if (text.size() > kPathOctetsMax) return unexpected(AddressError::too_long);
  if (rules.utf8 && !is_utf8(text)) return unexpected(AddressError::utf8);
  return {};
}

bool is_domain(std::string_view text) {
  Reader reader(text);
  return read_domain(reader).has_value() && reader.done();
}

bool is_address_literal(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  return take_ignoring_case(text, "IPV6:") ? is_ipv6(text) : is_ipv4(text);
}

}  // namespace mailvoid::smtp
