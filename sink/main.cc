// SPDX-License-Identifier: Apache-2.0
// mailvoid-sink: takes mail over SMTP, as fast as it comes, and throws it away.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>

#include "base/clock.h"
#include "base/cpus.h"
#include "io/ring_features.h"
#include "program/admin_port.h"
#include "program/facts.h"
#include "program/process.h"
#include "program/result_file.h"
#include "scan/simd.h"
#include "sink/live_page.h"
#include "sink/privileges.h"
#include "sink/sink_metrics.h"
#include "sink/sink_options.h"
#include "sink/sink_server.h"
#include "sink/summary.h"

namespace mailvoid::sink {
namespace {

constexpr std::string_view kProgram = "mailvoid-sink";

int fail(const std::string& what) {
  fmt::print(stderr, "{}: {}\n", kProgram, what);
  return program::kExitRuntime;
}

SinkContext context() {
  SinkContext context;
  context.host = config::this_host();
  for (const std::string_view name : scan::simd_available()) context.simd_names.emplace_back(name);
  context.ring_features.assign(io::kRingFeatureNames.begin(), io::kRingFeatureNames.end());
  context.version = [] { return program::version_text(kProgram); };
  return context;
}

void print_ready(const SinkServer& server, const admin::AdminServer* admin, std::span<const unsigned> cpus) {
  std::string line = "mailvoid-sink: ready: smtp";
  for (const SocketAddress& address : server.addresses()) line += ' ' + address.text();
  if (admin != nullptr) line += ", admin http://" + admin->address() + "/metrics";
  if (!cpus.empty()) line += ", shards on CPUs " + cpu_list_text(cpus);
  fmt::print(stderr, "{}\n", line);
  if (const std::string made = server.made_certificate(); !made.empty()) {
    fmt::print(stderr, "{}: self-signed certificate: SHA-256 {}\n", kProgram, made);
  }
}

void reload(SinkServer& server) {
  const auto reloaded = server.reload();
  fmt::print(stderr, "{}: {}\n", kProgram,
             reloaded ? "read again: " + *reloaded : reloaded.error() + " (what was read before stays)");
}

// Returns when every thread has finished; false if a second signal would not wait for that.
bool serve(SinkServer& server, admin::AdminServer* admin, program::Signals& signals,
           program::Finished& finished) {
  std::size_t running = server.thread_count();
  bool draining = false;
  while (running > 0) {
    pollfd watched[] = {{signals.descriptor(), POLLIN, 0}, {finished.descriptor(), POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0) continue;
    const auto signal = signals.take();
    if (signal == program::Signals::Signal::reload) reload(server);
    const bool signalled = signal == program::Signals::Signal::stop;
    if (signalled && draining) return false;
    const std::uint64_t ended = finished.take();
    running -= ended;
    if (admin != nullptr && (signalled || ended > 0)) admin->set_ready(false);
    if (!signalled) continue;
    draining = true;
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
  program::raise_descriptor_limit();
  program::Signals signals(options.auth.mode == AuthMode::file || options.tls.on());
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

  if (!serve(**server, admin->get(), signals, finished)) {
    fmt::print(stderr, "{}: interrupted while draining\n", kProgram);
    (*server)->remove_socket_files();
    std::_Exit(program::kExitInterrupted);
  }
  if (!(*server)->wait()) return program::kExitRuntime;
  const Duration up = now() - started;
  const SinkTotals totals = (*server)->totals();
  if (!options.quiet) fmt::print(json->people(), "{}", summary_text(totals, up));
  if (const auto written = json->write(summary_json(totals, up, options.shard_cpus)); !written)
    return fail(written.error());
  return config::kExitDone;
}

}  // namespace
}  // namespace mailvoid::sink

int main(int argc, char** argv) {
  using namespace mailvoid;
  const auto options = sink::parse_sink_options(argc, argv, sink::context());
  if (!options) {
    const config::ExitRequest& request = options.error();
    fmt::print(request.to_stdout ? stdout : stderr, "{}", request.text);
    return request.code;
  }
  return sink::run(*options);
}
