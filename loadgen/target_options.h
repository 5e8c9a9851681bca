// SPDX-License-Identifier: Apache-2.0
// Whom the load is for, as people write it: "mta.test:25", "[::1]:2525", "unix:/run/mta", "mx:example.com",
// each with "=3" behind it for three times the sessions of the others, or as [[target]] in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/address_text.h"
#include "config/config_file.h"
#include "config/value.h"

namespace mailvoid::loadgen {

// Also of the servers that they resolve to: each is a label of the metrics.
inline constexpr std::size_t kTargetsMax = 64;

// "mx:example.com", "mx:example.com:2525": the servers that take mail for the domain, on that port.
struct MailDomain {
  std::string name;
  std::uint16_t port = 25;
  friend bool operator==(const MailDomain&, const MailDomain&) = default;
};

struct TargetOption {
  std::variant<config::HostAndPort, SocketAddress, MailDomain> where;
  std::uint32_t weight = 1;  // sessions with it, compared with the others'; at least 1

  friend bool operator==(const TargetOption&, const TargetOption&) = default;
};

[[nodiscard]] config::Parsed<TargetOption> parse_target_option(std::string_view text);
[[nodiscard]] std::string where_text(const TargetOption& target);    // without the weight
[[nodiscard]] std::string to_string(const TargetOption& target);     // what parses as the same
[[nodiscard]] std::string to_string(std::span<const TargetOption>);  // separated by ", "
[[nodiscard]] config::Value<TargetOption> target_option();
// "10.0.0.53", "[::1]:5353": without a port, 53.
[[nodiscard]] config::Value<SocketAddress> name_server();

// Those of the [[target]] tables, in their order, unless there are targets from elsewhere.
[[nodiscard]] std::expected<void, config::FileFault> add_targets(std::span<const config::FileTable> tables,
                                                                 std::vector<TargetOption>& targets);
// What is wrong with them together, or "": too many, or the same one twice.
[[nodiscard]] std::string check_targets(std::span<const TargetOption> targets);

}  // namespace mailvoid::loadgen
