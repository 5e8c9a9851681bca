// SPDX-License-Identifier: Apache-2.0
// The part of SASLprep (RFC 4013) by which names and passwords are made comparable here: UTF-8 is checked,
// blanks other than the space become spaces, invisible characters go (RFC 3454 tables C.1.2 and B.1), and
// controls, private, unassigned-forever and tagging characters are refused (C.2 to C.9). Not done: the
// compatibility normalisation (NFKC) and the check of writing directions, which need tables of all of
// Unicode; both sides of a test that type composed characters agree without them. ASCII passes as it is, but
// for controls.
#pragma once

#include <string>
#include <string_view>

namespace mailvoid::sasl {

// Replaces `to`. False if `text` is not UTF-8, holds what is refused, or nothing is left of it.
[[nodiscard]] bool prepare_text(std::string_view text, std::string& to);

}  // namespace mailvoid::sasl
