// SPDX-License-Identifier: Apache-2.0
#include "sink/trace.h"

#include <fmt/format.h>

#include <cstdio>

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
  message_octets_ = 0;
  return true;
}

void Trace::opened(std::string_view peer) {
  fmt::print(stderr, "trace: --- session {} from {}\n", ++session_, peer);
}

void Trace::note(std::string_view text) { fmt::print(stderr, "trace: --- {}\n", text); }

void Trace::client_said(std::string_view octets, bool message_data) {
  if (message_data) {
    message_octets_ += octets.size();
    return;
  }
  print_lines('C', octets);
}

void Trace::server_said(std::string_view octets) {
  flush_message();
  for (std::size_t start = 0; start < octets.size();) {
    const std::size_t end = octets.find("\r\n", start);
    fmt::print(stderr, "trace: S: {}\n", printable(octets.substr(start, end - start)));
    start = end == octets.npos ? octets.size() : end + 2;
  }
}

void Trace::closed() {
  flush_message();
  if (!partial_.empty()) fmt::print(stderr, "trace: C: {} [no end of line]\n", printable(partial_));
  fmt::print(stderr, "trace: --- session {} closed\n", session_);
  taken_.store(false, std::memory_order_release);
}

// A command may come in pieces; it is shown when its line is complete.
void Trace::print_lines(char who, std::string_view octets) {
  if (octets.empty()) return;
  flush_message();
  while (!octets.empty()) {
    const std::size_t end = octets.find('\n');
    if (end == octets.npos) {
      if (partial_.size() <= kLineShownMax) partial_ += octets;
      return;
    }
    partial_ += octets.substr(0, end);
    octets.remove_prefix(end + 1);
    if (partial_.ends_with('\r')) partial_.pop_back();
    fmt::print(stderr, "trace: {}: {}\n", who, printable(partial_));
    partial_.clear();
  }
}

void Trace::flush_message() {
  if (message_octets_ == 0) return;
  fmt::print(stderr, "trace: C: [{} octets of message, final dot included]\n", format_count(message_octets_));
  message_octets_ = 0;
}

}  // namespace mailvoid::sink
