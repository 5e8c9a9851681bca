// SPDX-License-Identifier: Apache-2.0
// The scanner for what follows DATA's 354: finds the end of the data, removes dot-stuffing and counts, in one
// pass at vector speed (RFC 5321 section 4.5.2). It never moves, copies or keeps an octet.
//
// Only CRLF "." CRLF ends the data. A line begins at the start of the data and after CRLF, and nowhere else:
// a bare CR, a bare LF and a NUL are content like any other octet, so none of the look-alikes of SMTP
// smuggling (LF.LF, LF.CRLF, CRLF.LF, CRLF.CR CRLF, ...) ends a message or has a dot removed that it should
// keep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mailvoid::scan {

// What was seen last, named by the octets. This byte is all that a scan carries from one buffer to the next,
// however the data are split. Data begin in `crlf`, and the scanner leaves `crlf` behind when they have
// ended.
enum class DataState : std::uint8_t {
  text,         // inside a line
  cr,           // inside a line, after a CR that may be bare
  crlf,         // at the start of a line
  crlf_dot,     // after a dot that begins a line: stuffed, or the beginning of the end
  crlf_dot_cr,  // after a dot that begins a line, and a CR: both still undecided
};

// Sums over the data seen so far; the scanner adds and never resets.
//
// Undecided octets (the CR of `cr` as a bare one, the dot and the CR of `crlf_dot` and `crlf_dot_cr`) are
// counted once they are decided. When the data have ended nothing is undecided, and
// octets + stuffed_dots + 3 is what was consumed.
struct DataCounts {
  std::uint64_t octets =
      0;  // content as RFC 1870 counts: CRLFs included, without stuffed dots and final dot line
  std::uint64_t lines = 0;         // CRLFs in the content; a bare LF ends no line
  std::uint64_t stuffed_dots = 0;  // dots removed from the beginning of a line
  std::uint64_t bare_cr = 0;       // CRs that no LF follows
  std::uint64_t bare_lf = 0;       // LFs that no CR precedes

  friend bool operator==(const DataCounts&, const DataCounts&) = default;
};

struct DataScan {
  std::size_t consumed = 0;  // octets of the input used up; what follows the end of the data is left alone
  bool ended = false;        // the last octet consumed is the LF of CRLF.CRLF
};

// Counts and discards: consumes all of `in`, or up to and including the end of the data.
DataScan discard_data(std::string_view in, DataState& state, DataCounts& counts);

struct DataDelivery {
  std::size_t consumed = 0;
  std::size_t spans = 0;  // how many elements of `out` were filled, from its front; none of them is empty
  bool ended = false;
};

// Like discard_data, with the content in `out`: the spans put together are the octets that were stuffed by
// the sender, up to and including the CRLF before the final dot. They point into `in`, and so live as long as
// its buffer, but for a CR withheld from the end of an earlier buffer, which is a static "\r".
//
// REQUIRES: `out` is not empty.
// Returns early, with consumed < in.size() and ended false, when `out` is too short: call again with the
// rest of the input. Every such call consumes an octet or delivers a span. When all has been consumed, state
// and counts are what discard_data would leave.
DataDelivery deliver_data(std::string_view in, std::span<std::string_view> out, DataState& state,
                          DataCounts& counts);

}  // namespace mailvoid::scan
