// SPDX-License-Identifier: Apache-2.0
// The mechanisms of AUTH (RFC 4954) that we speak, as one table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace mailvoid::sasl {

// In the order in which EHLO lists them: strongest first, for clients that take the first they know.
enum class Mechanism : std::uint8_t {
  scram_sha_256_plus,  // RFC 7677 with channel binding
  scram_sha_256,       // RFC 7677
  cram_md5,            // RFC 2195
  plain,               // RFC 4616
  login,               // draft-murchison-sasl-login
  xoauth2,             // as Google and Microsoft define it
  oauthbearer,         // RFC 7628
};
inline constexpr std::size_t kMechanismCount = 7;

struct MechanismFacts {
  std::string_view name;
  bool in_clear = false;        // whoever listens has the password or the token
  bool server_first = false;    // has no initial response
  bool knows_password = false;  // the server must know the password to play its part
  bool binds_channel = false;   // only inside TLS
};

[[nodiscard]] const MechanismFacts& facts(Mechanism mechanism);
// `name` in any case.
[[nodiscard]] std::optional<Mechanism> find_mechanism(std::string_view name);

class MechanismSet {
 public:
  constexpr MechanismSet() = default;
  constexpr MechanismSet(std::initializer_list<Mechanism> mechanisms) {
    for (const Mechanism mechanism : mechanisms) add(mechanism);
  }
  [[nodiscard]] static constexpr MechanismSet all() {
    MechanismSet set;
    set.bits_ = (1u << kMechanismCount) - 1;
    return set;
  }

  constexpr void add(Mechanism mechanism) { bits_ |= bit(mechanism); }
  constexpr void remove(Mechanism mechanism) { bits_ &= ~bit(mechanism); }
  [[nodiscard]] constexpr bool contains(Mechanism mechanism) const { return (bits_ & bit(mechanism)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr MechanismSet operator&(MechanismSet other) const {
    MechanismSet both;
    both.bits_ = bits_ & other.bits_;
    return both;
  }
  friend constexpr bool operator==(MechanismSet, MechanismSet) = default;

  // "SCRAM-SHA-256 PLAIN": what follows AUTH in the reply to EHLO.
  [[nodiscard]] std::string names() const;

 private:
  [[nodiscard]] static constexpr std::uint32_t bit(Mechanism mechanism) {
    return 1u << static_cast<std::uint32_t>(mechanism);
  }
  std::uint32_t bits_ = 0;
};

}  // namespace mailvoid::sasl
