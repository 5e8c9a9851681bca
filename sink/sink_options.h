// SPDX-License-Identifier: Apache-2.0
// What the command line and the environment of mailvoid-sink ask for. README.md has the list for users.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "config/address_text.h"
#include "config/admin_options.h"
#include "config/exit_request.h"
#include "config/log_options.h"
#include "config/pin.h"
#include "config/program_context.h"
#include "config/setting.h"
#include "config/tuning_options.h"
#include "sink/auth_options.h"
#include "sink/listener_options.h"
#include "sink/tls_options.h"

namespace mailvoid::sink {

// Every value is in range and resolved: no 0 for "choose one".
struct SinkOptions : config::TuningOptions {
  std::vector<ListenerOptions> listeners;  // at least one; port 0 for a free one
  ListenerOptions listener;                // what they say unless they differ
  config::AdminOptions admin;
  std::vector<config::SettingInForce> in_force;  // all settings, for people
  config::Pin pin;
  std::vector<unsigned> shard_cpus;  // the CPU of each shard; empty: not pinned
  unsigned shards = 1;

  AuthOptions auth;

  // Limits. Sums over all shards unless said otherwise.
  std::uint32_t connections_max = 0;  // at least 1; fits RLIMIT_NOFILE
  std::chrono::nanoseconds idle_timeout{};
  std::chrono::nanoseconds drain_timeout{};
  std::uint64_t exit_after_messages = 0;  // 0: never

  mode_t socket_mode = 0;  // permissions of a UNIX socket's file

  TlsOptions tls;

  std::string user;  // to become after binding; "": stay who we are
  config::LogOptions log;
  bool trace = false;  // one session's dialogue on stderr
  std::string json;    // the summary as JSON: a path, "-" for stdout, "" for none
  bool quiet = false;  // neither ready line nor summary table

  // Samples; the rest means nothing without a directory.
  std::string capture_directory;           // "": none are kept
  std::string capture_format;              // "maildir" or "eml"
  std::uint64_t capture_every = 1;         // one transaction in so many, of each shard
  std::string capture_when_behind;         // "drop" or "wait"
  bool capture_raw = false;                // without Return-Path and Received
  std::uint64_t capture_bytes_max = 0;     // 0: no limit
  std::uint64_t capture_memory_bytes = 0;  // at least a block for each shard
  unsigned capture_threads = 1;

  // Of each shard, besides TuningOptions.
  std::uint32_t recv_buffer_bytes = 0;  // one provided buffer
  std::uint32_t recv_buffers = 0;       // a power of two
  std::uint64_t held_octets_max = 0;    // of one session
  std::size_t block_pool_bytes = 0;     // a multiple of BlockPool::kBlockBytes
  std::uint32_t backlog = 0;            // listen(2)
};

using SinkContext = config::ProgramContext;

// Leaves with an ExitRequest for --help, --version, --print-config and usage errors.
[[nodiscard]] std::expected<SinkOptions, config::ExitRequest> parse_sink_options(int argc,
                                                                                 const char* const* argv,
                                                                                 const SinkContext& context);

}  // namespace mailvoid::sink
