// SPDX-License-Identifier: Apache-2.0
// The header fields by which a sample tells of its envelope, beside those of capture/trace_header.h. Each
// ends with CRLF, is folded, and keeps inside itself whatever a client has put into it; docs/capture.md
// describes them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/socket_address.h"
#include "capture/record.h"
#include "sink/client_facts.h"
#include "smtp/mail_parameters.h"
#include "tls/codec.h"

namespace mailvoid::sink {

// The most that append_client_lines() appends, and append_recipient_line() or append_data_line().
inline constexpr std::size_t kClientLinesMax = 12 * 1024;
inline constexpr std::size_t kRecipientLinesMax = 1024;
// Until two recipients have been told of a record's envelope changes, so the first block must hold them.
static_assert(kClientLinesMax + 2 * kRecipientLinesMax <= capture::Block::kRoom);

// "SIZE=100 BODY=8BITMIME": of MAIL, in an order of our own. What is as long as AUTH= may be comes last.
void append_mail_parameters(std::string& to, const smtp::MailParameters& mail);

struct ClientView {
  SocketAddress peer;    // of the connection
  SocketAddress client;  // that PROXY or XCLIENT named, else the same
  const tls::Codec* tls = nullptr;
  const ClientFacts* facts = nullptr;
  bool authenticated = false;
};
void append_client_lines(std::string& to, const ClientView& view);

// `utf8`: MAIL said SMTPUTF8.
void append_recipient_line(std::string& to, std::string_view mailbox,
                           const smtp::RecipientParameters& recipient, bool utf8);
void append_data_line(std::string& to, bool in_chunks);

}  // namespace mailvoid::sink
