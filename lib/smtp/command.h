// SPDX-License-Identifier: Apache-2.0
// The command table of the server (RFC 5321 4.1, RFC 821 3.4 and 3.8): one row a verb, and the first step of
// parsing a command line, which is to know its verb.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailvoid::smtp {

enum class Verb : std::uint8_t {
  helo,
  ehlo,
  mail,
  rcpt,
  data,
  rset,
  noop,
  quit,
  help,
  vrfy,
  expn,
  // Historical: transactions like MAIL's (RFC 821 3.4), and TURN, which is recognised only.
  send,
  soml,
  saml,
  turn,
  // Of extensions.
  starttls,  // RFC 3207
  auth,      // RFC 4954
  bdat,      // RFC 3030
  etrn,      // RFC 1985
  lhlo,      // RFC 2033
  xclient,   // Postfix
  xforward,  // Postfix
  http,      // a method of HTTP: somebody took us for a web server
  unknown,   // everything else, an empty line included
};
inline constexpr std::size_t kVerbCount = static_cast<std::size_t>(Verb::unknown) + 1;

// What follows the verb. All but the first two must not be empty.
enum class Argument : std::uint8_t { optional, none, text, host_name, sender, recipient };

// What must have been accepted before; the reply to a command that comes too early names it.
enum class Needs : std::uint8_t { nothing, hello, mail };

struct CommandInfo {
  Verb verb;
  std::string_view name;  // upper case; empty for http and unknown
  Argument argument;
  Needs needs;
  std::string_view usage;  // what HELP says of it; empty: HELP knows nothing of it
};

[[nodiscard]] const CommandInfo& command_info(Verb verb);

struct Command {
  Verb verb = Verb::unknown;
  std::string_view argument;  // behind the verb and its spaces, without trailing spaces
};

// `line` is one command without its CRLF, of any content. Verbs are recognised in any case (smtp.md 6) and
// end with a space or the line.
[[nodiscard]] Command parse_command(std::string_view line);

}  // namespace mailvoid::smtp
