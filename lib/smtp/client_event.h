// SPDX-License-Identifier: Apache-2.0
// What goes in and out of a ClientSession: the transactions it is given and the events it returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "smtp/client_capabilities.h"

namespace mailvoid::smtp {

// What a reply answers, in the order of a session.
enum class ClientStep : std::uint8_t {
  none,  // no reply is awaited
  greeting,
  ehlo,  // LHLO as well
  helo,
  starttls,
  tls,  // the handshake: no reply ends it, but it may time out and the connection be lost in it
  xclient,
  auth,  // AUTH and each response to a challenge
  mail,
  rcpt,
  data,
  bdat,     // a chunk that is not the last
  message,  // the dot, or the last chunk; in LMTP one reply for each recipient
  rset,
  quit
};
inline constexpr std::size_t kClientSteps = 15;
// "none", "greeting", "ehlo", ...: labels of metrics and reports.
[[nodiscard]] std::string_view name_of(ClientStep step);

// Why a session was given up. All but the last are the server's doing (smtp.md 92).
enum class ClientError : std::uint8_t {
  none,
  malformed_reply,         // a line that does not begin with three digits and a space, '-' or line end
  code_out_of_range,       // not 200-599
  codes_differ,            // the lines of one reply carry different codes
  reply_line_too_long,     // over ClientConfig::reply_line_octets_max
  too_many_lines,          // over ClientConfig::reply_lines_max
  unsolicited_reply,       // nothing was awaited, or its command had not been sent yet
  unexpected_reply_class,  // 2xx to DATA, 3xx to anything but DATA and AUTH
  octets_behind_starttls,  // in the clear behind the 220 to STARTTLS (compare CVE-2011-0411)
  blocks_exhausted,        // ours: the BlockPool was empty; two blocks a session are always enough
};
inline constexpr std::size_t kClientErrors = 10;
// "none", "malformed_reply", ...
[[nodiscard]] std::string_view name_of(ClientError error);

// One mail to send. The session keeps a pointer: the object and all it refers to stay unchanged until
// ClientSession::transaction_memory_free() says otherwise (see there).
struct ClientTransaction {
  // Without brackets; "" is the null reverse-path. Paths satisfy is_command_path() (client_config.h).
  std::string_view reverse_path;
  std::span<const std::string_view> recipients;  // at least one
  // The message in dot-stuffed form (dot_stuffing.h), its parts one after the other. Together they end with
  // CRLF or are empty; the session adds the final dot. A single part may be of any size.
  std::span<const std::string_view> message;
  // The same message without stuffing, size_octets in all; needed only where ClientConfig::chunk_octets is
  // set.
  std::span<const std::string_view> unstuffed{};
  std::uint64_t size_octets = 0;  // RFC 1870: with CRLFs, without stuffing and the final dot
  bool eight_bit = false;         // octets over 127: BODY=8BITMIME is said if the server offers it (RFC 6152)
  std::uint64_t cookie = 0;       // the caller's; comes back in every event about this transaction
  std::string_view envelope_id{};  // for ClientDsn::envelope_id: 1 to 100 octets of xtext (RFC 3461 §4.4)
};

inline constexpr std::uint16_t kReplyCodeMin = 200;
inline constexpr std::uint16_t kReplyCodeMax = 599;

enum class ClientOutcome : std::uint8_t { none, accepted, rejected };

struct ClientEvent {
  enum class Kind : std::uint8_t {
    need_input,  // all input is consumed; gather() and send, then feed more
    reply,       // one reply, complete: step, code, text, sent_at; cookie for mail, rcpt, data, message
    // The handshake is to begin: nothing is in flight, no octet belongs to the clear any more. What the
    // server sends from here on goes to the TLS engine; on_tls_established() is next, or on_tls_failed().
    start_tls,
    auth,   // auth_respond() is awaited. code 0: AUTH is to be said, text names the mechanism; code 334: text
            // is the challenge, in base64
    ready,  // greeting, EHLO (or HELO, LHLO) and what the configuration has behind it are done:
            // begin_transaction() or quit()
    transaction_done,  // outcome; if rejected: step and code of the reply that decided; recipients_*; times
    refused,  // the server will not have this session (greeting, HELO, LHLO, STARTTLS, XCLIENT, AUTH or RSET
              // refused: step, code); QUIT follows by itself, after the transactions already given; begin no
              // more
    unsupported,  // the server did not announce `extension`; likewise
    // After these the session is over: input is discarded, gather() gives nothing, transactions that are not
    // done are lost (transactions_open() counts them). The glue closes the connection.
    closed_by_421,    // 421, awaited or not (step says which reply was awaited): reconnect with back-off
    protocol_error,   // error; step as above
    finished,         // QUIT was answered
    connection_lost,  // on_end_of_input(); step says which reply was awaited
    timed_out,        // on_reply_timeout(); likewise
  };
  Kind kind = Kind::need_input;
  ClientStep step = ClientStep::none;
  ClientOutcome outcome = ClientOutcome::none;
  ClientError error = ClientError::none;
  ClientExtension extension = ClientExtension::pipelining;
  std::uint16_t code = 0;
  std::uint32_t recipients_accepted = 0;  // of transaction_done; in LMTP by the final replies
  std::uint32_t recipients_refused = 0;
  std::uint64_t cookie = 0;
  // When gather() gave out the command (for `message`: the first octet of the message); for `greeting` what
  // the constructor was told; for transaction_done the time of MAIL.
  Instant sent_at{};
  // The text of the reply's last line after the code, for reply, auth, refused and closed_by_421; for
  // protocol_error the offending line, if there is a whole one. Valid until the next pump(), and as long as
  // the input is.
  std::string_view text{};
};

// How far the transaction has come whose replies are awaited.
struct ClientProgress {
  std::uint64_t cookie = 0;
  std::uint32_t recipients_accepted = 0;  // by the replies to RCPT
  std::uint32_t recipients_refused = 0;
  std::uint32_t finals = 0;     // LMTP: final replies, one for each recipient accepted, in their order
  std::uint32_t delivered = 0;  // LMTP: of which positive
};

}  // namespace mailvoid::smtp
