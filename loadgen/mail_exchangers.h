// SPDX-License-Identifier: Apache-2.0
// Which hosts take the mail of a domain (RFC 5321 section 5.1).
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "loadgen/name_lookup.h"

namespace mailvoid::loadgen {

// From the MX records of `domain`: the hosts of the best preference, which is the lowest number, in small
// letters and by name; without records the domain itself. The error, in words that follow the domain: it
// takes no mail (RFC 7505), or a record names what is no host.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> best_exchangers(
    const std::string& domain, const std::vector<MailExchanger>& records);

}  // namespace mailvoid::loadgen
