// SPDX-License-Identifier: Apache-2.0
#include "loadgen/address_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kRandom = "rand:";

std::size_t digits(std::uint64_t number) { return fmt::formatted_size("{}", number); }

// SplitMix64's finalizer: every bit of the input changes half the bits of the output.
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

// A uniform 64-bit number brought below `limit` without a division.
std::uint64_t scaled(std::uint64_t value, std::uint64_t limit) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{value} * limit) >> 64);
}

// The same for the same text everywhere: FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char octet : text) hash = (hash ^ static_cast<unsigned char>(octet)) * 0x100000001B3;
  return hash;
}

// Octets of the well-formed UTF-8 sequence that `text` begins with (Unicode, table 3-7), 0 if there is none.
std::size_t utf8_sequence_octets(std::string_view text) {
  struct Row {
    unsigned char first_min, first_max, second_min, second_max;
    std::size_t octets;
  };
  static constexpr std::array<Row, 8> kRows{{{0xC2, 0xDF, 0x80, 0xBF, 2},
                                             {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                             {0xE1, 0xEC, 0x80, 0xBF, 3},
                                             {0xED, 0xED, 0x80, 0x9F, 3},
                                             {0xEE, 0xEF, 0x80, 0xBF, 3},
                                             {0xF0, 0xF0, 0x90, 0xBF, 4},
                                             {0xF1, 0xF3, 0x80, 0xBF, 4},
                                             {0xF4, 0xF4, 0x80, 0x8F, 4}}};
  const auto at = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  for (const Row& row : kRows) {
    if (at(0) < row.first_min || at(0) > row.first_max) continue;
    bool well_formed = at(1) >= row.second_min && at(1) <= row.second_max;
    for (std::size_t i = 2; i < row.octets; ++i) well_formed = well_formed && (at(i) & 0xC0U) == 0x80;
    return well_formed ? row.octets : 0;
  }
  return 0;
}

}  // namespace

class AddressTemplate::Parser {
 public:
  using Fault = std::optional<std::string>;

  explicit Parser(std::string_view text) : text_(text) {}

  std::expected<AddressTemplate, std::string> parse() {
    while (at_ < text_.size()) {
      if (Fault fault = take_one()) return std::unexpected(*std::move(fault));
    }
    if (quoted_) return std::unexpected("ends inside a quoted string");
    parsed_.octets_max_ += piece_.text.size();
    if (!piece_.text.empty()) parsed_.pieces_.push_back(std::move(piece_));
    if (parsed_.octets_max_ > kOctetsMax) {
      return std::unexpected(fmt::format("may become {} octets long, the longest address has {}",
                                         parsed_.octets_max_, kOctetsMax));
    }
    return std::move(parsed_);
  }

 private:
  Fault take_one() {
    const char octet = text_[at_];
    if (octet == '{' || octet == '}') {
      const bool doubled = text_.substr(at_ + 1).starts_with(octet);
      if (!doubled)
        return octet == '{' ? take_placeholder() : fmt::format("has '}}' at {} without '{{'", at_ + 1);
      ++at_;
    } else if (Fault fault = judge(octet)) {
      return fault;
    }
    piece_.text += octet;
    ++at_;
    return {};
  }

  Fault judge(char octet) {
    const auto value = static_cast<unsigned char>(octet);
    const std::size_t place = at_ + 1;
    if (value < 0x20 || value == 0x7F)
      return fmt::format("has the control octet 0x{:02x} at {}", value, place);
    if (value > 0x7F) return judge_utf8();
    if (octet == '<' || octet == '>') {
      return fmt::format("has '{}' at {}: brackets are added by themselves", octet, place);
    }
    if (octet == ' ' && !quoted_) return fmt::format("has a space at {} outside a quoted string", place);
    if (octet == '"' && !escaped_) quoted_ = !quoted_;
    escaped_ = octet == '\\' && quoted_ && !escaped_;
    return {};
  }

  // Of the octets over 127: each sequence is judged at its first, the others follow from that.
  Fault judge_utf8() {
    if (at_ < utf8_until_) return {};
    const std::size_t octets = utf8_sequence_octets(text_.substr(at_));
    if (octets == 0) return fmt::format("is not UTF-8 at {}", at_ + 1);
    utf8_until_ = at_ + octets;
    parsed_.ascii_ = false;
    return {};
  }

  Fault take_placeholder() {
    const std::size_t end = text_.find('}', at_);
    if (end == text_.npos) return fmt::format("has '{{' at {} without '}}'", at_ + 1);
    const std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
    if (name.starts_with(kRandom)) {
      if (Fault fault = set_random(name.substr(kRandom.size()))) return fault;
    } else if (Fault fault = set_number(name)) {
      return fault;
    }
    parsed_.octets_max_ += piece_.text.size();
    parsed_.pieces_.push_back(std::exchange(piece_, {}));
    at_ = end + 1;
    return {};
  }

  Fault set_number(std::string_view name) {
    using Row = std::pair<std::string_view, Number>;
    static constexpr std::array<Row, 3> kRows{
        {{"session", Number::session}, {"message", Number::message}, {"recipient", Number::recipient}}};
    const auto* const row = std::ranges::find(kRows, name, &Row::first);
    if (row == kRows.end()) {
      return fmt::format(
          "has the unknown placeholder '{{{}}}' at {}: there are {{session}}, {{message}}, {{recipient}} and "
          "{{rand:N}}",
          name, at_ + 1);
    }
    piece_.number = row->second;
    parsed_.octets_max_ += digits(std::numeric_limits<std::uint64_t>::max());
    return {};
  }

  Fault set_random(std::string_view text) {
    std::uint64_t limit = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, limit);
    if (text.empty() || error != std::errc{} || stop != end || limit == 0) {
      return fmt::format("has '{{rand:{}}}' at {}: N must be a whole number from 1 up", text, at_ + 1);
    }
    piece_.number = Number::random;
    piece_.random_below = limit;
    piece_.salt = mixed(hash_of(text_) + parsed_.pieces_.size());
    parsed_.octets_max_ += digits(limit - 1);
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool quoted_ = false;         // between double quotes (RFC 5321 §4.1.2)
  bool escaped_ = false;        // behind a backslash in there
  std::size_t utf8_until_ = 0;  // the end of the sequence that is being taken
  Piece piece_;
  AddressTemplate parsed_;
};

std::expected<AddressTemplate, std::string> AddressTemplate::parse(std::string_view text) {
  return Parser(text).parse();
}

std::uint64_t AddressTemplate::value_of(const Piece& piece, const Numbers& numbers) {
  switch (piece.number) {
    case Number::session: return numbers.session;
    case Number::message: return numbers.message;
    case Number::recipient: return numbers.recipient;
    default: {
      const std::uint64_t which = mixed(mixed(numbers.seed ^ piece.salt) + numbers.message);
      return scaled(mixed(which + numbers.recipient), piece.random_below);
    }
  }
}

std::string_view AddressTemplate::render(std::span<char> buffer, const Numbers& numbers) const {
  MAILVOID_DEBUG_ASSERT(buffer.size() >= octets_max_);
  char* to = buffer.data();
  for (const Piece& piece : pieces_) {
    std::memcpy(to, piece.text.data(), piece.text.size());
    to += piece.text.size();
    if (piece.number == Number::none) continue;
    to = std::to_chars(to, buffer.data() + buffer.size(), value_of(piece, numbers)).ptr;
  }
  return {buffer.data(), to};
}

}  // namespace mailvoid::loadgen
