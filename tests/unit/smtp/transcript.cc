// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/smtp/transcript.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

namespace mailvoid::smtp::testing {
namespace {

using Kind = TranscriptStep::Kind;

template <class Number>
std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "\{N*text}": `rest` stands behind the brace that opens.
std::optional<std::string> take_repetition(std::string_view& rest) {
  const std::size_t close = rest.find('}');
  const std::size_t star = rest.find('*');
  if (close == std::string_view::npos || star == std::string_view::npos || star > close) return std::nullopt;
  const auto times = parse_number<std::size_t>(rest.substr(0, star));
  const auto once = unescape(rest.substr(star + 1, close - star - 1));
  if (!times || !once) return std::nullopt;
  rest.remove_prefix(close + 1);
  std::string all;
  for (std::size_t i = 0; i < *times; ++i) all += *once;
  return all;
}

// `rest` stands behind the backslash.
std::optional<std::string> take_escape(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const char kind = rest.front();
  rest.remove_prefix(1);
  switch (kind) {
    case 'r': return "\r";
    case 'n': return "\n";
    case 't': return "\t";
    case 's': return " ";
    case '0': return std::string(1, '\0');
    case '\\': return "\\";
    case '{': return take_repetition(rest);
    case 'x': {
      const auto octet = parse_number<unsigned char>(rest.substr(0, 2), 16);
      if (rest.size() < 2 || !octet) return std::nullopt;
      rest.remove_prefix(2);
      return std::string(1, static_cast<char>(*octet));
    }
    default: return std::nullopt;
  }
}

struct Parser {
  Transcript transcript;
  int line_number = 0;
  bool body_open = false;

  bool send(std::string_view text, bool ends_line, std::size_t times) {
    const auto octets = unescape(text);
    if (!octets) return false;
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += *octets + (ends_line ? "\r\n" : "");
    transcript.steps.push_back({.kind = Kind::send, .octets = all, .line = line_number});
    return true;
  }

  bool expect(std::string_view text, std::size_t times) {
    const bool any_rest = text.ends_with(" *");
    const auto octets = unescape(any_rest ? text.substr(0, text.size() - 1) : text);
    if (!octets) return false;
    for (std::size_t i = 0; i < times; ++i) {
      transcript.steps.push_back(
          {.kind = Kind::expect, .octets = *octets, .any_rest = any_rest, .line = line_number});
    }
    return true;
  }

  bool body(std::string_view text, bool ends_line, std::size_t times) {
    const auto octets = unescape(text);
    if (!octets || transcript.messages.empty()) return false;
    for (std::size_t i = 0; i < times; ++i) transcript.messages.back() += *octets + (ends_line ? "\r\n" : "");
    return true;
  }

  bool envelope(std::string_view text) {
    const auto octets = unescape(text);
    if (!octets) return false;
    if (!transcript.envelope) transcript.envelope.emplace();
    transcript.envelope->push_back(*octets);
    return true;
  }

  // "X: text", "X- text", "X*N: text", "X:" for an empty line.
  bool dialogue(std::string_view line) {
    const char who = line.front();
    line.remove_prefix(1);
    std::size_t times = 1;
    if (line.starts_with('*')) {
      const std::size_t end = line.find_first_of(":-");
      const auto number =
          parse_number<std::size_t>(line.substr(1, end == std::string_view::npos ? end : end - 1));
      if (end == std::string_view::npos || !number) return false;
      times = *number;
      line.remove_prefix(end);
    }
    if (line.empty() || (line.front() != ':' && line.front() != '-')) return false;
    const bool ends_line = line.front() == ':';
    line.remove_prefix(1);
    if (line.starts_with(' ')) line.remove_prefix(1);
    switch (who) {
      case 'C': return send(line, ends_line, times);
      case 'S': return ends_line && expect(line, times);
      case 'B': return body(line, ends_line, times);
      case 'E': return ends_line && times == 1 && envelope(line);
      default: return false;
    }
  }

  bool set(std::string_view name, std::string_view value) {
    if (!transcript.steps.empty()) return false;
    return set_limit(name, value) || set_server(name, value) || set_owner(name, value);
  }

  bool set_limit(std::string_view name, std::string_view value) {
    TranscriptSettings& settings = transcript.settings;
    const auto number = parse_number<std::uint64_t>(value);
    if (!number) return false;
    if (name == "message_octets_max") {
      settings.server.message_octets_max = *number;
    } else if (name == "recipients_max") {
      settings.server.recipients_max = static_cast<std::uint32_t>(*number);
    } else if (name == "transactions_max") {
      settings.server.transactions_max = static_cast<std::uint16_t>(*number);
    } else if (name == "blocks") {
      settings.blocks = *number;
    } else {
      return false;
    }
    return true;
  }

  // What the listener offers.
  bool set_server(std::string_view name, std::string_view value) {
    static constexpr std::pair<std::string_view, bool ServerOptions::*> kSwitches[] = {
        {"starttls", &ServerOptions::starttls},
        {"tls_required", &ServerOptions::tls_required},
        {"auth_only_in_tls", &ServerOptions::auth_only_in_tls},
        {"auth_required", &ServerOptions::auth_required},
        {"xclient", &ServerOptions::xclient},
        {"xforward", &ServerOptions::xforward},
        {"strict_syntax", &ServerOptions::strict_syntax},
        {"bare_lf_ends_commands", &ServerOptions::bare_lf_ends_commands},
        {"bare_lf_in_data_refused", &ServerOptions::bare_lf_in_data_refused},
        {"early_talkers_refused", &ServerOptions::early_talkers_refused},
        {"no_mail", &ServerOptions::no_mail},
    };
    ServerOptions& server = transcript.settings.server;
    for (const auto& [known, member] : kSwitches) {
      if (name != known || value != "yes") continue;
      server.*member = true;
      return true;
    }
    if (name == "protocol" && (value == "lmtp" || value == "rfc821")) {
      server.protocol = value == "lmtp" ? Protocol::lmtp : Protocol::rfc821;
    } else if (name == "eight_bit" && (value == "masked" || value == "refused")) {
      server.eight_bit = value == "masked" ? EightBit::masked : EightBit::refused;
    } else if (name == "disable" && feature_named(value)) {
      server.disabled |= *feature_named(value);
    } else if (name == "auth") {
      server.auth_mechanisms = words(value);
    } else if (name == "null_mx") {
      server.null_mx_domains.emplace_back(value);
    } else if (name == "user") {
      const std::size_t space = std::min(value.find(' '), value.size());
      const std::string_view full_name = value.substr(std::min(space + 1, value.size()));
      const auto mailbox = unescape(value.substr(0, space));
      if (!mailbox) return false;
      server.directory.users.push_back({*mailbox, std::string(full_name)});
    } else if (name == "list") {
      std::vector<std::string> all = words(value);
      server.directory.lists.push_back({all.front(), {all.begin() + 1, all.end()}});
    } else {
      return false;
    }
    return true;
  }

  // What its owner does.
  bool set_owner(std::string_view name, std::string_view value) {
    static constexpr std::pair<std::string_view, std::string TranscriptSettings::*> kTexts[] = {
        {"refuse_sender", &TranscriptSettings::refuse_sender},
        {"refuse_recipient", &TranscriptSettings::refuse_recipient},
        {"refuse_data_of", &TranscriptSettings::refuse_data_of},
        {"refuse_message_of", &TranscriptSettings::refuse_message_of},
        {"refuse_delivery", &TranscriptSettings::refuse_delivery},
        {"accept_as", &TranscriptSettings::accept_as},
    };
    static constexpr std::pair<std::string_view, bool TranscriptSettings::*> kSwitches[] = {
        {"trusted", &TranscriptSettings::trusted},
        {"implicit_tls", &TranscriptSettings::implicit_tls},
        {"refuse_starttls", &TranscriptSettings::refuse_starttls},
        {"refuse_etrn", &TranscriptSettings::refuse_etrn},
        {"refuse_auth", &TranscriptSettings::refuse_auth},
    };
    TranscriptSettings& settings = transcript.settings;
    for (const auto& [known, member] : kTexts) {
      if (name != known) continue;
      settings.*member = value;
      return true;
    }
    for (const auto& [known, member] : kSwitches) {
      if (name != known || value != "yes") continue;
      settings.*member = true;
      return true;
    }
    if (name == "challenge") {
      const auto octets = unescape(value);
      if (!octets) return false;
      settings.challenges.push_back(*octets);
    } else if (name == "at_connect" && value == "too_many_connections") {
      settings.close_at_connect = ReplyId::too_many_connections;
    } else {
      return false;
    }
    return true;
  }

  static std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> all;
    for (;;) {
      const std::size_t space = text.find(' ');
      all.emplace_back(text.substr(0, space));
      if (space == std::string_view::npos) return all;
      text.remove_prefix(space + 1);
    }
  }

  bool count(std::string_view name, std::string_view value) {
    const auto number = parse_number<std::uint64_t>(value);
    if (!number) return false;
    transcript.counts.emplace_back(name, *number);
    return true;
  }

  bool directive(std::string_view line) {
    static constexpr std::pair<std::string_view, Kind> kHappenings[] = {
        {"EOF", Kind::end_of_input}, {"IDLE", Kind::idle},     {"DRAIN", Kind::drain},
        {"LOST", Kind::lost},        {"CLOSED", Kind::closed}, {"TLS", Kind::tls},
    };
    for (const auto& [name, kind] : kHappenings) {
      if (line != name) continue;
      transcript.steps.push_back({.kind = kind, .line = line_number});
      return true;
    }
    if (line == "MESSAGE") {
      transcript.messages.emplace_back();
      return true;
    }
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos) return false;
    const std::string_view name = line.substr(first + 1, second - first - 1);
    if (line.starts_with("SET ")) return set(name, line.substr(second + 1));
    if (line.starts_with("COUNT ")) return count(name, line.substr(second + 1));
    return false;
  }

  bool take(std::string_view line) {
    if (line.starts_with('#')) {
      if (transcript.steps.empty()) transcript.about.emplace_back(line);
      return true;
    }
    if (line.empty()) return true;
    const bool is_dialogue = line.size() > 1 && std::string_view("CSBE").contains(line[0]) &&
                             std::string_view(":-*").contains(line[1]);
    return is_dialogue ? dialogue(line) : directive(line);
  }
};

}  // namespace

std::optional<std::string> unescape(std::string_view text) {
  std::string octets;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      octets += c;
      continue;
    }
    const auto escaped = take_escape(text);
    if (!escaped) return std::nullopt;
    octets += *escaped;
  }
  return octets;
}

std::string escape(std::string_view octets) {
  std::string text;
  for (const char c : octets) {
    switch (c) {
      case '\r': text += "\\r"; break;
      case '\n': text += "\\n\n"; break;
      case '\\': text += "\\\\"; break;
      default:
        if (c >= ' ' && c <= '~') {
          text += c;
        } else {
          text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
    if (text.size() > 4000) return text + "... (cut)";
  }
  return text;
}

std::expected<Transcript, std::string> read_transcript(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return std::unexpected(fmt::format("{}: cannot be read", path.string()));
  Parser parser;
  for (std::string line; std::getline(file, line);) {
    ++parser.line_number;
    if (!parser.take(line)) {
      return std::unexpected(
          fmt::format("{}:{}: not understood: {}", path.string(), parser.line_number, line));
    }
  }
  return std::move(parser.transcript);
}

}  // namespace mailvoid::smtp::testing
