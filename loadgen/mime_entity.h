// SPDX-License-Identifier: Apache-2.0
// The parts of generated MIME mail (RFC 2045, 2046), of which one can grow: behind `before` as many of the
// shared lines may stand as one likes, then `after`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/header_field.h"
#include "loadgen/mime_language.h"
#include "loadgen/random.h"
#include "loadgen/shared_lines.h"

namespace mailvoid::loadgen {

struct MimeEntity {
  std::vector<HeaderField> fields;             // Content-Type and its kin; folded ones hold CRLF
  std::string before;                          // lines with CRLF; none begins with a dot
  std::shared_ptr<const SharedLines> lines{};  // nullptr: it is complete and does not grow
  std::string after{};
  bool eight_bit = false;
};

// Lines that parts grow by: those of one kind are shared by all parts.
class LineStore {
 public:
  // Throws std::bad_alloc beyond `memory_max` bytes in all.
  LineStore(std::uint64_t octets_max, std::uint64_t memory_max)
      : octets_max_(octets_max), memory_left_(memory_max) {}
  [[nodiscard]] std::uint64_t octets_max() const { return octets_max_; }
  // Those of that name, made of `block` when they are asked for first.
  [[nodiscard]] std::shared_ptr<const SharedLines> lines(const std::string& name, std::size_t line_octets,
                                                         const std::function<std::string()>& block);

 private:
  std::uint64_t octets_max_;
  std::uint64_t memory_left_;
  std::map<std::string, std::shared_ptr<const SharedLines>> all_;
};

// Makes parts; what is random in them follows from the seed.
class MimeMaker {
 public:
  // The store outlives it.
  MimeMaker(LineStore& store, std::uint64_t seed, std::uint64_t variant)
      : store_(store), random_(seed, Random::Purpose::text, variant) {}

  // text/plain or text/html in the language's character set and transfer encoding.
  [[nodiscard]] MimeEntity text(const Vocabulary& language, bool html, bool grows);
  // Octets in base64, with a file name.
  [[nodiscard]] MimeEntity attachment(std::string_view type, std::string_view magic,
                                      std::string_view file_name, bool grows);
  // The same, to be shown within HTML.
  [[nodiscard]] MimeEntity inline_image(bool grows);
  // A table as an attachment in quoted-printable.
  [[nodiscard]] MimeEntity table();
  // A text with a file in it, as before MIME.
  [[nodiscard]] MimeEntity uuencoded(const Vocabulary& language);
  // At most one of `parts` grows.
  [[nodiscard]] MimeEntity multipart(std::string_view subtype, std::vector<MimeEntity> parts);
  // A message of its own, of which `body` is the content.
  [[nodiscard]] MimeEntity message(const Vocabulary& language, MimeEntity body);

  // The fields that tell of somebody and something in that language, with MIME-Version: From and Subject are
  // templates.
  [[nodiscard]] std::vector<HeaderField> fields(const Vocabulary& language);

 private:
  [[nodiscard]] std::string octets(std::size_t count);
  [[nodiscard]] std::string word();

  LineStore& store_;
  Random random_;
};

}  // namespace mailvoid::loadgen
