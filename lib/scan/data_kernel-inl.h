// SPDX-License-Identifier: Apache-2.0
// The vector part of the data scanner, compiled once for each instruction set by kernels.cc.

// Not #pragma once: Highway includes this again for every target, with the toggle flipped.
#if defined(MAILVOID_SCAN_DATA_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef MAILVOID_SCAN_DATA_KERNEL_INL_H_
#undef MAILVOID_SCAN_DATA_KERNEL_INL_H_
#else
#define MAILVOID_SCAN_DATA_KERNEL_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "scan/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace mailvoid::scan::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Octets = hn::ScalableTag<std::uint8_t>;
using OctetVector = hn::Vec<Octets>;
using OctetMask = hn::Mask<Octets>;

// Every lane stands for an octet that may be the LF which ends a line. Its neighbours come from loads at an
// offset rather than from shifted bit masks: that costs no carry from vector to vector, needs no mask in a
// general register (which NEON cannot make cheaply), and measures faster on AVX2 and AVX-512 alike.
//
//   octet at lane    a CR LF  .  b CR LF  . CR LF  c LF  d CR  e
//   lf       at[0]         1           1        1     1            is LF
//   after_cr at[-1]        1           1        1              1   follows CR: as lf, or something is bare
//   dot      at[1]      1           1                              (LF or not) stands before a dot
//   lf & after_cr & dot    1           1                           ends a line before one with a dot
//   cr       at[2]                     1                           ... which a CR follows
//   last     at[3]                     1                           ... and an LF: the end of the data
struct LineEnds {
  OctetMask lf;
  OctetMask after_cr;
  OctetMask dot;
};

constexpr std::size_t kLookAhead = 3;
constexpr std::size_t kGroup = 4;  // vectors looked at together

HWY_INLINE OctetMask octets_equal(Octets d, const std::uint8_t* at, char octet) {
  return hn::Eq(hn::LoadU(d, at), hn::Set(d, static_cast<std::uint8_t>(octet)));
}

HWY_INLINE LineEnds line_ends(Octets d, const std::uint8_t* at) {
  return {octets_equal(d, at, '\n'), octets_equal(d, at - 1, '\r'), octets_equal(d, at + 1, '.')};
}

// One vector, exactly, of which only the `active` lanes count. Returns the dot to stop at, or null.
template <bool kEveryDot>
HWY_INLINE const std::uint8_t* account_vector(Octets d, const std::uint8_t* at, OctetMask active,
                                              DataCounts& counts) {
  LineEnds ends = line_ends(d, at);
  ends.lf = hn::And(ends.lf, active);
  ends.after_cr = hn::And(ends.after_cr, active);
  OctetMask dots = hn::And(hn::And(ends.lf, ends.after_cr), ends.dot);
  OctetMask stops = dots;
  if constexpr (!kEveryDot) {
    stops = hn::And(stops, hn::And(octets_equal(d, at + 2, '\r'), octets_equal(d, at + 3, '\n')));
  }
  const std::intptr_t stop = hn::FindFirstTrue(d, stops);
  if (HWY_UNLIKELY(stop >= 0)) {
    const OctetMask before = hn::FirstN(d, static_cast<std::size_t>(stop) + 1);
    ends.lf = hn::And(ends.lf, before);
    ends.after_cr = hn::And(ends.after_cr, before);
    dots = hn::And(hn::AndNot(stops, dots), before);
  }
  const std::size_t lines = hn::CountTrue(d, hn::And(ends.lf, ends.after_cr));
  counts.lines += lines;
  counts.bare_lf += hn::CountTrue(d, ends.lf) - lines;
  counts.bare_cr += hn::CountTrue(d, ends.after_cr) - lines;
  if constexpr (!kEveryDot) {
    counts.stuffed_dots += hn::CountTrue(d, dots);
  }
  return stop < 0 ? nullptr : at + stop + 1;
}

// Whole groups as long as they are of the common kind: every CR has its LF, and no dot to stop at. Returns
// the first group that is not, or the last place where a whole one no longer fits.
template <bool kEveryDot>
HWY_INLINE const std::uint8_t* account_groups(Octets d, const std::uint8_t* at, const std::uint8_t* end,
                                              DataCounts& counts) {
  const std::size_t lanes = hn::Lanes(d);
  const auto room = static_cast<std::ptrdiff_t>(kGroup * lanes + kLookAhead);
  const hn::Repartition<std::uint64_t, Octets> d64;
  auto lines = hn::Zero(d64);
  auto stuffed = hn::Zero(d64);
  for (; end - at >= room; at += kGroup * lanes) {
    OctetMask uncommon = hn::MaskFalse(d);
    // Sums of -1 for each lane that is set: at most kGroup a lane, made positive by the subtraction below.
    OctetVector group_lines = hn::Zero(d);
    OctetVector group_stuffed = hn::Zero(d);
    for (std::size_t i = 0; i < kGroup; ++i) {
      const std::uint8_t* const vector = at + i * lanes;
      const LineEnds ends = line_ends(d, vector);
      const OctetMask dots = hn::And(ends.lf, ends.dot);
      uncommon = hn::Or(uncommon, hn::Xor(ends.lf, ends.after_cr));
      group_lines = hn::Sub(group_lines, hn::VecFromMask(d, ends.lf));
      if constexpr (kEveryDot) {
        uncommon = hn::Or(uncommon, dots);
      } else {
        // A dot and a CR are enough to look closer. Stuffed dots are so summed without a branch: with one to
        // step aside at every 20th line, mispredictions cost more than the sum.
        uncommon = hn::Or(uncommon, hn::And(dots, octets_equal(d, vector + 2, '\r')));
        group_stuffed = hn::Sub(group_stuffed, hn::VecFromMask(d, dots));
      }
    }
    if (HWY_UNLIKELY(!hn::AllFalse(d, uncommon))) {
      break;
    }
    lines = hn::Add(lines, hn::SumsOf8(group_lines));
    stuffed = hn::Add(stuffed, hn::SumsOf8(group_stuffed));
  }
  counts.lines += hn::ReduceSum(d64, lines);
  counts.stuffed_dots += hn::ReduceSum(d64, stuffed);
  return at;
}

template <bool kEveryDot>
HWY_INLINE const std::uint8_t* skip_content(const std::uint8_t* at, const std::uint8_t* end,
                                            DataCounts& counts) {
  const Octets d;
  const std::size_t lanes = hn::Lanes(d);
  const auto room = static_cast<std::ptrdiff_t>(lanes + kLookAhead);
  const OctetMask all = hn::FirstN(d, lanes);
  while (end - at >= room) {
    at = account_groups<kEveryDot>(d, at, end, counts);
    for (std::size_t i = 0; i < kGroup && end - at >= room; ++i, at += lanes) {
      if (const std::uint8_t* const dot = account_vector<kEveryDot>(d, at, all, counts)) {
        return dot;
      }
    }
  }
  // What is left is shorter than a vector: take the last whole one once more, without what it has in common
  // with its predecessor. The caller gave us at least one vector, so it is inside of the input.
  const std::uint8_t* const last = end - room;
  const OctetMask rest = hn::Not(hn::FirstN(d, static_cast<std::size_t>(at - last)));
  if (const std::uint8_t* const dot = account_vector<kEveryDot>(d, last, rest, counts)) {
    return dot;
  }
  at = end - kLookAhead;
  if constexpr (!kEveryDot) {
    // The dot behind the last lane has been looked at and counted with it.
    at += at[-2] == '\r' && at[-1] == '\n' && at[0] == '.';
  }
  return at;
}

template <bool kEveryDot>
const char* skip_content_chars(const char* at, const char* end, DataCounts& counts) {
  return reinterpret_cast<const char*>(skip_content<kEveryDot>(
      reinterpret_cast<const std::uint8_t*>(at), reinterpret_cast<const std::uint8_t*>(end), counts));
}

}  // namespace mailvoid::scan::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
