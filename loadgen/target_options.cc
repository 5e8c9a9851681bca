// SPDX-License-Identifier: Apache-2.0
#include "loadgen/target_options.h"

#include <fmt/format.h>

#include <set>

#include "config/setting_table.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::uint32_t kWeightMax = 1'000'000;
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kDomainPrefix = "mx:";

// "mx:25" is the port of a host of that name.
bool is_domain(std::string_view text) {
  return text.starts_with(kDomainPrefix) &&
         (text == kDomainPrefix || text.find_first_not_of(kDigits, kDomainPrefix.size()) != text.npos);
}

config::Parsed<TargetOption> parse_domain(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (!config::valid_domain(name)) return std::unexpected("names no domain: write mx:example.com");
  MailDomain domain{std::string(name)};
  if (colon != text.npos) {
    const auto port = config::parse_count(text.substr(colon + 1), 1, 65535);
    if (!port) return std::unexpected("must end in a port of 1 to 65535, or without one for 25");
    domain.port = static_cast<std::uint16_t>(*port);
  }
  return TargetOption{std::move(domain), 1};
}

config::Parsed<TargetOption> parse_where(std::string_view text) {
  if (is_domain(text)) return parse_domain(text.substr(kDomainPrefix.size()));
  auto where = config::parse_target(text);
  if (!where) return std::unexpected(std::move(where.error()));
  TargetOption target;
  std::visit([&target](auto& is) { target.where = std::move(is); }, *where);
  return target;
}

}  // namespace

config::Parsed<TargetOption> parse_target_option(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  const std::string_view behind = equals == text.npos ? "" : text.substr(equals + 1);
  // The path of a UNIX socket may hold anything, so that only digits are a weight there.
  const bool weighted =
      equals != text.npos &&
      (!text.starts_with("unix:") || (!behind.empty() && behind.find_first_not_of(kDigits) == behind.npos));
  auto target = parse_where(weighted ? text.substr(0, equals) : text);
  if (!target || !weighted) return target;
  const auto weight = config::parse_count(behind, 1, kWeightMax);
  if (!weight) return std::unexpected(fmt::format("has a weight that {}", weight.error()));
  target->weight = static_cast<std::uint32_t>(*weight);
  return target;
}

std::string where_text(const TargetOption& target) {
  if (const auto* const socket = std::get_if<SocketAddress>(&target.where)) return socket->text();
  if (const auto* const named = std::get_if<config::HostAndPort>(&target.where)) {
    return config::to_string(*named);
  }
  const auto& domain = std::get<MailDomain>(target.where);
  const bool usual = domain.port == MailDomain().port;
  return fmt::format("{}{}{}", kDomainPrefix, domain.name, usual ? "" : fmt::format(":{}", domain.port));
}

std::string to_string(const TargetOption& target) {
  const std::string where = where_text(target);
  const bool ambiguous = parse_target_option(where) != TargetOption{target.where, 1};
  return target.weight == 1 && !ambiguous ? where : fmt::format("{}={}", where, target.weight);
}

std::string to_string(std::span<const TargetOption> targets) {
  std::string text;
  for (const TargetOption& target : targets) text += (text.empty() ? "" : ", ") + to_string(target);
  return text;
}

config::Value<TargetOption> target_option() {
  return {"TARGET", parse_target_option, [](const TargetOption& target) { return to_string(target); }};
}

config::Value<SocketAddress> name_server() {
  return {"ADDR[:PORT]",
          [](std::string_view text) -> config::Parsed<SocketAddress> {
            constexpr std::uint16_t kPort = 53;
            auto server = config::parse_ip_address(text);
            if (server) {
              server->set_port(kPort);
              return server;
            }
            server = config::parse_inet_address(text);
            if (server && server->port() != 0) return server;
            return std::unexpected(
                "is no address of a DNS server: write 10.0.0.53, 10.0.0.53:5353, ::1 or [::1]:5353");
          },
          [](const SocketAddress& server) { return server.text(); }};
}

std::expected<void, config::FileFault> add_targets(std::span<const config::FileTable> tables,
                                                   std::vector<TargetOption>& targets) {
  if (!targets.empty()) return {};
  for (const config::FileTable& table : tables) {
    if (table.name != "target") continue;
    std::optional<TargetOption> target;
    std::uint32_t weight = 1;
    config::SettingTable settings;
    settings.value("address", target,
                   config::Value<TargetOption>{"ADDRESS", parse_where,
                                               [](const TargetOption& shown) { return where_text(shown); }},
                   "");
    settings.value("weight", weight, config::count<std::uint32_t>(1, kWeightMax), "");
    if (auto assigned = settings.assign(table.entries); !assigned) return std::unexpected(assigned.error());
    if (!target) return std::unexpected(config::FileFault{table.line, "target", "lacks an address"});
    target->weight = weight;
    targets.push_back(*std::move(target));
  }
  return {};
}

std::string check_targets(std::span<const TargetOption> targets) {
  if (targets.size() > kTargetsMax)
    return fmt::format("{} are too many: at most {}", targets.size(), kTargetsMax);
  std::set<std::string> seen;
  for (const TargetOption& target : targets) {
    const std::string where = where_text(target);
    if (!seen.insert(where).second) {
      return fmt::format("'{}' is given twice: to send more there, give it a weight, as in {}=2", where,
                         where);
    }
  }
  return "";
}

}  // namespace mailvoid::loadgen
