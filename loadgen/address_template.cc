// SPDX-License-Identifier: Apache-2.0
#include "loadgen/address_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/assert.h"

namespace mailvoid::loadgen {
namespace {

using Numbers = AddressTemplate::Numbers;

struct Placeholder {
  std::string_view name;
  std::uint64_t Numbers::* number;
};
constexpr std::array kPlaceholders{Placeholder{"session", &Numbers::session},
                                   Placeholder{"message", &Numbers::message},
                                   Placeholder{"recipient", &Numbers::recipient}};

constexpr std::size_t kNumberOctetsMax = 20;  // of 2^64 - 1

// What is wrong with an octet that stands for itself, or nothing.
std::string octet_fault(char c, std::size_t at) {
  const auto octet = static_cast<unsigned char>(c);
  if (octet < 0x20 || octet == 0x7f) return fmt::format("has the control octet 0x{:02x} at {}", octet, at + 1);
  if (c == '<' || c == '>') return fmt::format("has '{}' at {}: brackets are added by themselves", c, at + 1);
  if (c == '}') return fmt::format("has '}}' at {} without '{{'", at + 1);
  return {};
}

}  // namespace

std::expected<AddressTemplate, std::string> AddressTemplate::parse(std::string_view text) {
  AddressTemplate parsed;
  Piece piece;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{') {
      if (std::string fault = octet_fault(text[at], at); !fault.empty()) return std::unexpected(std::move(fault));
      piece.text += text[at];
      continue;
    }
    const std::size_t end = text.find('}', at);
    if (end == text.npos) return std::unexpected(fmt::format("has '{{' at {} without '}}'", at + 1));
    const std::string_view name = text.substr(at + 1, end - at - 1);
    const auto* const found = std::ranges::find(kPlaceholders, name, &Placeholder::name);
    if (found == kPlaceholders.end()) {
      return std::unexpected(fmt::format(
          "has the unknown placeholder '{{{}}}': there are {{session}}, {{message}} and {{recipient}}", name));
    }
    piece.number = found->number;
    parsed.octets_max_ += piece.text.size() + kNumberOctetsMax;
    parsed.pieces_.push_back(std::move(piece));
    piece = {};
    at = end;
  }
  parsed.octets_max_ += piece.text.size();
  if (!piece.text.empty()) parsed.pieces_.push_back(std::move(piece));
  if (parsed.octets_max_ > kOctetsMax) {
    return std::unexpected(fmt::format("may become {} octets long, the longest address has {}",
                                       parsed.octets_max_, kOctetsMax));
  }
  return parsed;
}

std::string_view AddressTemplate::render(std::span<char> buffer, const Numbers& numbers) const {
  MAILVOID_DEBUG_ASSERT(buffer.size() >= octets_max_);
  char* to = buffer.data();
  for (const Piece& piece : pieces_) {
    std::memcpy(to, piece.text.data(), piece.text.size());
    to += piece.text.size();
    if (piece.number != nullptr) to = std::to_chars(to, buffer.data() + buffer.size(), numbers.*piece.number).ptr;
  }
  return {buffer.data(), to};
}

}  // namespace mailvoid::loadgen
