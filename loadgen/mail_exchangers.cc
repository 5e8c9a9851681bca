// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mail_exchangers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ip_address.h"

namespace mailvoid::loadgen {
namespace {

std::string in_small_letters(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// No address, and nothing that would do harm in a report: hosts with underscores there are.
bool is_host(const std::string& name) {
  constexpr std::string_view kOctets = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
  return name.find_first_not_of(kOctets) == name.npos && !parse_ip_literal(name);
}

}  // namespace

std::expected<std::vector<std::string>, std::string> best_exchangers(
    const std::string& domain, const std::vector<MailExchanger>& records) {
  if (records.empty()) return std::vector{in_small_letters(domain)};
  std::uint16_t best = UINT16_MAX;
  std::set<std::string> hosts;
  for (const MailExchanger& record : records) {
    if (record.host.empty() || record.preference > best) continue;  // the root beside others means nothing
    if (record.preference < best) hosts.clear();
    best = record.preference;
    hosts.insert(in_small_letters(record.host));
  }
  if (hosts.empty()) return std::unexpected("takes no mail: its MX says so (null MX, RFC 7505)");
  for (const std::string& host : hosts) {
    if (!is_host(host)) {
      return std::unexpected(fmt::format("has an MX that names no host, but '{}'", host));
    }
  }
  return std::vector(hosts.begin(), hosts.end());
}

}  // namespace mailvoid::loadgen
