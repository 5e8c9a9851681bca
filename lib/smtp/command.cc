// SPDX-License-Identifier: Apache-2.0
#include "smtp/command.h"

#include <algorithm>
#include <cstring>

namespace mailvoid::smtp {
namespace {

using enum Argument;
using enum Needs;

constexpr CommandInfo kCommands[] = {
    {Verb::helo, "HELO", host_name, nothing, "HELO <host name>: greets, without extensions"},
    {Verb::ehlo, "EHLO", host_name, nothing, "EHLO <host name>: greets, and lists the extensions"},
    {Verb::mail, "MAIL", sender, hello,
     "MAIL FROM:<sender> [SIZE=<octets>] [BODY=<type>] ...: begins a message"},
    {Verb::rcpt, "RCPT", recipient, mail, "RCPT TO:<recipient> [NOTIFY=<when>] ...: adds a recipient"},
    {Verb::data, "DATA", none, mail, "DATA: the message follows, and ends with a line that is one dot"},
    {Verb::rset, "RSET", none, nothing, "RSET: forgets sender and recipients"},
    {Verb::noop, "NOOP", optional, nothing, "NOOP [<anything>]: does nothing"},
    {Verb::quit, "QUIT", none, nothing, "QUIT: ends the session"},
    {Verb::help, "HELP", optional, nothing, "HELP [<command>]: lists the commands, or explains one"},
    {Verb::vrfy, "VRFY", text, nothing, "VRFY <user>: asks about a user"},
    {Verb::expn, "EXPN", text, nothing, "EXPN <list>: asks for the members of a mailing list"},
    {Verb::send, "SEND", sender, hello, "SEND FROM:<sender>: historical, treated like MAIL"},
    {Verb::soml, "SOML", sender, hello, "SOML FROM:<sender>: historical, treated like MAIL"},
    {Verb::saml, "SAML", sender, hello, "SAML FROM:<sender>: historical, treated like MAIL"},
    {Verb::turn, "TURN", optional, nothing, "TURN: historical, recognised and not implemented"},
    {Verb::starttls, "STARTTLS", none, nothing, "STARTTLS: encrypts the connection"},
    {Verb::auth, "AUTH", text, hello, "AUTH <mechanism> [<initial response>]: authenticates"},
    {Verb::bdat, "BDAT", text, nothing, "BDAT <octets> [LAST]: that many octets of the message follow"},
    {Verb::etrn, "ETRN", text, hello, "ETRN <node>: asks for the mail that waits for a node"},
    {Verb::lhlo, "LHLO", host_name, nothing, "LHLO <host name>: greets, and lists the extensions"},
    {Verb::xclient, "XCLIENT", text, nothing, "XCLIENT <attribute>=<value> ...: names the real client"},
    {Verb::xforward, "XFORWARD", text, nothing, "XFORWARD <attribute>=<value> ...: names the first client"},
    {Verb::http, {}, optional, nothing, {}},
    {Verb::unknown, {}, optional, nothing, {}},
};

constexpr bool rows_are_in_order() {
  if (std::size(kCommands) != kVerbCount) return false;
  for (std::size_t i = 0; i < kVerbCount; ++i) {
    if (static_cast<std::size_t>(kCommands[i].verb) != i) return false;
  }
  return true;
}
static_assert(rows_are_in_order(), "one row a Verb, in the enum's order");

constexpr std::string_view kHttpMethods[] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                             "OPTIONS", "CONNECT", "TRACE", "PATCH"};

// Bit 5 set makes a letter lower case and turns no other octet into a letter.
constexpr char kCaseBit = 0x20;
constexpr std::uint32_t kCaseBits = 0x20202020;

// The first four octets of a verb in lower case, in the order a load from memory gives; a shorter verb is
// filled with spaces.
constexpr std::uint32_t tag_of(std::string_view name) {
  std::array<char, 4> octets{' ', ' ', ' ', ' '};
  std::copy_n(name.begin(), std::min(name.size(), octets.size()), octets.begin());
  return __builtin_bit_cast(std::uint32_t, octets) | kCaseBits;
}

// Every way to write a verb.
struct Spelling {
  std::string_view name;
  std::uint32_t tag;
  Verb verb;
};

constexpr auto kSpellings = [] {
  constexpr auto kNamed = static_cast<std::size_t>(Verb::http);
  std::array<Spelling, kNamed + std::size(kHttpMethods)> all{};
  const auto spell = [](std::string_view name, Verb verb) { return Spelling{name, tag_of(name), verb}; };
  for (std::size_t i = 0; i < kNamed; ++i) all[i] = spell(kCommands[i].name, kCommands[i].verb);
  for (std::size_t i = 0; i < std::size(kHttpMethods); ++i)
    all[kNamed + i] = spell(kHttpMethods[i], Verb::http);
  return all;
}();

// A perfect hash of the tags: multiply, keep the top bits. The multiplier is searched at compile time.
constexpr unsigned kHashBits = 7;
constexpr std::uint8_t kEmptySlot = 0xff;

constexpr std::size_t slot_of(std::uint32_t tag, std::uint32_t multiplier) {
  return static_cast<std::size_t>((tag * multiplier) >> (32 - kHashBits));
}

constexpr bool is_perfect(std::uint32_t multiplier) {
  std::array<bool, std::size_t{1} << kHashBits> taken{};
  for (const Spelling& spelling : kSpellings) {
    bool& slot = taken[slot_of(spelling.tag, multiplier)];
    if (slot) return false;
    slot = true;
  }
  return true;
}

constexpr std::uint32_t kMultiplier = [] {
  std::uint32_t multiplier = 0x9e3779b1;
  while (!is_perfect(multiplier)) multiplier += 0x61c88646;
  return multiplier;
}();

constexpr auto kSlots = [] {
  std::array<std::uint8_t, std::size_t{1} << kHashBits> slots{};
  slots.fill(kEmptySlot);
  for (std::size_t i = 0; i < kSpellings.size(); ++i) {
    slots[slot_of(kSpellings[i].tag, kMultiplier)] = static_cast<std::uint8_t>(i);
  }
  return slots;
}();

// `name` is upper case letters; its first four are known to match.
bool is_verb(std::string_view line, std::string_view name) {
  if (line.size() < name.size()) return false;
  for (std::size_t i = 4; i < name.size(); ++i) {
    if ((line[i] | kCaseBit) != (name[i] | kCaseBit)) return false;
  }
  return line.size() == name.size() || line[name.size()] == ' ';
}

std::string_view trim_spaces(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

}  // namespace

const CommandInfo& command_info(Verb verb) { return kCommands[static_cast<std::size_t>(verb)]; }

Command parse_command(std::string_view line) {
  std::uint32_t tag;
  if (line.size() >= sizeof(tag)) {
    std::memcpy(&tag, line.data(), sizeof(tag));
    tag |= kCaseBits;
  } else {
    tag = tag_of(line);
  }
  const std::uint8_t slot = kSlots[slot_of(tag, kMultiplier)];
  if (slot == kEmptySlot) return {};
  const Spelling& spelling = kSpellings[slot];
  if (spelling.tag != tag || !is_verb(line, spelling.name)) return {};
  return {spelling.verb, trim_spaces(line.substr(spelling.name.size()))};
}

}  // namespace mailvoid::smtp
