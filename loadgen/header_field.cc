// SPDX-License-Identifier: Apache-2.0
#include "loadgen/header_field.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <utility>

#include "base/mail_date.h"
#include "loadgen/address_template.h"
#include "loadgen/text_file.h"

namespace mailvoid::loadgen {
namespace {

using Field = TextTemplate::Field;

std::expected<TextTemplate, std::string> parse_lines(std::string_view text, const HeaderContext& context) {
  const std::string id = fmt::format("{}.{{message}}@{}", context.run, context.domain);
  const std::vector<TextTemplate::Row> rows{{"message", Field::message},
                                            {"session", Field::session},
                                            {"run", Field::literal, 0, context.run},
                                            {"id", Field::literal, 0, id},
                                            {"date", Field::date, std::tuple_size_v<MailDate>},
                                            {"from", Field::from, context.from_octets_max},
                                            {"to", Field::to, context.to_octets_max}};
  return TextTemplate::parse(text, rows);
}

bool is_name_octet(char octet) {
  return octet > ' ' && octet <= '~' && octet != ':' && octet != '{' && octet != '}';
}

}  // namespace

std::expected<HeaderField, std::string> parse_header_field(std::string_view text) {
  std::string_view value = text;
  const std::string_view name = take_until(value, ':');
  if (name.size() == text.size()) return std::unexpected("has no colon: write 'NAME: TEXT'");
  if (name.empty() || name.starts_with('.') || !std::ranges::all_of(name, is_name_octet)) {
    return std::unexpected(fmt::format("has '{}', which is not a name of a header field", name));
  }
  value = trimmed(value);
  const auto odd = std::ranges::find_if(value, [](char octet) {
    const auto code = static_cast<unsigned char>(octet);
    return (code < ' ' && octet != '\t') || code == 0x7F;
  });
  if (odd != value.end()) {
    return std::unexpected(fmt::format("has the control octet 0x{:02x} at {}",
                                       static_cast<unsigned char>(*odd), odd - text.begin() + 1));
  }
  const HeaderContext largest{std::string(kRunOctetsMax, '0'), std::string(253, 'x'),
                              AddressTemplate::kOctetsMax, AddressTemplate::kOctetsMax};
  const auto parsed = parse_lines(value, largest);
  if (!parsed) return std::unexpected(parsed.error());
  if (const std::size_t octets = name.size() + 2 + parsed->octets_max(); octets > kHeaderLineOctetsMax) {
    return std::unexpected(fmt::format("may become {} octets long, the longest line has {} (RFC 5322)",
                                       octets, kHeaderLineOctetsMax));
  }
  return HeaderField{std::string(name), std::string(value)};
}

bool same_field(std::string_view one, std::string_view other) {
  return one.size() == other.size() && ::strncasecmp(one.data(), other.data(), one.size()) == 0;
}

std::vector<HeaderField> with_edits(std::vector<HeaderField> fields, std::span<const HeaderField> edits) {
  const std::size_t own = fields.size();
  std::vector<bool> edited(own);
  for (const HeaderField& edit : edits) {
    bool placed = false;
    for (std::size_t i = 0; i < own && !placed; ++i) {
      if (edited[i] || !same_field(fields[i].name, edit.name)) continue;
      fields[i] = edit;
      edited[i] = placed = true;
    }
    if (!placed) fields.push_back(edit);
  }
  return fields;
}

TextTemplate header_template(std::span<const HeaderField> fields, const HeaderContext& context) {
  std::string lines;
  for (const HeaderField& field : fields) lines += fmt::format("{}: {}\r\n", field.name, field.text);
  return parse_lines(lines, context).value();
}

}  // namespace mailvoid::loadgen
