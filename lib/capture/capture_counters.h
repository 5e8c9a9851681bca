// SPDX-License-Identifier: Apache-2.0
// What sampling counts. Every transaction that was to be sampled ends in exactly one of written, dropped and
// aborted; those still open are the difference to started.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "stats/counter.h"

namespace mailvoid::capture {

// Why a sample was given up although its message was accepted.
enum class DropReason : std::uint8_t {
  memory,       // no block was free (--capture-memory)
  queue,        // too many samples were with the writers
  max_bytes,    // --capture-max-bytes has been reached
  write_error,  // the file could not be written
  shutdown,     // still unwritten when --drain-timeout was over
};
inline constexpr std::array<std::string_view, 5> kDropReasonNames{"memory", "queue", "max_bytes",
                                                                  "write_error", "shutdown"};

// Why a file could not be written.
enum class WriteError : std::uint8_t {
  no_space,     // ENOSPC
  quota,        // EDQUOT
  too_large,    // EFBIG: RLIMIT_FSIZE or a limit of the file system
  descriptors,  // EMFILE, ENFILE
  denied,       // EACCES, EPERM, EROFS
  missing,      // ENOENT, ENOTDIR: somebody has removed the directory
  io,           // EIO
  other,
};
inline constexpr std::array<std::string_view, 8> kWriteErrorNames{
    "no_space", "quota", "too_large", "descriptors", "denied", "missing", "io", "other"};
[[nodiscard]] WriteError write_error(int error);

// Written by one shard.
struct alignas(stats::kCacheLineBytes) TapCounters {
  stats::Counter started;
  stats::Counter aborted;  // RSET, a new hello, a refused message, a lost connection, ...
  std::array<stats::Counter, kDropReasonNames.size()> dropped;
  stats::Counter blocks_acquired;
  stats::Counter blocks_released;  // without having been with a writer
  stats::Counter blocks_queued;
  stats::Counter waits;          // times that a session waited for a block
  stats::Counter envelopes_cut;  // samples whose envelope was longer than is kept
};

// Written by one writer.
struct alignas(stats::kCacheLineBytes) WriterCounters {
  stats::Counter written;
  stats::Counter bytes_written;  // of those: of whole files, header included
  std::array<stats::Counter, kDropReasonNames.size()> dropped;
  std::array<stats::Counter, kWriteErrorNames.size()> errors;
  stats::Counter blocks_done;
};

struct CaptureTotals {
  bool on = false;
  std::uint64_t started = 0;
  std::uint64_t written = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t aborted = 0;
  std::array<std::uint64_t, kDropReasonNames.size()> dropped{};
  std::array<std::uint64_t, kWriteErrorNames.size()> errors{};
  std::uint64_t waits = 0;
  std::uint64_t envelopes_cut = 0;
  std::uint64_t blocks_queued = 0;  // with the writers now
  std::uint64_t memory_bytes = 0;   // in use now
  std::uint64_t memory_bytes_max = 0;

  // Writers first, then taps.
  void add(const WriterCounters& writer);
  void add(const TapCounters& tap);
};

}  // namespace mailvoid::capture
