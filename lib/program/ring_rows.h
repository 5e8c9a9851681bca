// SPDX-License-Identifier: Apache-2.0
// Metrics of the rings, which both programs have.
#pragma once

#include <functional>

#include "admin/metrics.h"
#include "io/ring_totals.h"

namespace mailvoid::program {

// `kRing` gives the io::RingTotals of a Source: a member of it, or a function.
template <class Source, auto kRing, std::uint64_t io::RingTotals::* kMember>
constexpr void one_of_ring(const Source& source, admin::MetricSamples& out) {
  out.add(std::invoke(kRing, source).*kMember);
}

template <class Source, auto kRing>
inline constexpr admin::MetricRow<Source> kRingRows[] = {
    {"ring_enters_total",
     "Times that the shards entered the kernel to submit and wait.",
     admin::MetricType::counter,
     {},
     one_of_ring<Source, kRing, &io::RingTotals::enters>},
    {"ring_completions_total",
     "Completions handled; by ring_enters_total it gives the mean batch.",
     admin::MetricType::counter,
     {},
     one_of_ring<Source, kRing, &io::RingTotals::completions>},
    {"ring_buffers_exhausted_total",
     "Receives that ended for want of a buffer (ENOBUFS).",
     admin::MetricType::counter,
     {},
     one_of_ring<Source, kRing, &io::RingTotals::buffers_exhausted>},
    {"ring_buffers_free",
     "Receive buffers that the kernel had left when the last completions were taken.",
     admin::MetricType::gauge,
     {},
     one_of_ring<Source, kRing, &io::RingTotals::buffers_free>},
    {"ring_overflows_total",
     "Turns that found completions kept back because the completion queue was full.",
     admin::MetricType::counter,
     {},
     one_of_ring<Source, kRing, &io::RingTotals::overflows>},
    {"ring_early_submits_total",
     "Submissions forced by a full submission queue (--ring-entries).",
     admin::MetricType::counter,
     {},
     one_of_ring<Source, kRing, &io::RingTotals::early_submits>},
};

}  // namespace mailvoid::program
