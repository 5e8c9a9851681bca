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
  // Of extensions that are not offered.
  starttls,
  auth,
  bdat,
  etrn,
  xclient,
  xforward,
  http,     // a method of HTTP: somebody took us for a web server
  unknown,  // everything else, an empty line included
};
inline constexpr std::size_t kVerbCount = static_cast<std::size_t>(Verb::unknown) + 1;

// What may follow the verb.
enum class Argument : std::uint8_t { none, optional, required, ignored };

struct CommandInfo {
  Verb verb;
  std::string_view name;   // upper case, as in HELP
  std::string_view label;  // lower case, as a metric's `verb` label
  Argument argument;
  bool offered;            // false: recognised, and answered with 502 or by its own rule
  std::string_view usage;  // what HELP says of it
};

[[nodiscard]] const CommandInfo& command_info(Verb verb);

struct Command {
  Verb verb = Verb::unknown;
  std::string_view argument;  // behind the verb and its spaces, without trailing spaces
};

// `line` is one command without its CRLF, of any content. Verbs are recognised in any case (smtp.md 6) and
// end with a space or the line.
[[nodiscard]] Command parse_command(std::string_view line);

// The reply to HELP (several lines, static storage): the list of commands for Verb::unknown, else that verb's
// usage.
[[nodiscard]] std::string_view help_reply(Verb verb);

}  // namespace mailvoid::smtp
