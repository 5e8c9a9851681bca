// SPDX-License-Identifier: Apache-2.0
// A session written down as a mail person would: what the client sends, what the server answers. The format
// is described in tests/transcripts/README.md.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smtp/reply.h"
#include "smtp/server_config.h"

namespace mailvoid::smtp::testing {

struct TranscriptStep {
  enum class Kind { send, expect, end_of_input, idle, drain, lost, closed, tls };
  Kind kind;
  std::string octets = {};  // of send; of expect: the line without CRLF
  bool any_rest = false;    // expect: octets is only how the line begins
  int line = 0;             // in the file
};

// How the session is set up, and the owner's policy.
struct TranscriptSettings {
  ServerOptions server{.hostname = "sink.example"};
  std::size_t blocks = 16;
  std::optional<ReplyId> close_at_connect;
  std::string refuse_sender;
  std::string refuse_recipient;
  std::string refuse_data_of;     // sender
  std::string refuse_message_of;  // sender
  std::string accept_as;          // an id that every accepted message gets
  std::string refuse_delivery;    // LMTP: recipient
  bool trusted = false;
  bool implicit_tls = false;
  bool refuse_starttls = false;
  bool refuse_etrn = false;
  bool refuse_auth = false;
  std::vector<std::string> challenges;  // base64, given in turn before AUTH succeeds
};

struct Transcript {
  std::vector<std::string> about;  // the comment lines at its top
  TranscriptSettings settings;
  std::vector<TranscriptStep> steps;
  std::vector<std::string> messages;  // accepted ones, in order
  std::optional<std::vector<std::string>>
      envelope;  // accepted hellos, senders and recipients, if E: lines are there
  std::vector<std::pair<std::string, std::uint64_t>> counts;
};

// The error says "file:line: what".
[[nodiscard]] std::expected<Transcript, std::string> read_transcript(const std::filesystem::path& path);

// The octets that `text` stands for, or nothing if an escape is malformed.
[[nodiscard]] std::optional<std::string> unescape(std::string_view text);
// `octets` as a transcript would write them.
[[nodiscard]] std::string escape(std::string_view octets);

}  // namespace mailvoid::smtp::testing
