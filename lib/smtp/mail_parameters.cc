// SPDX-License-Identifier: Apache-2.0
#include "smtp/mail_parameters.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "smtp/ascii.h"

namespace mailvoid::smtp {
namespace {

using std::unexpected;

constexpr std::size_t kSizeDigitsMax = 20;  // RFC 1870 4

struct Parameter {
  std::string_view keyword;
  std::optional<std::string_view> value;
};

bool is_alphanumeric(char c) { return ('0' <= c && c <= '9') || ('a' <= (c | 0x20) && (c | 0x20) <= 'z'); }

// esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
bool is_keyword(std::string_view text) {
  return !text.empty() && is_alphanumeric(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

// esmtp-value = 1*(%d33-60 / %d62-126)
bool is_value(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return '!' <= c && c <= '~' && c != '='; });
}

// The next parameter, taken off the front of `text`, which is not empty and starts with no space.
std::expected<Parameter, ParameterError> take_parameter(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  skip_spaces(text);
  const std::size_t equals = word.find('=');
  Parameter parameter{word.substr(0, equals), std::nullopt};
  if (equals != std::string_view::npos) parameter.value = word.substr(equals + 1);
  if (!is_keyword(parameter.keyword) || (parameter.value && !is_value(*parameter.value))) {
    return unexpected(ParameterError::syntax);
  }
  return parameter;
}

std::optional<std::uint64_t> parse_size_value(std::optional<std::string_view> value) {
  if (!value || value->size() > kSizeDigitsMax) return std::nullopt;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t size = 0;
  for (const char c : *value) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    size = size > (kMost - digit) / 10 ? kMost : size * 10 + digit;
  }
  return size;
}

std::expected<void, ParameterError> read_size(const Parameter& parameter, MailParameters& mail) {
  if (mail.size_declared) return unexpected(ParameterError::twice);
  const auto size = parse_size_value(parameter.value);
  if (!size) return unexpected(ParameterError::bad_size);
  mail.size_octets = *size;
  mail.size_declared = true;
  return {};
}

std::expected<void, ParameterError> read_body(const Parameter& parameter, MailParameters& mail) {
  if (mail.body != BodyType::unspecified) return unexpected(ParameterError::twice);
  const std::string_view value = parameter.value.value_or(std::string_view{});
  if (equals_ignoring_case(value, "7BIT")) {
    mail.body = BodyType::seven_bit;
  } else if (equals_ignoring_case(value, "8BITMIME")) {
    mail.body = BodyType::eight_bit_mime;
  } else {
    return unexpected(ParameterError::bad_body);
  }
  return {};
}

struct KnownParameter {
  std::string_view keyword;
  std::expected<void, ParameterError> (*read)(const Parameter&, MailParameters&);
};
constexpr KnownParameter kMailParameters[] = {{"SIZE", read_size}, {"BODY", read_body}};

}  // namespace

std::expected<MailParameters, ParameterError> parse_mail_parameters(std::string_view text) {
  MailParameters mail;
  while (!text.empty()) {
    const auto parameter = take_parameter(text);
    if (!parameter) return unexpected(parameter.error());
    const auto* known = std::ranges::find_if(kMailParameters, [&](const KnownParameter& candidate) {
      return equals_ignoring_case(parameter->keyword, candidate.keyword);
    });
    if (known == std::end(kMailParameters)) return unexpected(ParameterError::unknown);
    if (const auto read = known->read(*parameter, mail); !read) return unexpected(read.error());
  }
  return mail;
}

std::expected<void, ParameterError> parse_recipient_parameters(std::string_view text) {
  if (text.empty()) return {};
  const auto parameter = take_parameter(text);
  return unexpected(parameter ? ParameterError::unknown : parameter.error());
}

}  // namespace mailvoid::smtp
