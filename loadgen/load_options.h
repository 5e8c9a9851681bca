// SPDX-License-Identifier: Apache-2.0
// What the command line and the environment of mailvoid-loadgen ask for. README.md has the list for users.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/address_text.h"
#include "config/admin_options.h"
#include "config/command_line.h"
#include "config/exit_request.h"
#include "config/log_options.h"
#include "config/pin.h"
#include "config/program_context.h"
#include "config/setting.h"
#include "config/tuning_options.h"
#include "loadgen/bad_options.h"
#include "loadgen/mail_options.h"
#include "loadgen/pacing_options.h"
#include "loadgen/profile_options.h"
#include "loadgen/retry_options.h"
#include "loadgen/target_options.h"
#include "loadgen/threshold.h"

namespace mailvoid::loadgen {

// A [[mix]] of the configuration file: connections that talk in another way than the command line says.
struct MixPart {
  std::string name;          // in the report
  std::uint32_t weight = 1;  // connections of it, compared with the other parts'
  ProfileOptions talk;       // what it does not say is as on the command line
};

// Every value is in range and resolved: no 0 for "choose one".
struct LoadOptions : ProfileOptions,
                     MailOptions,
                     PacingOptions,
                     BadOptions,
                     RetryOptions,
                     config::TuningOptions {
  std::vector<TargetOption> targets;            // not resolved yet; one at least
  std::optional<SocketAddress> resolver;        // the DNS server to ask about them; nothing: the system's
  std::chrono::nanoseconds resolver_timeout{};  // for each answer
  bool allow_public_target = false;             // checked against what the names resolve to
  std::vector<SocketAddress> sources;  // empty: the system's, or several 127.0.0.x where ports run short
  config::Pin pin;
  std::vector<unsigned> shard_cpus;  // the CPU of each shard; empty: not pinned
  unsigned shards = 1;               // at most `sessions`

  // The load, and see PacingOptions. Exactly one of duration and messages is set; with stages the duration is
  // theirs.
  std::uint32_t sessions = 0;
  std::optional<std::chrono::nanoseconds> duration;
  std::optional<std::uint64_t> messages;  // in all
  std::chrono::nanoseconds ramp{};        // over which the first connections are spread; 0: at once

  std::vector<MixPart> mix;  // empty: all connections talk as this object says

  // Those of them that are not bad clients.
  [[nodiscard]] std::uint32_t good_sessions() const { return sessions - bad_sessions(sessions); }
  // Whether any connection sends BDAT, or reconnects after some messages.
  [[nodiscard]] bool any_bdat() const;
  [[nodiscard]] bool any_reconnects() const;
  // Whether any connection speaks TLS.
  [[nodiscard]] bool any_tls() const;
  // Whether all connections say SMTPUTF8.
  [[nodiscard]] bool all_smtp_utf8() const;

  std::chrono::nanoseconds connect_timeout{};
  std::chrono::nanoseconds reply_timeout{};
  std::chrono::nanoseconds grace{};  // for transactions in flight at the end

  std::vector<Threshold> thresholds;
  bool threshold_abort = false;  // each of them ends the run when it is seen to fail

  config::AdminOptions admin;
  std::vector<config::SettingInForce> in_force;  // all settings, for people
  config::LogOptions log;
  std::string json;  // the result as JSON: a path, "-" for stdout (tables then go to stderr), "" for none
  std::string html;  // the result as a page: a path, "" for none
  std::string csv;   // the time series as CSV: a path, "" for none
  std::string hdr;   // a folder for HdrHistogram's formats, "" for none
  std::chrono::nanoseconds interval{};  // of the time series
  bool quiet = false;                   // no live line, no table
  std::string scenario;                 // the name of the file of --config, without folder and ending
  bool color = true;                    // where the output is a terminal
};

using LoadContext = config::ProgramContext;

// What makes the settings of a subcommand that runs load differ from those of a plain run.
struct Subcommand {
  config::About about;
  std::function<void(LoadOptions&)> change_defaults;
  std::function<void(config::CommandLine&)> describe;  // its own settings, behind those of a run
  // Before it is checked what goes together: what is wrong, if anything.
  std::function<std::optional<config::ExitRequest>(const config::CommandLine&, LoadOptions&)> prepare;
};

// Leaves with an ExitRequest for --help, --version, --print-config and usage errors. `subcommand` is null for
// a plain run; its functions are called during the call.
[[nodiscard]] std::expected<LoadOptions, config::ExitRequest> parse_load_options(
    int argc, const char* const* argv, const LoadContext& context, const Subcommand* subcommand = nullptr);

}  // namespace mailvoid::loadgen
