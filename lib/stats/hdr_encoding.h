// SPDX-License-Identifier: Apache-2.0
// A histogram as HdrHistogram's tools exchange it: the compressed V2 encoding, in base64 (hdrhistogram.org,
// "HdrHistogram V2 encoding"; the text that begins "HISTFAAAA" in an interval log). Values are microseconds.
//
//   uncompressed, big-endian          octets  here
//   cookie                            4       0x1c849313: V2, ZigZag LEB128 counts
//   octets of the counts below        4
//   normalising index offset          4       0
//   significant digits                4       2
//   lowest discernible value          8       1
//   highest trackable value           8       600,000,000
//   integer to double ratio           8       1.0
//   counts                            ...     from index 0 to the last that is not 0: each a ZigZag LEB128
//                                             number of at most 9 octets; a negative one -n stands for n
//                                             counts of 0
//
//   compressed: cookie 0x1c849314 (4), octets that follow (4), the above as zlib deflates it
//
// It has no place for the sum nor for how many were over the range: they come back as 0.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "stats/sparse_histogram.h"

namespace mailvoid::stats {

[[nodiscard]] std::string hdr_text(const SparseHistogram& histogram);

// The counts of what hdr_text() wrote, or another program for the same layout; everything else is an error,
// in a few words.
[[nodiscard]] std::expected<SparseHistogram, std::string> parse_hdr_text(std::string_view text);

}  // namespace mailvoid::stats
