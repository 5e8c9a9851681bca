// SPDX-License-Identifier: Apache-2.0
#include "smtp/reply.h"

#include <algorithm>

#include "base/assert.h"

namespace mailvoid::smtp {
namespace {

struct Row {
  ReplyId id;
  std::uint16_t code;
  EnhancedStatus enhanced;
  std::string_view text;  // empty: the bytes are made elsewhere
};

using enum ReplyId;
constexpr Row kRows[] = {
    {greeting, 220, {}, {}},
    {hello, 250, {}, {}},
    {help, 214, {2, 0, 0}, {}},

    {bye, 221, {2, 0, 0}, "Bye"},
    {ok, 250, {2, 0, 0}, "Ok"},
    {reset, 250, {2, 0, 0}, "Reset"},
    {sender_ok, 250, {2, 1, 0}, "Sender ok"},
    {recipient_ok, 250, {2, 1, 5}, "Recipient ok"},
    {message_accepted, 250, {2, 0, 0}, "Message accepted; it goes no further"},
    {cannot_verify, 252, {2, 0, 0}, "Cannot verify the user, but mail for it is accepted"},

    {start_data, 354, {}, "Send the message; end it with <CRLF>.<CRLF>"},

    {shutting_down, 421, {4, 3, 2}, "Shutting down, closing the connection"},
    {idle_too_long, 421, {4, 4, 2}, "Idle for too long, closing the connection"},
    {too_many_connections, 421, {4, 3, 2}, "Too many connections, try again later"},
    {no_buffers, 421, {4, 3, 2}, "No buffer is free for this command, try again later"},
    {line_endless, 421, {4, 5, 2}, "This line does not end, closing the connection"},
    {http_not_smtp, 421, {4, 5, 1}, "This is a mail server, not a web server"},

    {local_error, 451, {4, 3, 0}, "Local error, try again later"},
    {too_many_recipients, 452, {4, 5, 3}, "Too many recipients for one message"},
    {try_later, 451, {4, 7, 1}, "Not now, try again later"},

    {unknown_command, 500, {5, 5, 1}, "Command not recognised"},
    {empty_line, 500, {5, 5, 2}, "Empty line: a command was expected"},
    {line_too_long, 500, {5, 5, 2}, "Line too long"},
    {end_lines_with_crlf, 500, {5, 5, 2}, "End every line with CR LF; a LF alone does not end a command"},

    {control_in_command, 501, {5, 5, 2}, "Control characters are not allowed in a command"},
    {bare_lf_in_command, 501, {5, 5, 2}, "LF without CR in a command; end every line with CR LF"},
    {hello_needs_name, 501, {5, 5, 4}, "A host name or an address literal must follow, and nothing else"},
    {no_argument_allowed, 501, {5, 5, 4}, "This command takes no argument"},
    {argument_needed, 501, {5, 5, 4}, "This command needs an argument"},
    {mail_syntax, 501, {5, 5, 4}, "Syntax: MAIL FROM:<address> [parameters]"},
    {rcpt_syntax, 501, {5, 5, 4}, "Syntax: RCPT TO:<address> [parameters]"},
    {bad_sender, 501, {5, 1, 7}, "Malformed sender address"},
    {bad_recipient, 501, {5, 1, 3}, "Malformed recipient address"},
    {null_recipient, 501, {5, 1, 3}, "The null address is not a recipient"},
    {path_too_long, 501, {5, 1, 0}, "Address too long"},
    {parameter_syntax, 501, {5, 5, 4}, "Malformed parameter"},
    {parameter_twice, 501, {5, 5, 4}, "The same parameter twice"},
    {bad_size_value, 501, {5, 5, 4}, "SIZE needs a number of 1 to 20 digits"},
    {bad_body_value, 501, {5, 5, 4}, "BODY must be 7BIT or 8BITMIME"},

    {not_implemented, 502, {5, 5, 1}, "Command not implemented"},
    {hello_first, 503, {5, 5, 1}, "Say EHLO or HELO first"},
    {mail_first, 503, {5, 5, 1}, "MAIL must come first"},
    {rcpt_first, 503, {5, 5, 1}, "RCPT must come first"},
    {mail_already_given, 503, {5, 5, 1}, "The sender is already given; RSET starts again"},
    {no_such_help, 504, {5, 5, 4}, "No help on that; HELP alone lists the commands"},

    {no_such_list, 550, {5, 1, 1}, "No such mailing list here"},
    {mailbox_unavailable, 550, {5, 1, 1}, "No such mailbox here"},
    {message_too_big, 552, {5, 3, 4}, "Message too big"},
    {utf8_not_offered, 553, {5, 6, 7}, "8-bit addresses need SMTPUTF8, which is not offered"},
    {all_recipients_refused, 554, {5, 5, 1}, "No valid recipients"},
    {refused_by_policy, 554, {5, 7, 1}, "Refused by policy"},
    {parameter_unknown, 555, {5, 5, 4}, "Parameter not recognised or not offered"},
};

constexpr bool rows_are_in_order() {
  if (std::size(kRows) != kReplyCount) return false;
  for (std::size_t i = 0; i < kReplyCount; ++i) {
    if (static_cast<std::size_t>(kRows[i].id) != i) return false;
  }
  return true;
}
static_assert(rows_are_in_order(), "one row a ReplyId, in the enum's order");

constexpr std::size_t index_of_code(std::uint16_t code) {
  return static_cast<std::size_t>(std::ranges::find(kServerReplyCodes, code) - kServerReplyCodes.begin());
}

constexpr bool codes_are_listed() {
  std::array<bool, kServerReplyCodeCount> used{};
  for (const Row& row : kRows) {
    const std::size_t at = index_of_code(row.code);
    if (at == kServerReplyCodeCount) return false;
    used[at] = true;
  }
  return std::ranges::is_sorted(kServerReplyCodes) && std::ranges::count(used, false) == 0;
}
static_assert(codes_are_listed(), "kServerReplyCodes holds exactly the codes of the table");

// The class of the enhanced status is the first digit of the code (RFC 2034 4), and no 2xx, 4xx or 5xx but
// the greeting and the reply to a hello goes without one (smtp.md 80).
constexpr bool statuses_fit() {
  return std::ranges::all_of(kRows, [](const Row& row) {
    const bool needed = row.code / 100 != 3 && row.id != greeting && row.id != hello;
    return row.enhanced.present() == needed && (!needed || row.enhanced.cls == row.code / 100);
  });
}
static_assert(statuses_fit());

// "250 2.1.0 Sender ok\r\n"
constexpr std::size_t rendered_octets(const Row& row) {
  return row.text.empty() ? 0 : 4 + (row.enhanced.present() ? 6 : 0) + row.text.size() + 2;
}

constexpr char digit(int value) { return static_cast<char>('0' + value); }

constexpr char* render(const Row& row, char* out) {
  if (row.text.empty()) return out;
  for (const int divisor : {100, 10, 1}) *out++ = digit(row.code / divisor % 10);
  *out++ = ' ';
  if (row.enhanced.present()) {
    for (const int part : {row.enhanced.cls, row.enhanced.subject, row.enhanced.detail}) {
      *out++ = digit(part);
      *out++ = '.';
    }
    out[-1] = ' ';
  }
  out = std::ranges::copy(row.text, out).out;
  *out++ = '\r';
  *out++ = '\n';
  return out;
}

constexpr std::size_t all_rendered_octets() {
  std::size_t octets = 0;
  for (const Row& row : kRows) octets += rendered_octets(row);
  return octets;
}

struct Rendered {
  std::array<char, all_rendered_octets()> bytes{};
  std::array<std::uint16_t, kReplyCount + 1> begin{};
  std::array<std::uint8_t, kReplyCount> code_index{};
};

constexpr Rendered render_all() {
  Rendered all;
  char* out = all.bytes.data();
  for (std::size_t i = 0; i < kReplyCount; ++i) {
    all.begin[i] = static_cast<std::uint16_t>(out - all.bytes.data());
    all.code_index[i] = static_cast<std::uint8_t>(index_of_code(kRows[i].code));
    out = render(kRows[i], out);
  }
  all.begin[kReplyCount] = static_cast<std::uint16_t>(out - all.bytes.data());
  return all;
}
constexpr Rendered kRendered = render_all();

constexpr std::size_t position(ReplyId id) { return static_cast<std::size_t>(id); }

}  // namespace

std::uint16_t reply_code(ReplyId id) { return kRows[position(id)].code; }

EnhancedStatus reply_enhanced(ReplyId id) { return kRows[position(id)].enhanced; }

std::size_t reply_code_index(ReplyId id) { return kRendered.code_index[position(id)]; }

std::string_view reply_bytes(ReplyId id) {
  const std::size_t begin = kRendered.begin[position(id)];
  return {kRendered.bytes.data() + begin, kRendered.begin[position(id) + 1] - begin};
}

std::string_view accepted_reply(std::string_view id, std::span<char, kReplyOctetsMax> memory) {
  constexpr std::string_view kBefore = "250 2.0.0 Message accepted, id ";
  constexpr std::string_view kAfter = "\r\n";
  MAILVOID_ASSERT(!id.empty() && id.size() <= kMessageIdOctetsMax);
  char* end = memory.data();
  for (const std::string_view part : {kBefore, id, kAfter}) end = std::ranges::copy(part, end).out;
  return {memory.data(), static_cast<std::size_t>(end - memory.data())};
}

}  // namespace mailvoid::smtp
