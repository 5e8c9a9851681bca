// SPDX-License-Identifier: Apache-2.0
// The parameters of MAIL and RCPT (RFC 5321 4.1.2 esmtp-param): SIZE (RFC 1870) and BODY (RFC 6152).
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace mailvoid::smtp {

enum class BodyType : std::uint8_t { unspecified, seven_bit, eight_bit_mime };

struct MailParameters {
  std::uint64_t size_octets =
      0;  // as SIZE= declared it; a value beyond 64 bits is the largest, it never wraps
  bool size_declared = false;
  BodyType body = BodyType::unspecified;
};

enum class ParameterError : std::uint8_t {
  syntax,    // not keyword["=" value]
  unknown,   // well formed, but of no extension that is offered
  twice,     // the same parameter again
  bad_size,  // SIZE without 1 to 20 digits
  bad_body,  // BODY neither 7BIT nor 8BITMIME
};

// `text` is everything behind the path; keywords and BODY's values in any case. The first fault is told.
[[nodiscard]] std::expected<MailParameters, ParameterError> parse_mail_parameters(std::string_view text);

// RCPT has no parameter yet, so that all well-formed ones are unknown.
[[nodiscard]] std::expected<void, ParameterError> parse_recipient_parameters(std::string_view text);

}  // namespace mailvoid::smtp
