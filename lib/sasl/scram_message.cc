// SPDX-License-Identifier: Apache-2.0
#include "sasl/scram_message.h"

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "sasl/scram_secret.h"

namespace mailvoid::sasl {
namespace {

// What follows "NAME=" in the next of the fields that commas part; takes the comma, too.
std::optional<std::string_view> take_attribute(std::string_view& message, char name) {
  const std::string_view field = message.substr(0, message.find(','));
  if (field.size() < 2 || field[0] != name || field[1] != '=') return std::nullopt;
  if (message.size() == field.size() + 1) return std::nullopt;  // a comma with nothing behind it
  message.remove_prefix(std::min(message.size(), field.size() + 1));
  return field.substr(2);
}

// Extensions that need not be understood: "x=..." each.
bool are_extensions(std::string_view fields) {
  while (!fields.empty()) {
    const std::string_view field = fields.substr(0, fields.find(','));
    const bool letter = !field.empty() && 'a' <= (field[0] | 0x20) && (field[0] | 0x20) <= 'z';
    if (field.size() < 3 || !letter || field[1] != '=' || field.contains('\0')) return false;
    fields.remove_prefix(field.size());
    if (fields.size() == 1) return false;  // a comma with nothing behind it
    if (!fields.empty()) fields.remove_prefix(1);
  }
  return true;
}

bool is_nonce(std::string_view text) {
  return !text.empty() && text.size() <= kNonceOctetsMax &&
         std::ranges::all_of(text, [](char c) { return '!' <= c && c <= '~'; });
}

// cb-name = 1*(ALPHA / DIGIT / "." / "-")
bool is_binding_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return ('0' <= c && c <= '9') || ('a' <= (c | 0x20) && (c | 0x20) <= 'z') || c == '.' || c == '-';
  });
}

// Takes a field and its comma, which must be there.
std::optional<std::string_view> take_field(std::string_view& message) {
  const std::size_t comma = message.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view field = message.substr(0, comma);
  message.remove_prefix(comma + 1);
  return field;
}

}  // namespace

std::optional<Gs2Header> take_gs2_header(std::string_view& message) {
  const std::string_view whole = message;
  const auto flag = take_field(message);
  const auto authorization = flag ? take_field(message) : std::nullopt;
  if (!authorization) return std::nullopt;
  Gs2Header header;
  header.text = whole.substr(0, whole.size() - message.size());
  if (flag->starts_with("p=") && is_binding_name(flag->substr(2))) {
    header.binding_flag = 'p';
    header.binding = flag->substr(2);
  } else if (*flag == "n" || *flag == "y") {
    header.binding_flag = flag->front();
  } else {
    return std::nullopt;
  }
  // "a=" with nothing behind it is malformed, but GNU SASL sends it.
  if (authorization->empty() || *authorization == "a=") return header;
  if (!authorization->starts_with("a=")) return std::nullopt;
  auto name = unescape_saslname(authorization->substr(2));
  if (!name) return std::nullopt;
  header.authorization = *std::move(name);
  return header;
}

std::optional<ClientFirst> parse_client_first(std::string_view bare) {
  const auto user = take_attribute(bare, 'n');
  const auto nonce = user ? take_attribute(bare, 'r') : std::nullopt;
  if (!nonce || !is_nonce(*nonce) || !are_extensions(bare)) return std::nullopt;
  auto name = unescape_saslname(*user);
  if (!name) return std::nullopt;
  return ClientFirst{*std::move(name), *nonce};
}

std::optional<ServerFirst> parse_server_first(std::string_view message) {
  const auto nonce = take_attribute(message, 'r');
  const auto salt = nonce ? take_attribute(message, 's') : std::nullopt;
  const auto iterations = salt ? take_attribute(message, 'i') : std::nullopt;
  if (!iterations || !is_nonce(*nonce) || !are_extensions(message)) return std::nullopt;
  ServerFirst first;
  first.nonce = *nonce;
  if (!append_decoded_base64(*salt, first.salt)) return std::nullopt;
  if (first.salt.empty() || first.salt.size() > kSaltOctetsMax) return std::nullopt;
  const char* const end = iterations->data() + iterations->size();
  const auto parsed = std::from_chars(iterations->data(), end, first.iterations);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  if (first.iterations == 0 || first.iterations > kIterationsMax) return std::nullopt;
  return first;
}

std::optional<ClientFinal> parse_client_final(std::string_view message) {
  const std::size_t proof_at = message.rfind(",p=");
  if (proof_at == std::string_view::npos) return std::nullopt;
  ClientFinal parsed;
  parsed.without_proof = message.substr(0, proof_at);
  std::string_view fields = parsed.without_proof;
  const auto binding = take_attribute(fields, 'c');
  const auto nonce = binding ? take_attribute(fields, 'r') : std::nullopt;
  if (!nonce || nonce->empty() || !are_extensions(fields)) return std::nullopt;
  parsed.nonce = *nonce;
  if (!append_decoded_base64(*binding, parsed.binding)) return std::nullopt;
  if (!append_decoded_base64(message.substr(proof_at + 3), parsed.proof)) return std::nullopt;
  return parsed;
}

std::string escape_saslname(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == ',') {
      text += "=2C";
    } else if (c == '=') {
      text += "=3D";
    } else {
      text += c;
    }
  }
  return text;
}

std::optional<std::string> unescape_saslname(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    const char c = text.front();
    if (c == ',' || c == '\0') return std::nullopt;
    if (c == '=') {
      if (text.starts_with("=2C")) {
        name += ',';
      } else if (text.starts_with("=3D")) {
        name += '=';
      } else {
        return std::nullopt;
      }
      text.remove_prefix(3);
      continue;
    }
    name += c;
    text.remove_prefix(1);
  }
  if (name.empty()) return std::nullopt;
  return name;
}

}  // namespace mailvoid::sasl
