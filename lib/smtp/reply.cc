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
    {no_mail_greeting, 521, {5, 3, 2}, {}},
    {hello, 250, {}, {}},
    {help, 214, {2, 0, 0}, {}},
    {user_found, 250, {2, 1, 5}, {}},
    {user_ambiguous, 553, {5, 1, 4}, {}},
    {list_members, 250, {2, 1, 5}, {}},
    {challenge, 334, {}, {}},

    {bye, 221, {2, 0, 0}, "Bye"},
    {start_tls, 220, {2, 0, 0}, "Ready to start TLS"},
    {authenticated, 235, {2, 7, 0}, "Authentication succeeded"},
    {ok, 250, {2, 0, 0}, "Ok"},
    {reset, 250, {2, 0, 0}, "Reset"},
    {sender_ok, 250, {2, 1, 0}, "Sender ok"},
    {recipient_ok, 250, {2, 1, 5}, "Recipient ok"},
    {message_accepted, 250, {2, 0, 0}, "Message accepted; it goes no further"},
    {chunk_accepted, 250, {2, 0, 0}, "Chunk accepted"},
    {forward_noted, 250, {2, 0, 0}, "Noted"},
    {no_mail_for_node, 251, {2, 0, 0}, "No mail waits for this node, or for any"},
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
    {auth_try_later, 454, {4, 7, 0}, "Authentication does not work now, try again later"},
    {tls_broken, 454, {4, 7, 0}, "TLS does not work now, try again later"},
    {too_many_transactions, 452, {4, 5, 3}, "Too many messages for one session"},
    {node_queue_failed, 458, {4, 3, 0}, "Unable to queue messages for this node"},
    {node_refused, 459, {4, 7, 1}, "This node may not ask for mail"},

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
    {bad_body_value, 501, {5, 5, 4}, "BODY must be 7BIT, 8BITMIME or, if offered, BINARYMIME"},
    {bad_ret_value, 501, {5, 5, 4}, "RET must be FULL or HDRS"},
    {bad_envid_value,
     501,
     {5, 5, 4},
     "ENVID must be 1 to 100 octets of xtext that stand for printable ASCII"},
    {bad_notify_value, 501, {5, 5, 4}, "NOTIFY must be NEVER, or a list of SUCCESS, FAILURE, DELAY"},
    {bad_orcpt_value, 501, {5, 5, 4}, "ORCPT must be a type, a semicolon and xtext, 500 octets at most"},
    {bad_hold_value, 501, {5, 5, 4}, "One of HOLDFOR=<seconds> and HOLDUNTIL=<RFC 3339 date and time>"},
    {bad_priority_value, 501, {5, 5, 4}, "MT-PRIORITY must be -9 to 9"},
    {bad_by_value, 501, {5, 5, 4}, "BY must be <seconds>;R[T] or <seconds>;N[T], and with R more than 0"},
    {bad_auth_value, 501, {5, 5, 4}, "AUTH must be <> or a mailbox in xtext"},
    {no_value_allowed, 501, {5, 5, 4}, "This parameter takes no value"},
    {bad_chunk_size, 501, {5, 5, 4}, "Syntax: BDAT <octets> [LAST]"},
    {bad_base64, 501, {5, 5, 2}, "Not base64"},
    {auth_cancelled, 501, {5, 7, 0}, "Authentication cancelled"},
    {no_initial_response, 501, {5, 5, 4}, "This mechanism has no initial response"},
    {bad_attribute, 501, {5, 5, 4}, "Malformed or unknown attribute"},
    {bad_node, 501, {5, 5, 4}, "Syntax: ETRN <domain>, @<domain> or #<queue>"},

    {not_implemented, 502, {5, 5, 1}, "Command not implemented"},
    {hello_first, 503, {5, 5, 1}, "Say EHLO or HELO first"},
    {mail_first, 503, {5, 5, 1}, "MAIL must come first"},
    {rcpt_first, 503, {5, 5, 1}, "RCPT must come first"},
    {mail_already_given, 503, {5, 5, 1}, "The sender is already given; RSET starts again"},
    {data_after_chunk, 503, {5, 5, 1}, "This message comes in chunks; DATA cannot follow BDAT"},
    {recipient_after_chunk, 503, {5, 5, 1}, "Recipients come before the first chunk"},
    {binary_needs_chunks, 503, {5, 5, 1}, "BINARYMIME needs BDAT"},
    {tls_already, 503, {5, 5, 1}, "TLS is already on"},
    {auth_already, 503, {5, 5, 1}, "Already authenticated"},
    {auth_in_transaction, 503, {5, 5, 1}, "AUTH is not allowed during a mail transaction"},
    {not_in_transaction, 503, {5, 5, 1}, "Not allowed during a mail transaction"},
    {no_such_help, 504, {5, 5, 4}, "No help on that; HELP alone lists the commands"},
    {unknown_mechanism, 504, {5, 5, 4}, "Authentication mechanism not offered"},

    {no_mail_here, 521, {5, 3, 2}, "This host does not accept mail"},
    {tls_first, 530, {5, 7, 0}, "Say STARTTLS first"},
    {auth_first, 530, {5, 7, 0}, "Authentication required"},
    {mechanism_too_weak, 534, {5, 7, 9}, "Authentication mechanism is too weak"},
    {auth_failed, 535, {5, 7, 8}, "Authentication failed"},
    {auth_needs_tls, 538, {5, 7, 11}, "Encryption is required to authenticate"},

    {no_such_list, 550, {5, 1, 1}, "No such mailing list here"},
    {mailbox_unavailable, 550, {5, 1, 1}, "No such mailbox here"},
    {peer_not_trusted, 550, {5, 7, 0}, "Not allowed from this address"},
    {message_too_big, 552, {5, 3, 4}, "Message too big"},
    {utf8_not_offered, 553, {5, 6, 7}, "8-bit addresses need SMTPUTF8, which is not offered"},
    {utf8_not_declared, 553, {5, 6, 7}, "8-bit addresses need the parameter SMTPUTF8"},
    {utf8_malformed, 553, {5, 6, 7}, "8-bit addresses must be UTF-8"},
    {all_recipients_refused, 554, {5, 5, 1}, "No valid recipients"},
    {refused_by_policy, 554, {5, 7, 1}, "Refused by policy"},
    {talked_first, 554, {5, 5, 1}, "You talked before the greeting"},
    {bare_lf_in_data, 554, {5, 6, 0}, "LF without CR in the message"},
    {eight_bit_in_data, 554, {5, 6, 3}, "8-bit octets in the message"},
    {line_in_data_too_long, 554, {5, 6, 0}, "A line of the message is too long"},
    {parameter_unknown, 555, {5, 5, 4}, "Parameter not recognised or not offered"},
    {null_mx, 556, {5, 1, 10}, "This domain accepts no mail"},
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

constexpr std::size_t digits_of(std::uint8_t part) { return part < 10 ? 1 : 2; }

constexpr std::size_t enhanced_octets(EnhancedStatus status) {
  return status.present() ? 2 + digits_of(status.subject) + 1 + digits_of(status.detail) + 1 : 0;
}

// "250 2.1.0 Sender ok\r\n"
constexpr std::size_t rendered_octets(const Row& row, bool enhanced) {
  return row.text.empty() ? 0 : 4 + (enhanced ? enhanced_octets(row.enhanced) : 0) + row.text.size() + 2;
}

constexpr char digit(int value) { return static_cast<char>('0' + value); }

constexpr char* render_status(EnhancedStatus status, char* out) {
  for (const std::uint8_t part : {status.cls, status.subject, status.detail}) {
    if (part >= 10) *out++ = digit(part / 10);
    *out++ = digit(part % 10);
    *out++ = '.';
  }
  out[-1] = ' ';
  return out;
}

constexpr char* render(const Row& row, bool enhanced, char* out) {
  if (row.text.empty()) return out;
  for (const int divisor : {100, 10, 1}) *out++ = digit(row.code / divisor % 10);
  *out++ = ' ';
  if (enhanced && row.enhanced.present()) out = render_status(row.enhanced, out);
  out = std::ranges::copy(row.text, out).out;
  *out++ = '\r';
  *out++ = '\n';
  return out;
}

constexpr std::size_t all_rendered_octets(bool enhanced) {
  std::size_t octets = 0;
  for (const Row& row : kRows) octets += rendered_octets(row, enhanced);
  return octets;
}

template <bool kEnhanced>
struct Rendered {
  std::array<char, all_rendered_octets(kEnhanced)> bytes{};
  std::array<std::uint16_t, kReplyCount + 1> begin{};

  constexpr Rendered() {
    char* out = bytes.data();
    for (std::size_t i = 0; i < kReplyCount; ++i) {
      begin[i] = static_cast<std::uint16_t>(out - bytes.data());
      out = render(kRows[i], kEnhanced, out);
    }
    begin[kReplyCount] = static_cast<std::uint16_t>(out - bytes.data());
  }
  [[nodiscard]] std::string_view at(std::size_t i) const {
    return {bytes.data() + begin[i], static_cast<std::size_t>(begin[i + 1] - begin[i])};
  }
};
constexpr Rendered<true> kRendered;
constexpr Rendered<false> kRenderedPlain;

constexpr auto kCodeIndex = [] {
  std::array<std::uint8_t, kReplyCount> index{};
  for (std::size_t i = 0; i < kReplyCount; ++i) {
    index[i] = static_cast<std::uint8_t>(index_of_code(kRows[i].code));
  }
  return index;
}();

constexpr std::size_t position(ReplyId id) { return static_cast<std::size_t>(id); }

}  // namespace

std::uint16_t reply_code(ReplyId id) { return kRows[position(id)].code; }

EnhancedStatus reply_enhanced(ReplyId id) { return kRows[position(id)].enhanced; }

std::size_t reply_code_index(ReplyId id) { return kCodeIndex[position(id)]; }

std::string_view reply_bytes(ReplyId id, bool enhanced) {
  return enhanced ? kRendered.at(position(id)) : kRenderedPlain.at(position(id));
}

std::string_view accepted_reply(std::string_view id, bool enhanced, std::span<char, kReplyOctetsMax> memory) {
  const std::string_view before = enhanced ? "250 2.0.0 Message accepted, id " : "250 Message accepted, id ";
  constexpr std::string_view kAfter = "\r\n";
  MAILVOID_ASSERT(!id.empty() && id.size() <= kMessageIdOctetsMax);
  char* end = memory.data();
  for (const std::string_view part : {before, id, kAfter}) end = std::ranges::copy(part, end).out;
  return {memory.data(), static_cast<std::size_t>(end - memory.data())};
}

std::string_view challenge_reply(std::string_view text, std::span<char, kReplyOctetsMax> memory) {
  MAILVOID_ASSERT(text.size() <= kChallengeOctetsMax);
  char* end = memory.data();
  for (const std::string_view part : {std::string_view("334 "), text, std::string_view("\r\n")}) {
    end = std::ranges::copy(part, end).out;
  }
  return {memory.data(), static_cast<std::size_t>(end - memory.data())};
}

}  // namespace mailvoid::smtp
