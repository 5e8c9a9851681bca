// SPDX-License-Identifier: Apache-2.0
#include "smtp/feature.h"

#include <algorithm>
#include <array>

#include "smtp/ascii.h"

namespace mailvoid::smtp {
namespace {

constexpr FeatureName kKeywords[] = {
    {"CHUNKING", Verb::bdat},
    {"PIPELINING", Extension::pipelining},
    {"SIZE", Extension::size},
    {"8BITMIME", Extension::eight_bit_mime},
    {"ENHANCEDSTATUSCODES", Extension::enhanced_status_codes},
    {"BINARYMIME", Extension::binary_mime},
    {"DSN", Extension::dsn},
    {"SMTPUTF8", Extension::smtputf8},
    {"REQUIRETLS", Extension::require_tls},
    {"LIMITS", Extension::limits},
    {"FUTURERELEASE", Extension::future_release},
    {"MT-PRIORITY", Extension::mt_priority},
    {"DELIVERBY", Extension::deliver_by},
};

constexpr std::size_t kNamedVerbs = static_cast<std::size_t>(Verb::http);

const std::array<FeatureName, kNamedVerbs + std::size(kKeywords)>& all_names() {
  static const auto kAll = [] {
    std::array<FeatureName, kNamedVerbs + std::size(kKeywords)> all{};
    for (std::size_t i = 0; i < kNamedVerbs; ++i) {
      const auto verb = static_cast<Verb>(i);
      all[i] = {command_info(verb).name, verb};
    }
    std::ranges::copy(kKeywords, all.begin() + kNamedVerbs);
    return all;
  }();
  return kAll;
}

}  // namespace

std::span<const FeatureName> feature_names() { return all_names(); }

std::optional<FeatureSet> feature_named(std::string_view name) {
  const auto* found = std::ranges::find_if(
      all_names(), [&](const FeatureName& row) { return equals_ignoring_case(name, row.name); });
  if (found == all_names().end()) return std::nullopt;
  return found->feature;
}

}  // namespace mailvoid::smtp
