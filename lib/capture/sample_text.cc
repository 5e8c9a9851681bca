// SPDX-License-Identifier: Apache-2.0
#include "capture/sample_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.h"

namespace mailvoid::capture {
namespace {

constexpr std::string_view kLastFieldOfFront = "X-Mailvoid-Data";

bool is_space(char octet) { return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n'; }

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char octet) {
    return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet - 'A' + 'a') : octet;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// Takes the first field off `text`, with the lines that go on with it; empty at the end of the header.
std::string_view take_field(std::string_view& text) {
  std::size_t end = 0;
  if (text.starts_with("\r\n") || text.starts_with('\n')) return {};
  do {
    const std::size_t line_end = text.find('\n', end);
    end = line_end == std::string_view::npos ? text.size() : line_end + 1;
  } while (end < text.size() && (text[end] == ' ' || text[end] == '\t'));
  const std::string_view field = text.substr(0, end);
  text.remove_prefix(end);
  return field;
}

std::string_view name_of(std::string_view field) {
  std::string_view name = field.substr(0, field.find(':'));
  while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
  return name.size() < field.size() ? name : std::string_view();
}

// visit(name, field) until it returns false.
template <class Visit>
void for_each_field(std::string_view text, Visit&& visit) {
  for (std::string_view field = take_field(text); !field.empty(); field = take_field(text)) {
    if (!visit(name_of(field), field)) return;
  }
}

}  // namespace

std::expected<std::string, int> read_sample(int directory, const std::string& file, std::size_t octets_max) {
  const UniqueFd fd(::openat(directory, file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return std::unexpected(errno);
  std::string text(octets_max, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

std::string_view front_of(std::string_view sample) {
  std::string_view front;
  for_each_field(sample, [&](std::string_view name, std::string_view field) {
    if (name != kLastFieldOfFront) return true;
    front = sample.substr(0, static_cast<std::size_t>(field.end() - sample.begin()));
    return false;
  });
  return front;
}

std::size_t count_fields(std::string_view text, std::string_view name) {
  std::size_t count = 0;
  for_each_field(text, [&](std::string_view other, std::string_view) {
    if (same_name(name, other)) ++count;
    return true;
  });
  return count;
}

std::string field_value(std::string_view text, std::string_view name) {
  std::string value;
  for_each_field(text, [&](std::string_view other, std::string_view field) {
    if (!same_name(name, other)) return true;
    value = field.substr(field.find(':') + 1);
    return false;
  });
  std::erase_if(value, [](char octet) { return octet == '\r' || octet == '\n'; });
  while (!value.empty() && is_space(value.back())) value.pop_back();
  value.erase(0, static_cast<std::size_t>(std::ranges::find_if_not(value, is_space) - value.begin()));
  return value;
}

}  // namespace mailvoid::capture
