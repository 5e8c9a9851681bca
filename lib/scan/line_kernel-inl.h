// SPDX-License-Identifier: Apache-2.0
// The vector part of the command line finder, compiled once for each instruction set by kernels.cc.

// Not #pragma once: Highway includes this again for every target, with the toggle flipped.
#if defined(MAILVOID_SCAN_LINE_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef MAILVOID_SCAN_LINE_KERNEL_INL_H_
#undef MAILVOID_SCAN_LINE_KERNEL_INL_H_
#else
#define MAILVOID_SCAN_LINE_KERNEL_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hwy/highway.h"
#include "scan/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace mailvoid::scan::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The lane of the first octet that is not printable ASCII, or -1.
//
//   octet               00 .. 1F 20 .. 7E 7F 80 .. FF
//   octet - 20 (mod 256) E0 .. FF 00 .. 5E 5F 60 .. DF
//   above 5E            1  .. 1            1  1 .. 1
template <class D>
HWY_INLINE std::intptr_t find_special(D d, const std::uint8_t* at) {
  const auto from_space = hn::Sub(hn::LoadU(d, at), hn::Set(d, std::uint8_t{0x20}));
  return hn::FindFirstTrue(d, hn::Gt(from_space, hn::Set(d, std::uint8_t{0x5E})));
}

// in[from, at) is printable ASCII and in[at] is not.
HWY_INLINE std::size_t first_special(const std::uint8_t* in, std::size_t size, std::size_t at) {
  const hn::ScalableTag<std::uint8_t> d;
  const hn::CappedTag<std::uint8_t, 16> small;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t small_lanes = hn::Lanes(small);
  const std::size_t from = at;
  for (; size - at >= lanes; at += lanes) {
    if (const std::intptr_t lane = find_special(d, in + at); lane >= 0) {
      return at + static_cast<std::size_t>(lane);
    }
  }
  for (; size - at >= small_lanes; at += small_lanes) {
    if (const std::intptr_t lane = find_special(small, in + at); lane >= 0) {
      return at + static_cast<std::size_t>(lane);
    }
  }
  if (size - from >= small_lanes) {
    // The last octets together with some that are known to be printable.
    at = size - small_lanes;
    const std::intptr_t lane = find_special(small, in + at);
    return lane < 0 ? size : at + static_cast<std::size_t>(lane);
  }
  return at;
}

// A line known to have something special in it: CRLF and flags at one pace, whatever the octets are.
HWY_INLINE CommandLine find_end_of_special_line(std::string_view line, const std::uint8_t* in,
                                                std::size_t at) {
  const hn::ScalableTag<std::uint8_t> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto cr = hn::Set(d, std::uint8_t{'\r'});
  const auto lf = hn::Set(d, std::uint8_t{'\n'});
  bool has_control = false;
  bool has_8bit = false;
  for (; line.size() - at > lanes; at += lanes) {
    const auto octets = hn::LoadU(d, in + at);
    const auto ends = hn::And(hn::Eq(octets, cr), hn::Eq(hn::LoadU(d, in + at + 1), lf));
    const auto control = hn::Or(hn::Lt(octets, hn::Set(d, std::uint8_t{0x20})),
                                hn::Eq(octets, hn::Set(d, std::uint8_t{0x7F})));
    const auto high = hn::Gt(octets, hn::Set(d, std::uint8_t{0x7F}));
    const std::intptr_t lane = hn::FindFirstTrue(d, ends);
    const auto counted = hn::FirstN(d, lane < 0 ? lanes : static_cast<std::size_t>(lane));
    has_control = has_control || !hn::AllFalse(d, hn::And(counted, control));
    has_8bit = has_8bit || !hn::AllFalse(d, hn::And(counted, high));
    if (lane >= 0) {
      const std::size_t length = at + static_cast<std::size_t>(lane);
      return {length, length + 2, has_control, has_8bit};
    }
  }
  return find_command_line_scalar(line, at, has_control, has_8bit);
}

inline CommandLine find_command_line_vector(std::string_view line, std::size_t from) {
  const auto* const in = reinterpret_cast<const std::uint8_t*>(line.data());
  const std::size_t at = first_special(in, line.size(), from);
  if (HWY_LIKELY(line.size() - at >= 2 && in[at] == '\r' && in[at + 1] == '\n')) {
    return {at, at + 2, false, false};
  }
  return find_end_of_special_line(line, in, at);
}

}  // namespace mailvoid::scan::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
