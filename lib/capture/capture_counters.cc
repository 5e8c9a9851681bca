// SPDX-License-Identifier: Apache-2.0
#include "capture/capture_counters.h"

#include <algorithm>
#include <cerrno>

#include "capture/record.h"

namespace mailvoid::capture {
namespace {

struct Row {
  int error;
  WriteError kind;
};
constexpr Row kRows[] = {
    {ENOSPC, WriteError::no_space},
    {EDQUOT, WriteError::quota},
    {EFBIG, WriteError::too_large},
    {EMFILE, WriteError::descriptors},
    {ENFILE, WriteError::descriptors},
    {EACCES, WriteError::denied},
    {EPERM, WriteError::denied},
    {EROFS, WriteError::denied},
    {ENOENT, WriteError::missing},
    {ENOTDIR, WriteError::missing},
    {EIO, WriteError::io},
};

}  // namespace

WriteError write_error(int error) {
  const auto* const row = std::ranges::find(kRows, error, &Row::error);
  return row == std::end(kRows) ? WriteError::other : row->kind;
}

// What has come back is read before what went out, here and by who adds writers before taps: then no gauge
// shows less than nothing while traffic goes on.
void CaptureTotals::add(const TapCounters& tap) {
  started += tap.started.value();
  aborted += tap.aborted.value();
  for (std::size_t i = 0; i < dropped.size(); ++i) dropped[i] += tap.dropped[i].value();
  waits += tap.waits.value();
  envelopes_cut += tap.envelopes_cut.value();
  blocks_queued += tap.blocks_queued.value();
  memory_bytes -= tap.blocks_released.value() * kBlockBytes;
  memory_bytes += tap.blocks_acquired.value() * kBlockBytes;
}

void CaptureTotals::add(const WriterCounters& writer) {
  written += writer.written.value();
  bytes_written += writer.bytes_written.value();
  for (std::size_t i = 0; i < dropped.size(); ++i) dropped[i] += writer.dropped[i].value();
  for (std::size_t i = 0; i < errors.size(); ++i) errors[i] += writer.errors[i].value();
  blocks_queued -= writer.blocks_done.value();
  memory_bytes -= writer.blocks_done.value() * kBlockBytes;
}

}  // namespace mailvoid::capture
