// SPDX-License-Identifier: Apache-2.0
#include "smtp/dot_stuffing.h"

#include <cstring>

namespace mailvoid::smtp {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

// Calls visit(chunk, at_line_start_dot): `text` cut before every dot at the start of a line.
template <typename Visit>
void for_each_run(std::string_view text, Visit visit) {
  static constexpr std::string_view kLineStartDot = "\r\n.";
  bool dot = text.starts_with('.');
  std::size_t begin = 0;
  while (begin < text.size()) {
    // A run that begins with its dot has no other before the next line.
    const std::size_t found = text.find(kLineStartDot, begin);
    const std::size_t end = found == std::string_view::npos ? text.size() : found + kLineEnd.size();
    visit(text.substr(begin, end - begin), dot);
    begin = end;
    dot = true;
  }
}

// True iff the LF at `at` has no CR before it.
bool is_bare_line_feed(std::string_view text, std::size_t at) { return at == 0 || text[at - 1] != '\r'; }

}  // namespace

std::size_t dot_stuffed_size(std::string_view text) {
  std::size_t size = 0;
  for_each_run(text, [&size](std::string_view run, bool dot) { size += run.size() + (dot ? 1 : 0); });
  return size;
}

void dot_stuff(std::string_view text, char* out) {
  for_each_run(text, [&out](std::string_view run, bool dot) {
    if (dot) *out++ = '.';
    std::memcpy(out, run.data(), run.size());
    out += run.size();
  });
}

std::string dot_unstuff(std::string_view stuffed) {
  std::string text;
  text.reserve(stuffed.size());
  for_each_run(stuffed, [&text](std::string_view run, bool dot) { text += run.substr(dot ? 1 : 0); });
  return text;
}

std::size_t canonical_size(std::string_view text) {
  std::size_t size = text.size();
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (is_bare_line_feed(text, at)) ++size;
  }
  if (!text.empty() && text.back() != '\n') size += kLineEnd.size();
  return size;
}

void canonicalize(std::string_view text, char* out) {
  std::size_t begin = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (!is_bare_line_feed(text, at)) continue;
    std::memcpy(out, text.data() + begin, at - begin);
    out += at - begin;
    *out++ = '\r';
    begin = at;
  }
  std::memcpy(out, text.data() + begin, text.size() - begin);
  out += text.size() - begin;
  if (!text.empty() && text.back() != '\n') std::memcpy(out, kLineEnd.data(), kLineEnd.size());
}

}  // namespace mailvoid::smtp
