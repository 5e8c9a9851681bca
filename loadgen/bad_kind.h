// SPDX-License-Identifier: Apache-2.0
// The ways in which a client can be bad, and how its connections end.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mailvoid::loadgen {

enum class BadKind : std::uint8_t {
  slow_reader,       // pours out commands and takes the replies some octets at a time
  slow_writer,       // an octet at a time, from some step on, to the end of its patience
  abandon_data,      // goes in the middle of a message
  oversize_line,     // lines of 2 KiB to 1 MiB, as a command or in a message
  protocol_error,    // commands out of order, unknown, malformed
  reset,             // RST at any step
  starttls_garbage,  // STARTTLS, and then no TLS
  silent,            // says nothing at all
};
// As options, results and metrics call them.
inline constexpr std::array<std::string_view, 8> kBadKindNames{
    "slow-reader",    "slow-writer", "abandon-data",     "oversize-line",
    "protocol-error", "reset",       "starttls-garbage", "silent"};
inline constexpr std::size_t kBadKinds = kBadKindNames.size();

// How a connection of a bad client ended.
enum class BadEnd : std::uint8_t {
  done,           // it did all it came for, and the server bore with it
  refused,        // a 4xx or 5xx turned it away before that
  closed_by_421,  // the server said 421
  closed,         // the server closed the connection
  broken,         // the connection was reset by the server, or broke, or its TLS did
  expired,        // the server did not answer in --bad-time
  not_connected,  // there was no connection
  cut,            // by the end of the run
};
inline constexpr std::array<std::string_view, 8> kBadEndNames{"done",   "refused", "closed_by_421", "closed",
                                                              "broken", "expired", "not_connected", "cut"};
inline constexpr std::size_t kBadEnds = kBadEndNames.size();

}  // namespace mailvoid::loadgen
