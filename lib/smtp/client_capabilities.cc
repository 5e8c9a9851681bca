// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_capabilities.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mailvoid::smtp {
namespace {

struct Row {
  std::string_view keyword;
  std::string_view name;
};

constexpr std::array<Row, kClientExtensions> kRows{{{"PIPELINING", "pipelining"},
                                                    {"SIZE", "size"},
                                                    {"8BITMIME", "8bitmime"},
                                                    {"CHUNKING", "chunking"},
                                                    {"BINARYMIME", "binarymime"},
                                                    {"DSN", "dsn"},
                                                    {"SMTPUTF8", "smtputf8"},
                                                    {"STARTTLS", "starttls"},
                                                    {"AUTH", "auth"},
                                                    {"LIMITS", "limits"},
                                                    {"REQUIRETLS", "requiretls"},
                                                    {"XCLIENT", "xclient"}}};

constexpr std::array<std::string_view, 8> kXclientAttributes{"NAME", "ADDR",  "PORT",     "PROTO",
                                                             "HELO", "LOGIN", "DESTADDR", "DESTPORT"};

constexpr std::string_view kBlanks = " \t";

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

bool equal_ignoring_case(std::string_view text, std::string_view upper) {
  return std::ranges::equal(text, upper, [](char octet, char expected) {
    return octet == expected || (octet >= 'a' && octet <= 'z' && octet - 'a' + 'A' == expected);
  });
}

std::string_view domain_of(std::string_view path) {
  const std::size_t at = path.rfind('@');
  return at == path.npos ? std::string_view() : path.substr(at + 1);
}

bool equal_domains(std::string_view one, std::string_view other) {
  const auto lower = [](char octet) {
    return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet + 32) : octet;
  };
  return std::ranges::equal(one, other, {}, lower, lower);
}

// 1 << the index of `word` in `names`, or 0.
template <typename Names>
std::uint32_t bit_of(std::string_view word, const Names& names) {
  const auto found =
      std::ranges::find_if(names, [word](const auto& name) { return equal_ignoring_case(word, name); });
  return found == std::ranges::end(names) ? 0 : 1U << (found - std::ranges::begin(names));
}

void note_limit(std::string_view word, ClientCapabilities& to) {
  const std::size_t equals = word.find('=');
  if (equals == word.npos) return;
  const std::string_view digits = word.substr(equals + 1);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return;
  const std::string_view name = word.substr(0, equals);
  if (equal_ignoring_case(name, "MAILMAX")) to.mails_max = value;
  if (equal_ignoring_case(name, "RCPTMAX")) to.recipients_max = value;
  if (equal_ignoring_case(name, "RCPTDOMAINMAX")) to.recipient_domains_max = value;
}

}  // namespace

std::string_view keyword_of(ClientExtension extension) {
  return kRows[static_cast<std::size_t>(extension)].keyword;
}
std::string_view name_of(ClientExtension extension) {
  return kRows[static_cast<std::size_t>(extension)].name;
}

void ClientCapabilities::note(std::string_view line, std::span<const std::string> mechanisms) {
  std::string_view keyword = take_word(line);
  // "AUTH=PLAIN LOGIN": so the list stood before RFC 2554, and some servers say it both ways.
  if (keyword.size() > 5 && keyword[4] == '=' && equal_ignoring_case(keyword.substr(0, 4), "AUTH")) {
    auth_mechanisms |= bit_of(keyword.substr(5), mechanisms);
    keyword = keyword.substr(0, 4);
  }
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (!equal_ignoring_case(keyword, kRows[i].keyword)) continue;
    extensions = static_cast<std::uint16_t>(extensions | 1U << i);
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      switch (static_cast<ClientExtension>(i)) {
        case ClientExtension::auth: auth_mechanisms |= bit_of(word, mechanisms); break;
        case ClientExtension::limits: note_limit(word, *this); break;
        case ClientExtension::xclient:
          xclient_attributes =
              static_cast<std::uint8_t>(xclient_attributes | bit_of(word, kXclientAttributes));
          break;
        default: return;
      }
    }
    return;
  }
}

std::size_t recipients_within(const ClientCapabilities& limits,
                              std::span<const std::string_view> recipients) {
  std::size_t within = recipients.size();
  if (limits.recipients_max != 0) within = std::min<std::size_t>(within, limits.recipients_max);
  if (limits.recipient_domains_max == 0) return within;
  std::uint32_t domains = 0;
  for (std::size_t i = 0; i < within; ++i) {
    const auto same = [domain = domain_of(recipients[i])](std::string_view other) {
      return equal_domains(domain, domain_of(other));
    };
    if (std::ranges::any_of(recipients.first(i), same)) continue;
    if (domains == limits.recipient_domains_max) return i;
    ++domains;
  }
  return within;
}

std::uint8_t xclient_attributes(std::string_view argument) {
  std::uint32_t all = 0;
  for (std::string_view word = take_word(argument); !word.empty(); word = take_word(argument)) {
    const std::size_t equals = word.find('=');
    const std::uint32_t bit = bit_of(word.substr(0, equals), kXclientAttributes);
    if (bit == 0 || equals == word.npos || equals + 1 == word.size()) return 0;
    all |= bit;
  }
  return static_cast<std::uint8_t>(all);
}

}  // namespace mailvoid::smtp
