// SPDX-License-Identifier: Apache-2.0
// Fields of --header, --header-replace and --subject, and the header that they make of a message's own.
//
//   {message}, {session}  numbers, from 1
//   {rand:N}              0 to N-1 at random
//   {run}                 what tells this run from others: 16 hexadecimal digits
//   {id}                  a name for the message that no other has: what Message-ID has between the brackets
//   {date}                now, as in Date
//   {from}, {to}          the sender and the first recipient; mailer-daemon where the sender is null
//   {{ and }}             a brace
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/text_template.h"

namespace mailvoid::loadgen {

struct HeaderField {
  std::string name;
  std::string text;  // a template
};

// The longest line: RFC 5322 §2.1.1.
inline constexpr std::size_t kHeaderLineOctetsMax = 998;
inline constexpr std::size_t kRunOctetsMax = 16;

// What placeholders stand for in all messages, and how long their values may be.
struct HeaderContext {
  std::string run;  // at most kRunOctetsMax octets
  std::string domain;
  std::size_t from_octets_max = 0;
  std::size_t to_octets_max = 0;
};

// "X-Run: {run}". Refused: a name that no field can have (RFC 5322 §3.6.8; it may not begin with a dot),
// controls, braces without sense, and a line that may become too long. The error is to follow the quoted
// text.
[[nodiscard]] std::expected<HeaderField, std::string> parse_header_field(std::string_view text);

// Names are equal in any case of letters.
[[nodiscard]] bool same_field(std::string_view one, std::string_view other);

// `fields` with `edits`: each takes the place of the first field of its name (others of it go), or stands
// behind them all.
[[nodiscard]] std::vector<HeaderField> with_edits(std::vector<HeaderField> fields,
                                                  std::span<const HeaderField> edits);

// The fields as lines. REQUIRES: they are of parse_header_field(), or right.
[[nodiscard]] TextTemplate header_template(std::span<const HeaderField> fields, const HeaderContext& context);

}  // namespace mailvoid::loadgen
