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
// general register (which NEON cannot make cheaply), and measures faster.
//
//   octet at lane       a CR LF  .  b CR LF  . CR LF  c LF  d CR  e
//   lf       at[0]            1           1        1     1            is LF
//   after_cr at[-1]           1           1        1              1   follows CR: as lf, or something is bare
//   dot      at[1]         .  1           1                           stands before a dot
//   lf & after_cr & dot       1           1                           ends a line before one with a dot
//   cr       at[2]                        1                           ... and a CR: the end of the data,
//   perhaps
constexpr std::size_t kLookAhead = 2;

HWY_INLINE OctetMask octets_equal(Octets d, const std::uint8_t* at, char octet) {
  return hn::Eq(hn::LoadU(d, at), hn::Set(d, static_cast<std::uint8_t>(octet)));
}

template <bool kEveryDot>
HWY_INLINE OctetMask stops_at(Octets d, const std::uint8_t* at, OctetMask dots) {
  if constexpr (kEveryDot) {
    return dots;
  } else {
    return hn::And(dots, octets_equal(d, at + 2, '\r'));
  }
}

// One vector, exactly, of which only the `active` lanes count. Returns the dot to stop at, or null.
template <bool kEveryDot>
HWY_INLINE const std::uint8_t* account_vector(Octets d, const std::uint8_t* at, OctetMask active,
                                              DataCounts& counts) {
  OctetMask lf = hn::And(octets_equal(d, at, '\n'), active);
  OctetMask after_cr = hn::And(octets_equal(d, at - 1, '\r'), active);
  OctetMask dots = hn::And(hn::And(lf, after_cr), octets_equal(d, at + 1, '.'));
  const OctetMask stops = stops_at<kEveryDot>(d, at, dots);
  const std::intptr_t stop = hn::FindFirstTrue(d, stops);
  if (HWY_UNLIKELY(stop >= 0)) {
    const OctetMask before = hn::FirstN(d, static_cast<std::size_t>(stop) + 1);
    lf = hn::And(lf, before);
    after_cr = hn::And(after_cr, before);
    dots = hn::And(hn::AndNot(stops, dots), before);
  }
  const std::size_t lines = hn::CountTrue(d, hn::And(lf, after_cr));
  counts.lines += lines;
  counts.bare_lf += hn::CountTrue(d, lf) - lines;
  counts.bare_cr += hn::CountTrue(d, after_cr) - lines;
  if constexpr (!kEveryDot) {
    counts.stuffed_dots += hn::CountTrue(d, dots);
  }
  return stop < 0 ? nullptr : at + stop + 1;
}

// A group of vectors looked at together. Returns whether it is of the common kind: every CR has its LF, and
// there is no dot to stop at, for which any dot line with a CR is taken. If so `lines` and `stuffed_dots` are
// the sums, by lane. Stuffed dots are summed without a branch: with one to step aside at every 20th line,
// mispredictions cost more than the sum.
constexpr std::size_t kGroup = 4;

#if HWY_TARGET <= HWY_AVX3  // the AVX-512 family

HWY_INLINE OctetVector octets_differ(Octets d, const std::uint8_t* at, char octet) {
  return hn::Xor(hn::LoadU(d, at), hn::Set(d, static_cast<std::uint8_t>(octet)));
}

// A condition is an octet that is 0 where it holds. Comparisons into mask registers are what limits the other
// version; three-way logic (vpternlog, which the compiler finds) makes this one as fast as its loads.
template <bool kEveryDot>
HWY_INLINE bool sum_group(Octets d, const std::uint8_t* at, OctetVector& lines, OctetVector& stuffed_dots) {
  const OctetVector zero = hn::Zero(d);
  const OctetVector one = hn::Set(d, std::uint8_t{1});
  OctetVector bare = zero;
  OctetVector no_line = zero;
  OctetVector no_dot = zero;
  OctetVector no_stop = hn::Set(d, std::uint8_t{0xFF});
  HWY_UNROLL(kGroup)
  for (std::size_t i = 0; i < kGroup; ++i, at += hn::Lanes(d)) {
    const OctetVector not_lf = hn::Min(octets_differ(d, at, '\n'), one);
    const OctetVector not_after_cr = hn::Min(octets_differ(d, at - 1, '\r'), one);
    const OctetVector not_dot = hn::Or(not_lf, octets_differ(d, at + 1, '.'));
    bare = hn::Or(bare, hn::Xor(not_lf, not_after_cr));
    no_line = hn::Add(no_line, not_lf);
    if constexpr (kEveryDot) {
      no_stop = hn::Min(no_stop, not_dot);
    } else {
      no_stop = hn::Min(no_stop, hn::Or(not_dot, octets_differ(d, at + 2, '\r')));
      no_dot = hn::Add(no_dot, hn::Min(not_dot, one));
    }
  }
  const OctetVector all = hn::Set(d, static_cast<std::uint8_t>(kGroup));
  lines = hn::Sub(all, no_line);
  stuffed_dots = hn::Sub(all, no_dot);
  return hn::AllFalse(d, hn::Or(hn::Ne(bare, zero), hn::Eq(no_stop, zero)));
}

#else

template <bool kEveryDot>
HWY_INLINE bool sum_group(Octets d, const std::uint8_t* at, OctetVector& lines, OctetVector& stuffed_dots) {
  OctetMask uncommon = hn::MaskFalse(d);
  lines = hn::Zero(d);
  stuffed_dots = hn::Zero(d);
  HWY_UNROLL(kGroup)
  for (std::size_t i = 0; i < kGroup; ++i, at += hn::Lanes(d)) {
    const OctetMask lf = octets_equal(d, at, '\n');
    const OctetMask dot = hn::And(lf, octets_equal(d, at + 1, '.'));
    uncommon = hn::Or(uncommon, hn::Xor(lf, octets_equal(d, at - 1, '\r')));
    lines = hn::Sub(lines, hn::VecFromMask(d, lf));  // true is -1
    if constexpr (kEveryDot) {
      uncommon = hn::Or(uncommon, dot);
    } else {
      uncommon = hn::Or(uncommon, hn::And(dot, octets_equal(d, at + 2, '\r')));
      stuffed_dots = hn::Sub(stuffed_dots, hn::VecFromMask(d, dot));
    }
  }
  return hn::AllFalse(d, uncommon);
}

#endif

// Whole groups as long as they are of the common kind. Returns the first one that is not, or the last place,
// where a whole one no longer fits.
template <bool kEveryDot>
HWY_INLINE const std::uint8_t* account_groups(Octets d, const std::uint8_t* at, const std::uint8_t* end,
                                              DataCounts& counts) {
  const std::size_t lanes = hn::Lanes(d);
  const auto room = static_cast<std::ptrdiff_t>(kGroup * lanes + kLookAhead);
  const hn::Repartition<std::uint64_t, Octets> d64;
  auto lines = hn::Zero(d64);
  auto stuffed_dots = hn::Zero(d64);
  for (; end - at >= room; at += kGroup * lanes) {
    OctetVector group_lines;
    OctetVector group_stuffed_dots;
    if (HWY_UNLIKELY(!sum_group<kEveryDot>(d, at, group_lines, group_stuffed_dots))) {
      break;
    }
    lines = hn::Add(lines, hn::SumsOf8(group_lines));
    if constexpr (!kEveryDot) {
      stuffed_dots = hn::Add(stuffed_dots, hn::SumsOf8(group_stuffed_dots));
    }
  }
  counts.lines += hn::ReduceSum(d64, lines);
  counts.stuffed_dots += hn::ReduceSum(d64, stuffed_dots);
  return at;
}

// From here on it pays to begin with a shorter vector, so that one load of four does not cross a cache line:
// 11 % with AVX-512.
constexpr std::ptrdiff_t kAlignOctetsMin = 2048;

template <bool kEveryDot>
HWY_INLINE const std::uint8_t* skip_content(const std::uint8_t* at, const std::uint8_t* end,
                                            DataCounts& counts) {
  const Octets d;
  const std::size_t lanes = hn::Lanes(d);
  const auto room = static_cast<std::ptrdiff_t>(lanes + kLookAhead);
  const OctetMask all = hn::FirstN(d, lanes);
  if (end - at >= kAlignOctetsMin) {
    const std::size_t head = lanes - reinterpret_cast<std::uintptr_t>(at) % lanes;
    if (const std::uint8_t* const dot = account_vector<kEveryDot>(d, at, hn::FirstN(d, head), counts)) {
      return dot;
    }
    at += head;
  }
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
