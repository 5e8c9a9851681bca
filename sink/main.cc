// SPDX-License-Identifier: Apache-2.0
// mailvoid-sink: takes mail over SMTP, as fast as it comes, and throws it away.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>

#include "base/clock.h"
#include "base/cpus.h"
#include "base/say.h"
#include "base/units.h"
#include "config/value.h"
#include "program/admin_port.h"
#include "program/facts.h"
#include "program/log.h"
#include "program/process.h"
#include "program/result_file.h"
#include "scan/simd.h"
#include "sink/limit_watch.h"
#include "sink/live_page.h"
#include "sink/privileges.h"
#include "sink/sink_metrics.h"
#include "sink/sink_options.h"
#include "sink/sink_server.h"
#include "sink/summary.h"

namespace mailvoid::sink {
namespace {

using program::LogLevel;

constexpr std::string_view kProgram = "mailvoid-sink";
constexpr int kLimitsLookedAtMs = 1000;

int fail(const std::string& what) {
  program::log(LogLevel::error, "failed", what);
  return program::kExitRuntime;
}

void print_ready(const SinkServer& server, const admin::AdminServer* admin, std::span<const unsigned> cpus) {
  std::vector<std::string> smtp;
  for (const SocketAddress& address : server.addresses()) smtp.push_back(address.text());
  const std::string metrics = admin != nullptr ? "http://" + admin->address() + "/metrics" : "";
  std::string line = fmt::format("ready: smtp {}", fmt::join(smtp, " "));
  if (admin != nullptr) line += ", admin " + metrics;
  if (!cpus.empty()) line += ", shards on CPUs " + cpu_list_text(cpus);
  program::log(LogLevel::info, "ready", line,
               {{"smtp", smtp}, {"admin", metrics}, {"shards", std::uint64_t{server.shard_count()}}});
  if (const std::string made = server.made_certificate(); !made.empty()) {
    program::log(LogLevel::info, "certificate_made", "self-signed certificate: SHA-256 " + made,
                 {{"sha256", made}});
  }
}

void reload(SinkServer& server, const config::AdminOptions& options, admin::AdminServer* admin) {
  Reloaded reloaded = server.reload();
  if (admin != nullptr && !options.token_file.empty()) {
    reloaded.add("--admin-token-file", program::reload_token(options, *admin));
  }
  if (!reloaded.done.empty()) {
    const std::string read = fmt::format("{}", fmt::join(reloaded.done, ", "));
    program::log(LogLevel::info, "reloaded", "read again: " + read, {{"options", read}});
  }
  if (!reloaded.failed.empty()) {
    program::log(LogLevel::error, "reload_failed",
                 fmt::format("{} (what was read before stays)", fmt::join(reloaded.failed, "; ")));
  }
}

void tell_of_limits(LimitWatch& limits, const SinkTotals& totals) {
  for (const LimitNotice& notice : limits.look(totals, now())) {
    const std::string_view since = notice.again ? " since this was last said" : "";
    program::log(LogLevel::warning, "limit_reached",
                 fmt::format("limit reached: {}: {} {}{}", notice.limit, format_count(notice.count),
                             notice.what, since),
                 {{"limit", std::string(notice.limit)}, {"count", notice.count}});
  }
}

void tell_of_drain(const SinkServer& server, Duration at_most) {
  const std::uint64_t open = server.totals().connections_open;
  program::log(LogLevel::info, "draining",
               fmt::format("draining: {} connections open, at most {}", format_count(open),
                           config::exact_time(at_most)),
               {{"connections_open", open}});
}

// Returns when every thread has finished; false if a second signal would not wait for that.
bool serve(SinkServer& server, const SinkOptions& options, admin::AdminServer* admin,
           program::Signals& signals, program::Finished& finished) {
  LimitWatch limits;
  std::size_t running = server.thread_count();
  bool draining = false;
  while (running > 0) {
    pollfd watched[] = {{signals.descriptor(), POLLIN, 0}, {finished.descriptor(), POLLIN, 0}};
    if (::poll(watched, 2, kLimitsLookedAtMs) < 0) continue;
    tell_of_limits(limits, server.totals());
    const auto signal = signals.take();
    if (signal == program::Signals::Signal::reload) reload(server, options.admin, admin);
    const bool signalled = signal == program::Signals::Signal::stop;
    if (signalled && draining) return false;
    const std::uint64_t ended = finished.take();
    running -= ended;
    if (admin != nullptr && (signalled || ended > 0)) admin->set_ready(false);
    if (!signalled) continue;
    draining = true;
    if (!options.quiet) tell_of_drain(server, options.drain_timeout);
    server.drain();
  }
  return true;
}

std::expected<void, std::string> drop_privileges(const SinkOptions& options, SinkServer& server) {
  if (options.user.empty()) return {};
  const auto user = find_user(options.user);
  if (!user) return std::unexpected(user.error());
  const bool root = ::geteuid() == 0;
  if (root) {
    if (const auto given = server.give_socket_files_to(*user); !given) return given;
  }
  return become(*user);
}

int run(const SinkOptions& options) {
  program::start_log(kProgram, options.log);
  program::raise_descriptor_limit();
  program::Signals signals(options.auth.mode == AuthMode::file || options.tls.on() ||
                           !options.admin.token_file.empty());
  if (!scan::force_simd(options.simd))
    return fail("--simd " + options.simd + ": this processor does not have it");

  auto server = SinkServer::create(options);
  if (!server) return fail(server.error());
  auto admin = program::open_admin_port(
      kProgram, options.admin,
      {[&server](const admin::Scrape& scrape, admin::MetricFamilies& families) {
         admin::append_families(kMetricPrefix, sink_metric_rows(), (*server)->totals(), families);
         if (!scrape.per_shard) return;
         const std::vector<SinkTotals> shards = (*server)->totals_by_shard();
         admin::append_shard_families(kMetricPrefix, sink_metric_rows(), std::span(shards), families);
       },
       live_page(**server, options)});
  if (!admin) return fail(admin.error());
  auto json = program::ResultFile::open("--json", options.json);
  if (!json) return fail(json.error());
  if (const auto dropped = drop_privileges(options, **server); !dropped) return fail(dropped.error());

  if (!options.capture_directory.empty()) {
    if (const auto opened = (*server)->open_capture(); !opened) return fail(opened.error());
  }

  program::Finished finished;
  const Instant started = now();
  (*server)->start([&finished] { finished.announce(); });
  if (*admin) (*admin)->set_ready(true);
  if (!options.quiet) print_ready(**server, admin->get(), options.shard_cpus);

  if (!serve(**server, options, admin->get(), signals, finished)) {
    program::log(LogLevel::error, "interrupted", "interrupted while draining");
    (*server)->remove_socket_files();
    std::_Exit(program::kExitInterrupted);
  }
  if (!(*server)->wait()) return program::kExitRuntime;
  const Duration up = now() - started;
  const SinkTotals totals = (*server)->totals();
  // A table among lines of JSON would be of use to nobody.
  const bool table = !options.quiet && (json->people() == stdout || !options.log.json());
  if (table) say(json->people(), "{}", summary_text(totals, up));
  if (const auto written = json->write(summary_json(totals, up, options.shard_cpus)); !written)
    return fail(written.error());
  return config::kExitDone;
}

}  // namespace
}  // namespace mailvoid::sink

int main(int argc, char** argv) {
  using namespace mailvoid;
  const auto options = sink::parse_sink_options(argc, argv, program::this_context(sink::kProgram));
  if (!options) {
    const config::ExitRequest& request = options.error();
    say(request.to_stdout ? stdout : stderr, "{}", request.text);
    return request.code;
  }
  return sink::run(*options);
}
