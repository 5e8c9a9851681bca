// SPDX-License-Identifier: Apache-2.0
#include "loadgen/address_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace mailvoid::loadgen {
namespace {

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

// Judges the octets of an address one after the other.
class Judge {
 public:
  explicit Judge(std::string_view text) : text_(text) {}

  void take(char octet, std::size_t at) {
    if (fault_.empty()) fault_ = judge(octet, at);
  }
  // What is wrong with all of it, "" if nothing is.
  [[nodiscard]] std::string fault() const {
    return fault_.empty() && quoted_ ? "ends inside a quoted string" : fault_;
  }

 private:
  std::string judge(char octet, std::size_t at) {
    const auto value = static_cast<unsigned char>(octet);
    const std::size_t place = at + 1;
    if (value < 0x20 || value == 0x7F)
      return fmt::format("has the control octet 0x{:02x} at {}", value, place);
    if (value > 0x7F) return judge_utf8(at);
    if (octet == '<' || octet == '>') {
      return fmt::format("has '{}' at {}: brackets are added by themselves", octet, place);
    }
    if (octet == ' ' && !quoted_) return fmt::format("has a space at {} outside a quoted string", place);
    if (octet == '"' && !escaped_) quoted_ = !quoted_;
    escaped_ = octet == '\\' && quoted_ && !escaped_;
    return {};
  }

  // Of the octets over 127: each sequence is judged at its first, the others follow from that.
  std::string judge_utf8(std::size_t at) {
    if (at < utf8_until_) return {};
    const std::size_t octets = utf8_sequence_octets(text_.substr(at));
    if (octets == 0) return fmt::format("is not UTF-8 at {}", at + 1);
    utf8_until_ = at + octets;
    return {};
  }

  std::string_view text_;
  std::string fault_;
  bool quoted_ = false;         // between double quotes (RFC 5321 §4.1.2)
  bool escaped_ = false;        // behind a backslash in there
  std::size_t utf8_until_ = 0;  // the end of the sequence that is being taken
};

std::string length_fault(std::size_t octets) {
  return octets <= AddressTemplate::kOctetsMax
             ? ""
             : fmt::format("may become {} octets long, the longest address has {}", octets,
                           AddressTemplate::kOctetsMax);
}

}  // namespace

std::expected<AddressTemplate, std::string> AddressTemplate::parse(std::string_view text) {
  return parse(text, {});
}

std::expected<AddressTemplate, std::string> AddressTemplate::parse(std::string_view text,
                                                                   const Drawn& drawn) {
  using Field = TextTemplate::Field;
  Judge judge(text);
  TextTemplate::for_each_literal(text, [&judge](char octet, std::size_t at) { judge.take(octet, at); });
  std::vector<TextTemplate::Row> rows{
      {"session", Field::session}, {"message", Field::message}, {"recipient", Field::recipient}};
  if (drawn.user) rows.push_back({"user", Field::user});
  if (drawn.domain_octets_max > 0) rows.push_back({"domain", Field::domain, drawn.domain_octets_max});
  auto parsed = TextTemplate::parse(text, rows);
  if (std::string fault = judge.fault(); !fault.empty()) return std::unexpected(std::move(fault));
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (std::string fault = length_fault(parsed->octets_max()); !fault.empty())
    return std::unexpected(std::move(fault));
  AddressTemplate address;
  address.text_ = std::move(*parsed);
  address.ascii_ = std::ranges::all_of(text, [](char octet) { return (octet & 0x80) == 0; });
  return address;
}

std::string AddressTemplate::check_literal(std::string_view address) {
  Judge judge(address);
  for (std::size_t at = 0; at < address.size(); ++at) judge.take(address[at], at);
  const std::string fault = judge.fault();
  return fault.empty() ? length_fault(address.size()) : fault;
}

}  // namespace mailvoid::loadgen
