// SPDX-License-Identifier: Apache-2.0
// The dialogue of one session at a time on stderr, for a person who wonders what a client does:
//
//   trace: --- session 1 from 127.0.0.1:40312
//   trace: S: 220 mx.example ESMTP Mailvoid
//   trace: C: EHLO client.example
//   trace: C: [1,204 octets of message, final dot included]
//   trace: C: BDAT 300
//   trace: C: [300 octets of a chunk]
//
// The first session that comes is followed to its end, then the next one that comes. What a client sends is
// untrusted: control and 8-bit octets are shown as \x1b, a backslash as \\.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace mailvoid::sink {

class Trace {
 public:
  // From any shard: true if the caller's new session is the one to follow, until it says closed(). It says
  // first where the session comes from.
  [[nodiscard]] bool claim();
  void opened(std::string_view peer);
  // Octets of lines, however cut.
  void client_said(std::string_view octets);
  // Octets that are counted and not shown; one line tells of them when they are over, whole or not.
  enum class Payload : std::uint8_t { message, chunk };
  void client_sent(Payload what, std::uint64_t octets);
  void payload_over(bool whole);
  // Octets of replies, however cut, as they are about to leave.
  void server_said(std::string_view octets);
  // So many of those said last have left: the rest will be said again.
  void server_sent(std::size_t octets);
  // Something that neither side said.
  void note(std::string_view text);
  void closed();

 private:
  static void print_lines(char who, std::string_view octets, std::string& partial);

  std::atomic<bool> taken_{false};
  std::uint64_t session_ = 0;
  Payload payload_ = Payload::message;
  std::uint64_t payload_octets_ = 0;  // of what is being received, not yet told
  std::size_t last_said_octets_ = 0;  // by the server
  std::size_t repeated_octets_ = 0;   // of what it says next, shown already
  std::string partial_;               // the start of a client's line
  std::string partial_reply_;
};

}  // namespace mailvoid::sink
