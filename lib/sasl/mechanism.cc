// SPDX-License-Identifier: Apache-2.0
#include "sasl/mechanism.h"

#include <algorithm>
#include <array>

namespace mailvoid::sasl {
namespace {

constexpr std::array<MechanismFacts, kMechanismCount> kFacts{{
    {.name = "SCRAM-SHA-256-PLUS", .knows_password = true, .binds_channel = true},
    {.name = "SCRAM-SHA-256", .knows_password = true},
    {.name = "CRAM-MD5", .server_first = true},
    {.name = "PLAIN", .in_clear = true},
    {.name = "LOGIN", .in_clear = true},
    {.name = "XOAUTH2", .in_clear = true},
    {.name = "OAUTHBEARER", .in_clear = true},
}};

char upper(char c) { return 'a' <= c && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

}  // namespace

const MechanismFacts& facts(Mechanism mechanism) { return kFacts[static_cast<std::size_t>(mechanism)]; }

std::optional<Mechanism> find_mechanism(std::string_view name) {
  const auto* const found = std::ranges::find_if(kFacts, [name](const MechanismFacts& candidate) {
    return std::ranges::equal(name, candidate.name, {}, upper);
  });
  if (found == kFacts.end()) return std::nullopt;
  return static_cast<Mechanism>(found - kFacts.begin());
}

std::string MechanismSet::names() const {
  std::string names;
  for (std::size_t i = 0; i < kMechanismCount; ++i) {
    if (!contains(static_cast<Mechanism>(i))) continue;
    if (!names.empty()) names += ' ';
    names += kFacts[i].name;
  }
  return names;
}

}  // namespace mailvoid::sasl
