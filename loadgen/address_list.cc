// SPDX-License-Identifier: Apache-2.0
#include "loadgen/address_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "loadgen/address_template.h"
#include "loadgen/text_file.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::size_t kDomainOctetsMax = 253;

// The weight behind an address, with the blanks in front of it; a quoted local part may hold blanks, too.
std::string_view weight_of(std::string_view line) {
  const std::size_t blank = line.find_last_of(" \t");
  if (blank == line.npos || line.find('"', blank) != line.npos) return {};
  return line.substr(blank + 1);
}

}  // namespace

std::expected<AddressList, std::string> AddressList::parse(std::string_view lines, bool null_too) {
  AddressList list;
  std::vector<double> weights;
  for (unsigned place = 1; !lines.empty(); ++place) {
    std::string_view line = trimmed(take_until(lines, '\n'));
    if (line.empty() || line.starts_with('#')) continue;
    const auto fault = [place](std::string_view what) {
      return std::unexpected(fmt::format("line {} {}", place, what));
    };
    double weight = 1;
    if (const std::string_view text = weight_of(line); !text.empty()) {
      const auto read = read_weight(text);
      if (!read) return fault(read.error());
      weight = *read;
      line = trimmed(line.substr(0, line.size() - text.size()));
    }
    if (line == "<>" && null_too) line = {};
    if (const std::string wrong = AddressTemplate::check_literal(line); !wrong.empty()) return fault(wrong);
    list.add(line);
    weights.push_back(weight);
  }
  if (weights.empty()) return std::unexpected("holds no address");
  list.choice_ = WeightedChoice(weights);
  return list;
}

std::expected<AddressList, std::string> AddressList::load(const std::string& path, bool null_too) {
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  auto list = parse(*text, null_too);
  if (!list) return std::unexpected(fmt::format("{}: {}", path, list.error()));
  return list;
}

std::expected<AddressList, std::string> AddressList::parse_domains(std::string_view text) {
  AddressList list;
  std::vector<double> weights;
  while (!text.empty()) {
    std::string_view item = take_until(text, ',');
    const std::string_view domain = take_until(item, '=');
    double weight = 1;
    if (!item.empty()) {
      const auto read = read_weight(item);
      if (!read) return std::unexpected(read.error());
      weight = *read;
    }
    if (domain.empty() || domain.size() > kDomainOctetsMax || domain.find('@') != domain.npos) {
      return std::unexpected(fmt::format("has '{}', which is not a domain", domain));
    }
    if (const std::string wrong = AddressTemplate::check_literal(domain); !wrong.empty()) {
      return std::unexpected(fmt::format("has '{}', which {}", domain, wrong));
    }
    list.add(domain);
    weights.push_back(weight);
  }
  if (weights.empty()) return std::unexpected("names no domain");
  list.choice_ = WeightedChoice(weights);
  return list;
}

void AddressList::add(std::string_view text) {
  entries_.push_back({text_.size(), text.size()});
  text_ += text;
  octets_max_ = std::max(octets_max_, text.size());
  ascii_ = ascii_ && std::ranges::all_of(text, [](char octet) { return (octet & 0x80) == 0; });
}

}  // namespace mailvoid::loadgen
