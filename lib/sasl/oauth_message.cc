// SPDX-License-Identifier: Apache-2.0
#include "sasl/oauth_message.h"

#include <algorithm>

#include "sasl/scram_message.h"

namespace mailvoid::sasl {
namespace {

constexpr std::string_view kScheme = "bearer";

char lower(char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_key(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return 'a' <= (c | 0x20) && (c | 0x20) <= 'z'; });
}

// Printable ASCII, blanks and line ends: what RFC 7628 lets a value hold.
bool is_value(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (' ' <= c && c <= '~') || c == '\t' || c == '\r' || c == '\n'; });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return '!' <= c && c <= '~'; });
}

struct Pair {
  std::string_view key;
  std::string_view value;
};

std::optional<Pair> take_pair(std::string_view& message) {
  const std::size_t end = message.find(kOauthSeparator);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view pair = message.substr(0, end);
  message.remove_prefix(end + 1);
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  return Pair{pair.substr(0, equals), pair.substr(equals + 1)};
}

// "Bearer TOKEN", the scheme in any case.
std::optional<std::string_view> bearer_token(std::string_view value) {
  const bool bearer = std::ranges::equal(value.substr(0, kScheme.size()), kScheme, {}, lower);
  if (!bearer || value.size() <= kScheme.size() || value[kScheme.size()] != ' ') return std::nullopt;
  value.remove_prefix(kScheme.size());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  if (!is_token(value)) return std::nullopt;
  return value;
}

// Pairs up to the separator that ends them all, which ends the message as well.
std::optional<std::string_view> token_among_pairs(std::string_view message) {
  std::optional<std::string_view> token;
  while (message != std::string_view(&kOauthSeparator, 1)) {
    const auto pair = take_pair(message);
    if (!pair || !is_key(pair->key) || !is_value(pair->value)) return std::nullopt;
    if (pair->key != "auth") continue;
    if (token) return std::nullopt;
    token = bearer_token(pair->value);
    if (!token) return std::nullopt;
  }
  return token;
}

}  // namespace

bool is_bearer_token(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return ('0' <= c && c <= '9') || ('a' <= (c | 0x20) && (c | 0x20) <= 'z') ||
           std::string_view("-._~+/").contains(c);
  });
}

std::optional<OauthMessage> parse_oauthbearer(std::string_view message) {
  auto header = take_gs2_header(message);
  if (!header || header->binding_flag == 'p') return std::nullopt;
  if (!message.starts_with(kOauthSeparator)) return std::nullopt;
  message.remove_prefix(1);
  const auto token = token_among_pairs(message);
  if (!token) return std::nullopt;
  return OauthMessage{std::move(header->authorization), *token};
}

std::optional<OauthMessage> parse_xoauth2(std::string_view message) {
  const auto user = take_pair(message);
  if (!user || user->key != "user" || user->value.empty()) return std::nullopt;
  const auto token = token_among_pairs(message);
  if (!token) return std::nullopt;
  return OauthMessage{std::string(user->value), *token};
}

void append_oauthbearer(std::string_view user, std::string_view token, std::string_view host,
                        std::uint16_t port, std::string& to) {
  to += "n,a=";
  to += escape_saslname(user);
  to += ',';
  if (!host.empty()) {
    to += "\x01host=";
    to += host;
  }
  if (port != 0) {
    to += "\x01port=";
    to += std::to_string(port);
  }
  to +=
      "\x01"
      "auth=Bearer ";
  to += token;
  to += "\x01\x01";
}

void append_xoauth2(std::string_view user, std::string_view token, std::string& to) {
  to += "user=";
  to += user;
  to +=
      "\x01"
      "auth=Bearer ";
  to += token;
  to += "\x01\x01";
}

}  // namespace mailvoid::sasl
