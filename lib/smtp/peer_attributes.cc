// SPDX-License-Identifier: Apache-2.0
#include "smtp/peer_attributes.h"

#include <algorithm>
#include <optional>

#include "smtp/address.h"
#include "smtp/ascii.h"
#include "smtp/xtext.h"

namespace mailvoid::smtp {
namespace {

using Name = PeerAttributeName;
using std::unexpected;

constexpr std::size_t kValueOctetsMax = 255;

bool is_text(std::string_view& value) {
  return std::ranges::all_of(value,
                             [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
}

// Takes a tag "IPV6:" off.
bool is_address(std::string_view& value) {
  std::array<char, kValueOctetsMax + 7> literal;
  const bool v6 = value.contains(':');
  std::string_view tagged = value;
  if (v6 && take_ignoring_case(tagged, "IPV6:")) value = tagged;
  char* end = literal.data();
  for (const std::string_view part : {std::string_view(v6 ? "[IPv6:" : "["), value, std::string_view("]")}) {
    end = std::ranges::copy(part, end).out;
  }
  return is_address_literal({literal.data(), static_cast<std::size_t>(end - literal.data())});
}

bool is_port(std::string_view& value) {
  if (value.empty() || value.size() > 5) return false;
  unsigned port = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port <= 65535;
}

bool is_protocol(std::string_view& value) {
  return equals_ignoring_case(value, "SMTP") || equals_ignoring_case(value, "ESMTP");
}

bool is_source(std::string_view& value) {
  return equals_ignoring_case(value, "LOCAL") || equals_ignoring_case(value, "REMOTE");
}

struct Row {
  std::string_view keyword;
  Name name;
  bool xclient;
  bool xforward;
  bool (*is_value)(std::string_view&);
};
constexpr Row kRows[] = {
    {"NAME", Name::name, true, true, is_text},
    {"ADDR", Name::addr, true, true, is_address},
    {"PORT", Name::port, true, true, is_port},
    {"PROTO", Name::proto, true, true, is_protocol},
    {"HELO", Name::helo, true, true, is_text},
    {"LOGIN", Name::login, true, false, is_text},
    {"DESTADDR", Name::dest_addr, true, false, is_address},
    {"DESTPORT", Name::dest_port, true, false, is_port},
    {"IDENT", Name::ident, false, true, is_text},
    {"SOURCE", Name::source, false, true, is_source},
};
static_assert(std::size(kRows) == kPeerAttributeCount);

std::optional<PeerAttribute> read(const Row& row, std::string_view value, std::span<char>& memory) {
  if (equals_ignoring_case(value, "[UNAVAILABLE]"))
    return PeerAttribute{row.name, PeerAttributeState::unavailable, {}};
  if (equals_ignoring_case(value, "[TEMPUNAVAIL]")) {
    return PeerAttribute{row.name, PeerAttributeState::temporarily_unavailable, {}};
  }
  auto decoded = decode_xtext(value, memory.first(std::min(memory.size(), kValueOctetsMax)));
  if (!decoded || decoded->empty()) return std::nullopt;
  memory = memory.subspan(decoded->size());
  if (!row.is_value(*decoded)) return std::nullopt;
  return PeerAttribute{row.name, PeerAttributeState::given, *decoded};
}

}  // namespace

std::expected<std::span<const PeerAttribute>, ReplyId> parse_peer_attributes(Verb verb, std::string_view text,
                                                                             PeerAttributeMemory& memory) {
  std::span<char> octets = memory.octets;
  std::size_t count = 0;
  unsigned seen = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    skip_spaces(text);
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) return unexpected(ReplyId::bad_attribute);
    const auto* row = std::ranges::find_if(kRows, [&](const Row& candidate) {
      return (verb == Verb::xclient ? candidate.xclient : candidate.xforward) &&
             equals_ignoring_case(word.substr(0, equals), candidate.keyword);
    });
    if (row == std::end(kRows)) return unexpected(ReplyId::bad_attribute);
    const unsigned bit = 1u << static_cast<unsigned>(row->name);
    const auto attribute = read(*row, word.substr(equals + 1), octets);
    if (!attribute || (seen & bit) != 0) return unexpected(ReplyId::bad_attribute);
    seen |= bit;
    memory.attributes[count++] = *attribute;
  }
  if (count == 0) return unexpected(ReplyId::bad_attribute);
  return std::span(memory.attributes).first(count);
}

std::string_view peer_attribute_keyword(PeerAttributeName name) {
  return std::ranges::find(kRows, name, &Row::name)->keyword;
}

std::string_view peer_attribute_list(Verb verb) {
  return verb == Verb::xclient ? " NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"
                               : " NAME ADDR PORT PROTO HELO IDENT SOURCE";
}

}  // namespace mailvoid::smtp
