// SPDX-License-Identifier: Apache-2.0
// Addresses or domains with weights: the files of --from-file and --to-file, and the text of --to-domain.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/weighted_choice.h"

namespace mailvoid::loadgen {

// Immutable; any thread may read it.
class AddressList {
 public:
  // A line is an address, or an address, blanks and a weight (1 without); empty lines and those that begin
  // with # say nothing. <> is the null sender, where `null_too`. Braces mean nothing here. The error names
  // the line.
  [[nodiscard]] static std::expected<AddressList, std::string> parse(std::string_view lines, bool null_too);
  // The same of a file; the error names it.
  [[nodiscard]] static std::expected<AddressList, std::string> load(const std::string& path, bool null_too);
  // "example.com=70,example.net=30": domains, and their weights (1 without).
  [[nodiscard]] static std::expected<AddressList, std::string> parse_domains(std::string_view text);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // Valid as long as the list is.
  [[nodiscard]] std::string_view operator[](std::size_t index) const {
    const Entry& entry = entries_[index];
    return std::string_view(text_).substr(entry.offset, entry.octets);
  }
  // An index, by weight.
  [[nodiscard]] std::size_t draw(Random& random) const { return choice_.draw(random); }

  [[nodiscard]] std::size_t octets_max() const { return octets_max_; }
  [[nodiscard]] bool is_ascii() const { return ascii_; }

 private:
  struct Entry {
    std::size_t offset = 0;
    std::size_t octets = 0;
  };

  void add(std::string_view text);

  std::string text_;
  std::vector<Entry> entries_;
  WeightedChoice choice_;
  std::size_t octets_max_ = 0;
  bool ascii_ = true;
};

}  // namespace mailvoid::loadgen
