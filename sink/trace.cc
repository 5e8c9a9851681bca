// SPDX-License-Identifier: Apache-2.0
#include "sink/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/say.h"
#include "base/units.h"

namespace mailvoid::sink {
namespace {

constexpr std::size_t kLineShownMax = 1000;

std::string printable(std::string_view line) {
  std::string shown;
  for (const char c : line.substr(0, kLineShownMax)) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '\\') {
      shown += "\\\\";
    } else if (octet >= 0x20 && octet < 0x7f) {
      shown += c;
    } else {
      shown += fmt::format("\\x{:02x}", octet);
    }
  }
  if (line.size() > kLineShownMax) shown += fmt::format(" [{} octets more]", line.size() - kLineShownMax);
  return shown;
}

}  // namespace

bool Trace::claim() {
  if (taken_.exchange(true, std::memory_order_acquire)) return false;
  partial_.clear();
  partial_reply_.clear();
  payload_octets_ = 0;
  repeated_octets_ = 0;
  return true;
}

void Trace::opened(std::string_view peer) {
  say(stderr, "trace: --- session {} from {}\n", ++session_, peer);
}

void Trace::note(std::string_view text) { say(stderr, "trace: --- {}\n", text); }

void Trace::client_said(std::string_view octets) { print_lines('C', octets, partial_); }

// A line may come in pieces; it is shown when it is complete.
void Trace::print_lines(char who, std::string_view octets, std::string& partial) {
  while (!octets.empty()) {
    const std::size_t end = octets.find('\n');
    if (end == octets.npos) {
      if (partial.size() <= kLineShownMax) partial += octets;
      return;
    }
    partial += octets.substr(0, end);
    octets.remove_prefix(end + 1);
    if (partial.ends_with('\r')) partial.pop_back();
    say(stderr, "trace: {}: {}\n", who, printable(partial));
    partial.clear();
  }
}

void Trace::client_sent(Payload what, std::uint64_t octets) {
  payload_ = what;
  payload_octets_ += octets;
}

void Trace::payload_over(bool whole) {
  if (payload_octets_ == 0) return;
  const bool message = payload_ == Payload::message;
  const std::string_view end = !whole ? ", cut off" : message ? ", final dot included" : "";
  say(stderr, "trace: C: [{} octets of {}{}]\n", format_count(payload_octets_),
      message ? "message" : "a chunk", end);
  payload_octets_ = 0;
}

void Trace::server_said(std::string_view octets) {
  last_said_octets_ = octets.size();
  octets.remove_prefix(std::min(std::exchange(repeated_octets_, 0), octets.size()));
  print_lines('S', octets, partial_reply_);
}

void Trace::server_sent(std::size_t octets) { repeated_octets_ = last_said_octets_ - octets; }

void Trace::closed() {
  payload_over(false);
  if (!partial_.empty()) say(stderr, "trace: C: {} [no end of line]\n", printable(partial_));
  say(stderr, "trace: --- session {} closed\n", session_);
  taken_.store(false, std::memory_order_release);
}

}  // namespace mailvoid::sink
