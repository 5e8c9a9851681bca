// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_event.h"

#include <array>

namespace mailvoid::smtp {
namespace {

constexpr std::array<std::string_view, kClientSteps> kStepNames{
    "none", "greeting", "ehlo", "helo", "starttls", "tls",  "xclient", "auth",
    "mail", "rcpt",     "data", "bdat", "message",  "rset", "quit"};

constexpr std::array<std::string_view, kClientErrors> kErrorNames{"none",
                                                                  "malformed_reply",
                                                                  "code_out_of_range",
                                                                  "codes_differ",
                                                                  "reply_line_too_long",
                                                                  "too_many_lines",
                                                                  "unsolicited_reply",
                                                                  "unexpected_reply_class",
                                                                  "octets_behind_starttls",
                                                                  "blocks_exhausted"};

}  // namespace

std::string_view name_of(ClientStep step) { return kStepNames[static_cast<std::size_t>(step)]; }
std::string_view name_of(ClientError error) { return kErrorNames[static_cast<std::size_t>(error)]; }

}  // namespace mailvoid::smtp
