// SPDX-License-Identifier: Apache-2.0
// The dialogue of one session at a time on stderr, for a person who wonders what a client does:
//
//   trace: --- session 1 from 127.0.0.1:40312
//   trace: S: 220 mx.example ESMTP Mailvoid
//   trace: C: EHLO client.example
//   trace: C: [1,204 octets of message]
//
// The first session that comes is followed to its end, then the next one that comes. What a client sends is
// untrusted: control and 8-bit octets are shown as \x1b, a backslash as \\.
#pragma once

#include <atomic>
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
  void client_said(std::string_view octets, bool message_data);
  void server_said(std::string_view octets);
  // Something that neither side said.
  void note(std::string_view text);
  void closed();

 private:
  void print_lines(char who, std::string_view octets);
  void flush_message();

  std::atomic<bool> taken_{false};
  std::uint64_t session_ = 0;
  std::uint64_t message_octets_ = 0;  // of the message being received, not yet printed
  std::string partial_;               // the start of a client's line
};

}  // namespace mailvoid::sink
