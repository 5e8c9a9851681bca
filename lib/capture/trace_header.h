// SPDX-License-Identifier: Apache-2.0
// What goes before a message which has come to its end: the trace lines of RFC 5321 section 4.4, and MAIL as
// it was understood.
#pragma once

#include <string>
#include <string_view>

#include "capture/envelope.h"

namespace mailvoid::capture {

// Exactly three header fields, Return-Path, Received and X-Mailvoid-Mail, each line ended by CRLF. Whatever
// clients have put into the envelope, it stays inside its field: octets that are not printable ASCII, nor of
// UTF-8 where that was declared, and those of a client's name that no domain or address literal has, become
// '?'. `hostname` and `id` are our own and taken as they are.
[[nodiscard]] std::string trace_header(const Envelope& envelope, std::string_view hostname,
                                       std::string_view id);

}  // namespace mailvoid::capture
