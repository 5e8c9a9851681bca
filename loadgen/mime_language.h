// SPDX-License-Identifier: Apache-2.0
// Something to say in many languages and character sets: a table of the texts of generated mail.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailvoid::loadgen {

enum class TransferEncoding : std::uint8_t { seven_bit, eight_bit, quoted_printable, base64 };

// As in Content-Transfer-Encoding.
[[nodiscard]] std::string_view to_string(TransferEncoding encoding);

// A row of the table.
struct Language {
  std::string_view charset;
  TransferEncoding encoding;
  std::string_view name;     // of somebody
  std::string_view subject;  // words parted by blanks
  std::string_view text;     // likewise; none holds '<', '&' or a leading dot
};
[[nodiscard]] std::span<const Language> languages();

// A row in its character set, each word complete in itself.
struct Vocabulary {
  std::string charset;
  TransferEncoding encoding = TransferEncoding::seven_bit;
  std::vector<std::string> name;
  std::vector<std::string> subject;
  std::vector<std::string> text;
};
// The error says what the system's iconv lacks.
[[nodiscard]] std::expected<Vocabulary, std::string> vocabulary_of(const Language& language);

}  // namespace mailvoid::loadgen
