// SPDX-License-Identifier: Apache-2.0
#include "smtp/tally.h"

namespace mailvoid::smtp {

std::string_view verb_label(Verb verb) {
  static constexpr std::array<std::string_view, kVerbCount> kLabels{
      "helo", "ehlo", "mail", "rcpt", "data",    "rset",     "noop", "quit",
      "help", "vrfy", "expn", "send", "soml",    "saml",     "turn", "starttls",
      "auth", "bdat", "etrn", "lhlo", "xclient", "xforward", "http", "unknown"};
  return kLabels[static_cast<std::size_t>(verb)];
}

}  // namespace mailvoid::smtp
