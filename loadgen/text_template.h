// SPDX-License-Identifier: Apache-2.0
// Text in which placeholders become what they stand for: {message} a number, {rand:N} a random one, {from} an
// address; {{ and }} are braces. Which placeholders there are is up to the user of this class (--from, --to,
// --header and so on).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailvoid::loadgen {

class TextTemplate {
 public:
  enum class Field : std::uint8_t {
    none,
    session,    // the number of the session in the run, from 1
    message,    // of the message in the run, from 1
    recipient,  // of the recipient in the message, from 1; 0 elsewhere
    user,       // drawn, from 1
    random,     // drawn by render()
    domain,
    date,
    from,
    to,
    literal,  // what its row says
  };
  // What the placeholders stand for.
  struct Values {
    std::uint64_t session = 0;
    std::uint64_t message = 0;
    std::uint64_t recipient = 0;
    std::uint64_t seed = 0;  // of the run, for {rand:N}
    std::uint64_t user = 0;
    std::string_view domain{};
    std::string_view date{};
    std::string_view from{};
    std::string_view to{};
  };
  // A placeholder that a text may have.
  struct Row {
    std::string_view name;
    Field field = Field::none;
    std::size_t octets_max = kNumberOctetsMax;  // of its value
    std::string_view text{};                    // of a literal: a template itself, read in its place
  };

  static constexpr std::size_t kNumberOctetsMax = 20;  // 2^64-1

  // "".
  TextTemplate() = default;

  // Refused: unknown placeholders and unpaired braces. {rand:N} is known wherever a row is. The error says
  // what and where, to follow the name of the option.
  [[nodiscard]] static std::expected<TextTemplate, std::string> parse(std::string_view text,
                                                                      std::span<const Row> rows);

  // Calls judge(octet, its place from 0) for each octet of `text` outside of placeholders.
  template <class Judge>
  static void for_each_literal(std::string_view text, Judge&& judge) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '{' && !text.substr(at + 1).starts_with('{')) {
        at = text.find('}', at);
        if (at == text.npos) return;
        continue;
      }
      if (text[at] == '{' || text[at] == '}') ++at;
      if (at < text.size()) judge(text[at], at);
    }
  }

  // Renders to the front of `buffer`. No allocation. A value is not longer than its row said.
  // REQUIRES: buffer.size() >= octets_max().
  [[nodiscard]] std::string_view render(std::span<char> buffer, const Values& values) const;

  // The longest that render() gives.
  [[nodiscard]] std::size_t octets_max() const { return octets_max_; }
  [[nodiscard]] bool uses(Field field) const;

 private:
  class Parser;
  struct Piece {
    std::uint32_t text_octets = 0;  // of text_, in front of the value
    Field field = Field::none;      // only behind the last text
    std::uint64_t random_below = 0;
    std::uint64_t salt = 0;  // what tells two random placeholders apart
  };

  [[nodiscard]] static std::uint64_t number_of(const Piece& piece, const Values& values);
  [[nodiscard]] static std::string_view text_of(Field field, const Values& values);

  std::string text_;  // of all pieces, and some octets that render() may read
  std::vector<Piece> pieces_;
  std::size_t octets_max_ = 0;
};

}  // namespace mailvoid::loadgen
