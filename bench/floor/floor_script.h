// SPDX-License-Identifier: Apache-2.0
// The floor's idea of SMTP: a fixed script, followed by counting newlines. Nothing is parsed and nothing is
// kept; what it costs is what the kernel's TCP costs.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace mailvoid::floor {

#if defined(__x86_64__)
#define MAILVOID_FLOOR_CLONES [[gnu::target_clones("arch=x86-64-v4", "avx2", "default")]]
#else
#define MAILVOID_FLOOR_CLONES
#endif

// A counter of eight bits for each lane, emptied before it can overflow: compilers turn this, unlike
// std::count, into a compare and a subtraction for each vector, which is the speed of reading.
MAILVOID_FLOOR_CLONES static std::uint64_t count_newlines(std::string_view text) {
  constexpr std::size_t kLanes = 64;
  std::uint64_t count = 0;
  while (text.size() >= kLanes) {
    const std::size_t vectors = std::min<std::size_t>(text.size() / kLanes, 255);
    std::array<std::uint8_t, kLanes> lanes{};
    for (std::size_t at = 0; at < vectors * kLanes; at += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        lanes[lane] = static_cast<std::uint8_t>(lanes[lane] + (text[at + lane] == '\n' ? 1 : 0));
      }
    }
    for (const std::uint8_t lane : lanes) count += lane;
    text.remove_prefix(vectors * kLanes);
  }
  for (const char octet : text) count += octet == '\n' ? 1 : 0;
  return count;
}

inline constexpr std::string_view kGreeting = "220 floor ESMTP\r\n";
inline constexpr std::string_view kEhlo = "250-floor\r\n250 PIPELINING\r\n";
inline constexpr std::string_view kOk = "250 2.0.0 Ok\r\n";
inline constexpr std::string_view kStart = "354 End data with <CR><LF>.<CR><LF>\r\n";

// Where one client is in the script: HELO or EHLO once, then MAIL, RCPT, DATA and the lines of a message for
// ever. QUIT stands where MAIL would and gets its reply.
class ServerScript {
 public:
  // Lines of a message, its dot included.
  explicit ServerScript(std::uint64_t body_lines) : body_lines_(body_lines) {}

  // Writes the replies that `input` calls for to `out` and returns their length; they are few.
  std::size_t take(std::string_view input, std::array<char, 4096>& out) {
    std::size_t length = 0;
    std::uint64_t lines = count_newlines(input);
    while (lines >= left_ && length + kStart.size() <= out.size()) {
      lines -= left_;
      const std::string_view reply = stage_ == 3 ? kStart : stage_ == 0 && input.front() == 'E' ? kEhlo : kOk;
      std::memcpy(out.data() + length, reply.data(), reply.size());
      length += reply.size();
      messages_ += stage_ == 4 ? 1 : 0;
      stage_ = stage_ == 4 ? 1 : stage_ + 1;
      left_ = stage_ == 4 ? body_lines_ : 1;
    }
    left_ -= std::min(lines, left_ - 1);
    return length;
  }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }

 private:
  std::uint64_t body_lines_;
  std::uint64_t left_ = 1;
  std::uint64_t messages_ = 0;
  int stage_ = 0;  // HELO, MAIL, RCPT, DATA, message
};

// What goes in one write: a command; MAIL, RCPT and DATA; a message and the next MAIL, RCPT and DATA, which
// is as far as SMTP allows; all of a transaction, which it does not (DATA must be answered first).
enum class Pipelining : std::uint8_t { none, commands, overlap, transaction };

// What a client sends, one write after the other, and how many reply lines each waits for.
struct ClientScript {
  struct Step {
    std::string write;
    std::uint64_t reply_lines;
  };
  std::vector<Step> hello;
  std::vector<Step> transaction;

  ClientScript(Pipelining pipelining, std::size_t body_octets) {
    const std::string mail = "MAIL FROM:<floor@floor.example>\r\n";
    const std::string rcpt = "RCPT TO:<floor@floor.example>\r\n";
    const std::string data = "DATA\r\n";
    std::string body;
    while (body.size() + 78 <= body_octets) body += std::string(76, 'x') + "\r\n";
    body += ".\r\n";
    hello = {{"", 1}, {"HELO floor\r\n", 1}};
    switch (pipelining) {
      case Pipelining::none: transaction = {{mail, 1}, {rcpt, 1}, {data, 1}, {body, 1}}; break;
      case Pipelining::commands: transaction = {{mail + rcpt + data, 3}, {body, 1}}; break;
      case Pipelining::overlap:
        hello.push_back({mail + rcpt + data, 3});
        transaction = {{body + mail + rcpt + data, 4}};  // the last envelope of a session stays open
        break;
      case Pipelining::transaction: transaction = {{mail + rcpt + data + body, 4}}; break;
    }
  }
};

}  // namespace mailvoid::floor
