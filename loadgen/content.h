// SPDX-License-Identifier: Apache-2.0
// What is in generated messages: the kinds of --content, and the shapes of messages of each kind.
// docs/workload.md has them for users.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/mime_entity.h"

namespace mailvoid::loadgen {

enum class Content : std::uint8_t {
  plain,  // text without MIME
  text,
  html,
  alternative,
  related,
  attachment,
  uuencode,
  nested,
  rfc822,
};

struct ContentShare {
  Content content = Content::plain;
  double weight = 1;  // over 0
};

// "text", "text=5,html=3", "all" (each of them equally often). The error is to follow the quoted text.
[[nodiscard]] std::expected<std::vector<ContentShare>, std::string> parse_content(std::string_view text);

struct ContentShape {
  MimeEntity entity;  // as a whole message: its fields replace those of generated mail
  double weight = 1;
};

// Messages of a kind in several makes: languages, character sets, transfer encodings, structures. Their
// weights add up to the share's. What is random in them follows from the seed. The error says what the system
// lacks. Throws std::bad_alloc.
[[nodiscard]] std::expected<std::vector<ContentShape>, std::string> shapes_of(const ContentShare& share,
                                                                              LineStore& store,
                                                                              std::uint64_t seed);

}  // namespace mailvoid::loadgen
