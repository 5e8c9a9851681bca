// SPDX-License-Identifier: Apache-2.0
#include "loadgen/dsn_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mailvoid::loadgen {
namespace {

constexpr std::size_t kEnvelopeIdOctetsMax = 100;  // RFC 3461 §4.4

std::string in_capitals(std::string_view text) {
  std::string capitals(text);
  for (char& octet : capitals) {
    if (octet >= 'a' && octet <= 'z') octet = static_cast<char>(octet - 'a' + 'A');
  }
  return capitals;
}

bool is_condition(std::string_view word) {
  constexpr std::array<std::string_view, 3> kConditions{"SUCCESS", "FAILURE", "DELAY"};
  return std::ranges::find(kConditions, word) != kConditions.end();
}

class DsnParser {
 public:
  using Fault = std::optional<std::string>;

  std::expected<DsnRequest, std::string> parse(std::string_view text) {
    while (true) {
      const std::size_t comma = text.find(',');
      if (Fault fault = take(text.substr(0, comma))) return std::unexpected(*std::move(fault));
      if (comma == text.npos) return std::move(request_);
      text.remove_prefix(comma + 1);
    }
  }

 private:
  Fault take(std::string_view item) {
    const std::size_t equals = item.find('=');
    const std::string keyword = in_capitals(item.substr(0, equals));
    const std::string_view value = equals == item.npos ? std::string_view() : item.substr(equals + 1);
    smtp::ClientDsn& dsn = request_.parameters;
    if (equals == item.npos) {
      if (keyword == "ORCPT") {
        dsn.original_recipient = true;
        return {};
      }
      if (!dsn.notify.empty() && dsn.notify != "NEVER" && is_condition(keyword))
        return add_condition(keyword);
      return fmt::format("has '{}': there are ret=, notify=, envid= and orcpt", item);
    }
    if (keyword == "RET") return set_ret(in_capitals(value));
    if (keyword == "NOTIFY") return set_notify(in_capitals(value));
    if (keyword == "ENVID") return set_envelope_id(value);
    return fmt::format("has '{}': there are ret=, notify=, envid= and orcpt", item);
  }

  Fault set_ret(std::string value) {
    if (value != "FULL" && value != "HDRS") return "ret= is full or hdrs";
    request_.parameters.ret = std::move(value);
    return {};
  }

  Fault set_notify(std::string value) {
    if (value == "NEVER") {
      request_.parameters.notify = value;
      return {};
    }
    if (!is_condition(value)) return "notify= is never, or some of success, failure and delay";
    request_.parameters.notify.clear();
    return add_condition(value);
  }

  Fault add_condition(std::string_view word) {
    std::string& list = request_.parameters.notify;
    if (list.find(word) != list.npos) return "notify= names a condition twice";
    if (!list.empty()) list += ',';
    list += word;
    return {};
  }

  Fault set_envelope_id(std::string_view value) {
    const auto* const odd = std::ranges::find_if(
        value, [](char octet) { return octet <= ' ' || octet > '~' || octet == '+' || octet == '='; });
    if (odd != value.end()) return "envid= takes visible ASCII without '+' and '='";
    auto parsed = AddressTemplate::parse(value);
    if (!parsed) return "envid= " + parsed.error();
    if (value.empty()) return "envid= is empty";
    if (parsed->octets_max() > kEnvelopeIdOctetsMax) {
      return fmt::format("envid= may become {} octets long, RFC 3461 allows {}", parsed->octets_max(),
                         kEnvelopeIdOctetsMax);
    }
    request_.envelope_id = std::move(*parsed);
    request_.parameters.envelope_id = true;
    return {};
  }

  DsnRequest request_;
};

}  // namespace

std::expected<DsnRequest, std::string> parse_dsn(std::string_view text) { return DsnParser().parse(text); }

}  // namespace mailvoid::loadgen
