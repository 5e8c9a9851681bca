// SPDX-License-Identifier: Apache-2.0
#include "scan/data_scan.h"

#include "base/assert.h"
#include "scan/kernels.h"

namespace mailvoid::scan {
namespace {

// Where the walk through one buffer stands.
struct Cursor {
  const char* const begin;
  const char* at;
  const char* const end;

  [[nodiscard]] std::size_t consumed() const { return static_cast<std::size_t>(at - begin); }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end - at); }
};

bool dot_undecided(DataState state) {
  return state == DataState::crlf_dot || state == DataState::crlf_dot_cr;
}

bool begins_dot_line(DataState state, char octet) { return state == DataState::crlf && octet == '.'; }

// The reference: one octet of content. REQUIRES: no dot is undecided, nor is this one that begins a line.
DataState step_content(DataState state, char octet, DataCounts& counts) {
  if (octet == '\n') {
    ++(state == DataState::cr ? counts.lines : counts.bare_lf);
    return state == DataState::cr ? DataState::crlf : DataState::text;
  }
  counts.bare_cr += state == DataState::cr;
  return octet == '\r' ? DataState::cr : DataState::text;
}

// The state behind at least two octets of content that a kernel has skipped.
DataState state_behind(const char* at) {
  if (at[-1] == '\r') {
    return DataState::cr;
  }
  return at[-1] == '\n' && at[-2] == '\r' ? DataState::crlf : DataState::text;
}

// Consumes content up to the end of the buffer or to a dot that begins a line: any such dot, or, with `skip`
// that takes stuffed dots in its stride, at least the final one.
void consume_content(Cursor& cursor, SkipContent skip, std::size_t skip_octets_min, DataState& state,
                     DataCounts& counts) {
  const char* const first = cursor.at;
  const std::uint64_t stuffed_before = counts.stuffed_dots;
  while (cursor.at != cursor.end && !begins_dot_line(state, *cursor.at)) {
    if (cursor.left() >= skip_octets_min && cursor.at != cursor.begin) {
      cursor.at = skip(cursor.at, cursor.end, counts);
      state = state_behind(cursor.at);
    } else {
      state = step_content(state, *cursor.at++, counts);
    }
  }
  const auto octets = static_cast<std::uint64_t>(cursor.at - first);
  counts.octets += octets - (counts.stuffed_dots - stuffed_before);
}

// What the octet at the cursor means to the dot before it.
enum class DotVerdict : std::uint8_t {
  undecided,    // consumed: a CR
  stuffed,      // not consumed: it is content, and the dot was not
  stuffed_cr,   // not consumed: the CR before it is content
  end_of_data,  // consumed: the last LF
};

DotVerdict decide_dot(Cursor& cursor, DataState& state, DataCounts& counts) {
  const char octet = *cursor.at;
  if (state == DataState::crlf_dot && octet == '\r') {
    ++cursor.at;
    state = DataState::crlf_dot_cr;
    return DotVerdict::undecided;
  }
  if (state == DataState::crlf_dot_cr && octet == '\n') {
    ++cursor.at;
    state = DataState::crlf;
    return DotVerdict::end_of_data;
  }
  ++counts.stuffed_dots;
  if (state == DataState::crlf_dot) {
    state = DataState::text;
    return DotVerdict::stuffed;
  }
  ++counts.octets;
  state = DataState::cr;
  return DotVerdict::stuffed_cr;
}

}  // namespace

DataScan discard_data(std::string_view in, DataState& state, DataCounts& counts) {
  const Kernels& kernels = *kernels_in_use;
  Cursor cursor{in.data(), in.data(), in.data() + in.size()};
  while (cursor.at != cursor.end) {
    if (dot_undecided(state)) {
      if (decide_dot(cursor, state, counts) == DotVerdict::end_of_data) {
        return {cursor.consumed(), true};
      }
      continue;
    }
    consume_content(cursor, kernels.skip_to_end, kernels.data_octets_min, state, counts);
    if (cursor.at != cursor.end) {
      ++cursor.at;
      state = DataState::crlf_dot;
    }
  }
  return {cursor.consumed(), false};
}

DataDelivery deliver_data(std::string_view in, std::span<std::string_view> out, DataState& state,
                          DataCounts& counts) {
  MAILVOID_DEBUG_ASSERT(!out.empty());
  const Kernels& kernels = *kernels_in_use;
  Cursor cursor{in.data(), in.data(), in.data() + in.size()};
  std::size_t spans = 0;
  const char* span = cursor.begin;  // where the next one begins, unless a dot moves it
  while (cursor.at != cursor.end) {
    if (begins_dot_line(state, *cursor.at)) {
      ++cursor.at;
      state = DataState::crlf_dot;
    } else if (!dot_undecided(state)) {
      if (spans == out.size()) {
        break;
      }
      consume_content(cursor, kernels.skip_to_dot, kernels.data_octets_min, state, counts);
      out[spans++] = {span, cursor.at};
    } else if (state == DataState::crlf_dot_cr && spans == out.size()) {
      break;  // no room for the CR, should it be content
    } else {
      const bool cr_is_here = cursor.at != cursor.begin;
      switch (decide_dot(cursor, state, counts)) {
        case DotVerdict::undecided: break;
        case DotVerdict::stuffed: span = cursor.at; break;
        case DotVerdict::stuffed_cr:
          span = cr_is_here ? cursor.at - 1 : cursor.at;
          if (!cr_is_here) {
            out[spans++] = "\r";
          }
          break;
        case DotVerdict::end_of_data: return {cursor.consumed(), spans, true};
      }
    }
  }
  return {cursor.consumed(), spans, false};
}

}  // namespace mailvoid::scan
