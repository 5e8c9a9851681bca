// SPDX-License-Identifier: Apache-2.0
// The parameters of MAIL and RCPT (RFC 5321 4.1.2 esmtp-param), each checked as its RFC says. A parameter
// whose extension is not served is unknown.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "smtp/feature.h"
#include "smtp/reply.h"

namespace mailvoid::smtp {

inline constexpr std::size_t kEnvelopeIdOctetsMax = 100;         // RFC 3461 4.4, as written in xtext
inline constexpr std::size_t kOriginalRecipientOctetsMax = 500;  // RFC 3461 4.2, type and xtext

enum class BodyType : std::uint8_t { unspecified, seven_bit, eight_bit_mime, binary_mime };
enum class DsnReturn : std::uint8_t { unspecified, full, headers };            // RET
enum class DeliverByMode : std::uint8_t { unspecified, return_mail, notify };  // BY=...;R or N

// What was given is what is not at its default; views are of the command, xtext as written.
struct MailParameters {
  std::uint64_t size_octets = 0;  // SIZE (RFC 1870); a value beyond 64 bits is the largest, it never wraps
  bool size_declared = false;
  BodyType body = BodyType::unspecified;   // BODY (RFC 6152, RFC 3030)
  DsnReturn ret = DsnReturn::unspecified;  // RET (RFC 3461 4.3)
  bool smtputf8 = false;                   // SMTPUTF8 (RFC 6531)
  bool require_tls = false;                // REQUIRETLS (RFC 8689)
  bool hold_until_given = false;           // HOLDUNTIL (RFC 4865), seconds since 1970 in hold_until
  bool mt_priority_given = false;          // MT-PRIORITY (RFC 6710), -9 to 9 in mt_priority
  bool deliver_by_trace = false;           // BY=...T
  DeliverByMode deliver_by_mode = DeliverByMode::unspecified;  // BY (RFC 2852), seconds in deliver_by
  std::int8_t mt_priority = 0;
  std::uint32_t hold_for = 0;   // HOLDFOR (RFC 4865), seconds; 0: not given
  std::int32_t deliver_by = 0;  // with mode notify it may be 0 or negative
  std::int64_t hold_until = 0;
  std::string_view envelope_id{};  // ENVID (RFC 3461 4.4), xtext
  std::string_view auth{};         // AUTH (RFC 4954 5): "<>" or xtext; empty: not given
};

// NOTIFY of RCPT (RFC 3461 4.1), bits.
inline constexpr std::uint8_t kNotifyNever = 1;
inline constexpr std::uint8_t kNotifySuccess = 2;
inline constexpr std::uint8_t kNotifyFailure = 4;
inline constexpr std::uint8_t kNotifyDelay = 8;

struct RecipientParameters {
  std::uint8_t notify = 0;                // NOTIFY, 0: not given
  std::string_view original_type{};       // ORCPT (RFC 3461 4.2): before the ";"; empty: not given
  std::string_view original_recipient{};  // behind it: xtext, or of type utf-8 as RFC 6533 3 has it
};

struct ParameterRules {
  FeatureSet served;
  bool utf8 = false;  // of RCPT: its MAIL had SMTPUTF8, so that values may hold UTF-8 (RFC 6531 3.3)
};

// `text` is everything behind the path; keywords and values that are words in any case. The error is the
// reply to the first fault. `parameters` holds what was read so far and is overwritten.
[[nodiscard]] std::expected<void, ReplyId> parse_mail_parameters(std::string_view text,
                                                                 const ParameterRules& rules,
                                                                 MailParameters& parameters);
[[nodiscard]] std::expected<void, ReplyId> parse_recipient_parameters(std::string_view text,
                                                                      const ParameterRules& rules,
                                                                      RecipientParameters& parameters);

}  // namespace mailvoid::smtp
