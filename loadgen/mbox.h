// SPDX-License-Identifier: Apache-2.0
// Mailboxes in one file (RFC 4155 and its relatives): each message is preceded by a line that begins with
// "From ".
#pragma once

#include <string>
#include <string_view>

namespace mailvoid::loadgen {

// True iff `text` begins with the "From " line that stands before a message in an mbox, and often remains
// before a message that was taken out of one.
[[nodiscard]] bool begins_with_mbox_line(std::string_view text);
// `text` behind that line.
[[nodiscard]] std::string_view without_mbox_line(std::string_view text);

// Takes one message with its "From " line off the front of `mbox`. The next one begins at a line that begins
// with "From " and holds a time of day (nn:nn), behind an empty line: text that happens to begin with the
// word has none. REQUIRES: begins_with_mbox_line(mbox).
[[nodiscard]] std::string_view take_mbox_message(std::string_view& mbox);

// What was mailed, of a message that take_mbox_message() gave: without the "From " line, without the empty
// line that the format adds at the end, and with one '>' less on lines of the form ">From ", ">>From " and so
// on (mboxrd; of an mboxo, which quotes only "From ", lines that were mailed as ">From " come out with one
// '>' too few).
[[nodiscard]] std::string mbox_message_text(std::string_view message);

}  // namespace mailvoid::loadgen
