// SPDX-License-Identifier: Apache-2.0
// What a listener can offer and switch off by name: verbs, and the keywords of extensions that have no verb.
// One table of names; EHLO, HELP, the dispatch of commands and the parameters of MAIL and RCPT all ask the
// same set, so that what is announced is what works.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "smtp/command.h"

namespace mailvoid::smtp {

// Keywords without a verb of their own. CHUNKING is Verb::bdat; STARTTLS, AUTH, ETRN, HELP, EXPN ... are
// verbs.
enum class Extension : std::uint8_t {
  pipelining,             // RFC 2920; only the announcement can be switched off
  size,                   // RFC 1870
  eight_bit_mime,         // RFC 6152
  enhanced_status_codes,  // RFC 2034; off: no reply has an x.y.z
  binary_mime,            // RFC 3030, needs BDAT
  dsn,                    // RFC 3461
  smtputf8,               // RFC 6531, needs 8BITMIME
  require_tls,            // RFC 8689, inside TLS
  limits,                 // RFC 9422
  future_release,         // RFC 4865
  mt_priority,            // RFC 6710
  deliver_by,             // RFC 2852
};

class FeatureSet {
 public:
  constexpr FeatureSet() = default;
  constexpr FeatureSet(Verb verb) : bits_(1ull << static_cast<unsigned>(verb)) {}  // NOLINT: a set of one
  constexpr FeatureSet(Extension extension)                                        // NOLINT: a set of one
      : bits_(1ull << (kVerbBits + static_cast<unsigned>(extension))) {}

  // Any of `others`.
  [[nodiscard]] constexpr bool has(FeatureSet others) const { return (bits_ & others.bits_) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  friend constexpr FeatureSet operator|(FeatureSet a, FeatureSet b) { return FeatureSet(a.bits_ | b.bits_); }
  friend constexpr FeatureSet operator&(FeatureSet a, FeatureSet b) { return FeatureSet(a.bits_ & b.bits_); }
  friend constexpr FeatureSet operator-(FeatureSet a, FeatureSet b) { return FeatureSet(a.bits_ & ~b.bits_); }
  constexpr FeatureSet& operator|=(FeatureSet other) { return *this = *this | other; }
  constexpr FeatureSet& operator-=(FeatureSet other) { return *this = *this - other; }
  friend constexpr bool operator==(FeatureSet, FeatureSet) = default;

 private:
  static constexpr unsigned kVerbBits = 32;
  static_assert(kVerbCount <= kVerbBits);
  constexpr explicit FeatureSet(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

struct FeatureName {
  std::string_view name;  // upper case, as announced or as the verb is written
  FeatureSet feature;
};

// Every name, verbs first. A feature may have two: BDAT and CHUNKING.
[[nodiscard]] std::span<const FeatureName> feature_names();
// In any case; nothing if no feature has the name.
[[nodiscard]] std::optional<FeatureSet> feature_named(std::string_view name);

}  // namespace mailvoid::smtp
