// SPDX-License-Identifier: Apache-2.0
// What HELP answers (RFC 5321 4.1.1.8): rendered once per listener, from the command table.
#pragma once

#include <string>

#include "smtp/feature.h"

namespace mailvoid::smtp {

// The reply to HELP without an argument: 214, every verb of `served`, several lines of at most 512 octets.
[[nodiscard]] std::string render_help_overview(FeatureSet served, bool enhanced);
// The reply to HELP with `verb`: one line; empty if the table says nothing of it.
[[nodiscard]] std::string render_help_on(Verb verb, bool enhanced);

}  // namespace mailvoid::smtp
