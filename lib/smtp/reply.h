// SPDX-License-Identifier: Apache-2.0
// Every reply the server gives, as one table: code, enhanced status code (RFC 2034, RFC 3463) and text,
// rendered at compile time to the bytes that go out. A new reply is one row here and one in reply.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mailvoid::smtp {

enum class ReplyId : std::uint8_t {
  // Bytes made elsewhere: by make_server_config(), by the directory, by a verdict. reply_bytes() of these is
  // empty.
  greeting,
  no_mail_greeting,
  hello,
  help,
  user_found,
  user_ambiguous,
  list_members,
  challenge,
  // 2xx
  bye,
  start_tls,
  authenticated,
  ok,
  reset,
  sender_ok,
  recipient_ok,
  message_accepted,
  chunk_accepted,
  forward_noted,
  no_mail_for_node,
  cannot_verify,
  // 3xx
  start_data,
  // 421: the session ends with any of these
  shutting_down,
  idle_too_long,
  too_many_connections,
  no_buffers,
  line_endless,
  http_not_smtp,
  // 45x
  local_error,
  too_many_recipients,
  try_later,
  auth_try_later,
  tls_broken,
  too_many_transactions,
  node_queue_failed,
  node_refused,
  // 500
  unknown_command,
  empty_line,
  line_too_long,
  end_lines_with_crlf,
  // 501
  control_in_command,
  bare_lf_in_command,
  hello_needs_name,
  no_argument_allowed,
  argument_needed,
  mail_syntax,
  rcpt_syntax,
  bad_sender,
  bad_recipient,
  null_recipient,
  path_too_long,
  parameter_syntax,
  parameter_twice,
  bad_size_value,
  bad_body_value,
  bad_ret_value,
  bad_envid_value,
  bad_notify_value,
  bad_orcpt_value,
  bad_hold_value,
  bad_priority_value,
  bad_by_value,
  bad_auth_value,
  no_value_allowed,
  bad_chunk_size,
  bad_base64,
  auth_cancelled,
  no_initial_response,
  bad_attribute,
  bad_node,
  // 502, 503, 504
  not_implemented,
  hello_first,
  mail_first,
  rcpt_first,
  mail_already_given,
  data_after_chunk,
  recipient_after_chunk,
  binary_needs_chunks,
  tls_already,
  auth_already,
  auth_in_transaction,
  not_in_transaction,
  no_such_help,
  unknown_mechanism,
  // 521, 530, 534, 535, 538
  no_mail_here,
  tls_first,
  auth_first,
  mechanism_too_weak,
  auth_failed,
  auth_needs_tls,
  // 55x
  no_such_list,
  mailbox_unavailable,
  peer_not_trusted,
  message_too_big,
  utf8_not_offered,
  utf8_not_declared,
  utf8_malformed,
  all_recipients_refused,
  refused_by_policy,
  talked_first,
  bare_lf_in_data,
  eight_bit_in_data,
  line_in_data_too_long,
  parameter_unknown,
  null_mx,
};
inline constexpr std::size_t kReplyCount = static_cast<std::size_t>(ReplyId::null_mx) + 1;

// What stands between code and text: class, subject, detail; class 0 means none.
struct EnhancedStatus {
  std::uint8_t cls = 0;
  std::uint8_t subject = 0;
  std::uint8_t detail = 0;
  [[nodiscard]] constexpr bool present() const { return cls != 0; }
};

// Every code that occurs in the table, ascending: the values of a metric's `code` label.
inline constexpr std::array<std::uint16_t, 31> kServerReplyCodes{
    214, 220, 221, 235, 250, 251, 252, 334, 354, 421, 451, 452, 454, 458, 459, 500,
    501, 502, 503, 504, 521, 530, 534, 535, 538, 550, 552, 553, 554, 555, 556};
inline constexpr std::size_t kServerReplyCodeCount = kServerReplyCodes.size();

// No reply of the server, all its lines together, is longer than this (RFC 5321 4.5.3.1.5 allows 512 a line).
inline constexpr std::size_t kReplyOctetsMax = 1024;

// Of a message's id in the reply that names it.
inline constexpr std::size_t kMessageIdOctetsMax = 64;

[[nodiscard]] std::uint16_t reply_code(ReplyId id);
[[nodiscard]] EnhancedStatus reply_enhanced(ReplyId id);
// The position of its code in kServerReplyCodes.
[[nodiscard]] std::size_t reply_code_index(ReplyId id);
// What is sent, CRLF included; static storage. Not `enhanced`: without the x.y.z, for a listener that does
// not offer ENHANCEDSTATUSCODES.
[[nodiscard]] std::string_view reply_bytes(ReplyId id, bool enhanced = true);

// The reply message_accepted with the id of the message, CRLF included; written to `memory`, which it views.
// `id` has 1 to kMessageIdOctetsMax printable octets.
[[nodiscard]] std::string_view accepted_reply(std::string_view id, bool enhanced,
                                              std::span<char, kReplyOctetsMax> memory);

// The reply challenge, "334 text", CRLF included; written to `memory`, which it views. `text` has at most
// kChallengeOctetsMax octets.
inline constexpr std::size_t kChallengeOctetsMax = kReplyOctetsMax - 6;
[[nodiscard]] std::string_view challenge_reply(std::string_view text,
                                               std::span<char, kReplyOctetsMax> memory);

}  // namespace mailvoid::smtp
