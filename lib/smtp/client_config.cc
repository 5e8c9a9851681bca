// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_config.h"

#include <algorithm>
#include <array>

#include "smtp/client_capabilities.h"
#include "smtp/mechanism_name.h"

namespace mailvoid::smtp {
namespace {

constexpr std::size_t kEhloNameOctetsMax = 255;
constexpr std::size_t kXclientOctetsMax = 500;  // Postfix reads 512 with verb and line end
constexpr std::size_t kMechanismsMax = 32;

constexpr bool may_stand_in_path(char octet) {
  const auto value = static_cast<unsigned char>(octet);
  return value >= 0x20 && value != 0x7F && octet != '<' && octet != '>';
}

constexpr bool is_visible_ascii(char octet) { return octet > 0x20 && octet < 0x7F; }

bool is_notify(std::string_view list) {
  if (list == "NEVER") return true;
  static constexpr std::array<std::string_view, 3> kWords{"SUCCESS", "FAILURE", "DELAY"};
  while (true) {
    const std::size_t comma = list.find(',');
    if (std::ranges::find(kWords, list.substr(0, comma)) == kWords.end()) return false;
    if (comma == list.npos) return true;
    list.remove_prefix(comma + 1);
  }
}

std::expected<void, std::string> validate_extensions(const ClientConfig& config) {
  if (config.body == ClientBody::binary_mime && config.chunk_octets == 0) {
    return std::unexpected("BINARYMIME needs BDAT");
  }
  const std::string& ret = config.dsn.ret;
  if (!ret.empty() && ret != "FULL" && ret != "HDRS") return std::unexpected("RET is neither FULL nor HDRS");
  if (!config.dsn.notify.empty() && !is_notify(config.dsn.notify)) {
    return std::unexpected("NOTIFY is neither NEVER nor a list of SUCCESS, FAILURE and DELAY");
  }
  const std::string& xclient = config.xclient;
  if (xclient.size() > kXclientOctetsMax) return std::unexpected("the XCLIENT attributes are too long");
  if (!xclient.empty() && (xclient_attributes(xclient) == 0 || !std::ranges::all_of(xclient, [](char octet) {
                             return octet == ' ' || is_visible_ascii(octet);
                           }))) {
    return std::unexpected(
        "XCLIENT has NAME, ADDR, PORT, PROTO, HELO, LOGIN, DESTADDR and DESTPORT, each with a value");
  }
  if (config.auth_mechanisms.size() > kMechanismsMax)
    return std::unexpected("there are too many AUTH mechanisms");
  if (!std::ranges::all_of(config.auth_mechanisms, is_mechanism_name)) {
    return std::unexpected("the name of an AUTH mechanism is 1 to 20 of A-Z, 0-9, '-' and '_'");
  }
  return {};
}

}  // namespace

bool is_command_path(std::string_view path) {
  return path.size() <= kCommandPathOctetsMax && std::ranges::all_of(path, may_stand_in_path);
}

std::expected<void, std::string> validate(const ClientConfig& config) {
  if (config.ehlo_name.empty()) return std::unexpected("the EHLO name is empty");
  if (config.ehlo_name.size() > kEhloNameOctetsMax) {
    return std::unexpected("the EHLO name is longer than " + std::to_string(kEhloNameOctetsMax) + " octets");
  }
  if (!std::ranges::all_of(config.ehlo_name, is_visible_ascii)) {
    return std::unexpected("the EHLO name holds an octet that is not printable ASCII, or a space");
  }
  if (config.reply_line_octets_max < ClientConfig::kReplyLineOctetsLeast ||
      config.reply_line_octets_max > ClientConfig::kReplyLineOctetsMost) {
    return std::unexpected("the limit of a reply line must be " +
                           std::to_string(ClientConfig::kReplyLineOctetsLeast) + " to " +
                           std::to_string(ClientConfig::kReplyLineOctetsMost) + " octets");
  }
  if (config.reply_lines_max == 0) return std::unexpected("the limit of lines in a reply must be at least 1");
  return validate_extensions(config);
}

}  // namespace mailvoid::smtp
