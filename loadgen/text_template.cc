// SPDX-License-Identifier: Apache-2.0
#include "loadgen/text_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "loadgen/random.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kRandom = "rand:";
constexpr std::size_t kMoveOctets = 32;

// The same for the same text everywhere: FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char octet : text) hash = (hash ^ static_cast<unsigned char>(octet)) * 0x100000001B3;
  return hash;
}

}  // namespace

class TextTemplate::Parser {
 public:
  using Fault = std::optional<std::string>;

  Parser(std::string_view text, std::span<const Row> rows) : whole_(text), rows_(rows) {}

  std::expected<TextTemplate, std::string> parse() {
    if (Fault fault = take_all(whole_)) return std::unexpected(*std::move(fault));
    parsed_.octets_max_ += parsed_.text_.size();
    if (piece_.text_octets > 0) parsed_.pieces_.push_back(piece_);
    parsed_.text_.append(kMoveOctets, '\0');
    return std::move(parsed_);
  }

 private:
  Fault take_all(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      const char octet = text[at];
      const bool doubled = text.substr(at + 1).starts_with(octet);
      if (octet == '{' && !doubled) {
        const std::size_t end = text.find('}', at);
        if (end == text.npos) return fmt::format("has '{{' at {} without '}}'", at + 1);
        if (Fault fault = take_placeholder(text.substr(at + 1, end - at - 1), at + 1)) return fault;
        at = end;
        continue;
      }
      if (octet == '}' && !doubled) return fmt::format("has '}}' at {} without '{{'", at + 1);
      if (octet == '{' || octet == '}') ++at;
      parsed_.text_ += octet;
      ++piece_.text_octets;
    }
    return {};
  }

  Fault take_placeholder(std::string_view name, std::size_t place) {
    if (name.starts_with(kRandom)) return take_random(name.substr(kRandom.size()), place);
    const auto row = std::ranges::find(rows_, name, &Row::name);
    if (row == rows_.end()) {
      std::string known;
      for (const Row& other : rows_) known += fmt::format("{{{}}}, ", other.name);
      known.erase(known.size() - std::min<std::size_t>(known.size(), 2));
      return fmt::format("has the unknown placeholder '{{{}}}' at {}: there are {} and {{rand:N}}", name,
                         place, known);
    }
    if (row->field == Field::literal) return take_all(row->text);
    end_piece(row->field, row->octets_max);
    return {};
  }

  Fault take_random(std::string_view text, std::size_t place) {
    std::uint64_t limit = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, limit);
    if (text.empty() || error != std::errc{} || stop != end || limit == 0) {
      return fmt::format("has '{{rand:{}}}' at {}: N must be a whole number from 1 up", text, place);
    }
    piece_.random_below = limit;
    piece_.salt = mixed(hash_of(whole_) + parsed_.pieces_.size());
    end_piece(Field::random, fmt::formatted_size("{}", limit - 1));
    return {};
  }

  void end_piece(Field field, std::size_t octets_max) {
    piece_.field = field;
    parsed_.octets_max_ += octets_max;
    parsed_.pieces_.push_back(std::exchange(piece_, {}));
  }

  std::string_view whole_;
  std::span<const Row> rows_;
  Piece piece_;
  TextTemplate parsed_;
};

std::expected<TextTemplate, std::string> TextTemplate::parse(std::string_view text,
                                                             std::span<const Row> rows) {
  return Parser(text, rows).parse();
}

bool TextTemplate::uses(Field field) const {
  return std::ranges::find(pieces_, field, &Piece::field) != pieces_.end();
}

std::uint64_t TextTemplate::number_of(const Piece& piece, const Values& values) {
  switch (piece.field) {
    case Field::session: return values.session;
    case Field::message: return values.message;
    case Field::recipient: return values.recipient;
    case Field::user: return values.user;
    default: {
      const std::uint64_t which = mixed(mixed(values.seed ^ piece.salt) + values.message);
      return scaled(mixed(which + values.recipient), piece.random_below);
    }
  }
}

std::string_view TextTemplate::text_of(Field field, const Values& values) {
  switch (field) {
    case Field::domain: return values.domain;
    case Field::date: return values.date;
    case Field::from: return values.from;
    case Field::to: return values.to;
    default: return {};
  }
}

std::string_view TextTemplate::render(std::span<char> buffer, const Values& values) const {
  MAILVOID_DEBUG_ASSERT(buffer.size() >= octets_max_);
  char* to = buffer.data();
  const char* const end = to + buffer.size();
  const char* text = text_.data();
  for (const Piece& piece : pieces_) {
    // Most texts are short: moves of a fixed size cost less than a call. What they write too much is
    // overwritten.
    if (piece.text_octets <= kMoveOctets && end - to >= std::ptrdiff_t{kMoveOctets}) {
      std::memcpy(to, text, kMoveOctets);
    } else {
      std::memcpy(to, text, piece.text_octets);
    }
    to += piece.text_octets;
    text += piece.text_octets;
    if (piece.field == Field::none) break;
    if (piece.field < Field::domain) {
      to = std::to_chars(to, buffer.data() + buffer.size(), number_of(piece, values)).ptr;
    } else {
      const std::string_view value = text_of(piece.field, values);
      std::memcpy(to, value.data(), value.size());
      to += value.size();
    }
  }
  return {buffer.data(), to};
}

}  // namespace mailvoid::loadgen
