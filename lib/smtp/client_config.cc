// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_config.h"

#include <algorithm>

namespace mailvoid::smtp {
namespace {

constexpr std::size_t kEhloNameOctetsMax = 255;

constexpr bool may_stand_in_path(char octet) {
  const auto value = static_cast<unsigned char>(octet);
  return value >= 0x20 && value != 0x7F && octet != '<' && octet != '>';
}

constexpr bool is_visible_ascii(char octet) { return octet > 0x20 && octet < 0x7F; }

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
  return {};
}

}  // namespace mailvoid::smtp
