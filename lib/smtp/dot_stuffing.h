// SPDX-License-Identifier: Apache-2.0
// Transparency of mail data: a line that begins with a dot is sent with one more (RFC 5321 §4.5.2). For
// preparing messages before a run; the server's side removes dots while it scans (lib/scan).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailvoid::smtp {

// Lines end with CRLF and nothing else: a dot behind a bare CR or a bare LF is not at the start of a line.

// Octets of `text` in stuffed form.
[[nodiscard]] std::size_t dot_stuffed_size(std::string_view text);
// Writes dot_stuffed_size(text) octets to `out`.
void dot_stuff(std::string_view text, char* out);
// The inverse: one dot at the start of each line that has one is removed.
[[nodiscard]] std::string dot_unstuff(std::string_view stuffed);

// Text as it may travel: every LF without a CR before it becomes CRLF, whatever the lines around it end with;
// a CR without an LF behind it stays as it is; CRLF is added to text that does not end with CRLF. Empty text
// stays empty. Writes to `out` what canonical_size(text) counts.
[[nodiscard]] std::size_t canonical_size(std::string_view text);
void canonicalize(std::string_view text, char* out);

}  // namespace mailvoid::smtp
