// SPDX-License-Identifier: Apache-2.0
// mailvoid-sink: takes mail over SMTP, as fast as it comes, and throws it away.
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>

#include "admin/admin_server.h"
#include "admin/process_metrics.h"
#include "base/allocator.h"
#include "base/clock.h"
#include "base/version.h"
#include "config/version_text.h"
#include "io/ring_features.h"
#include "io/unique_fd.h"
#include "io/uring.h"
#include "scan/simd.h"
#include "sink/privileges.h"
#include "sink/sink_metrics.h"
#include "sink/sink_options.h"
#include "sink/sink_server.h"
#include "sink/summary.h"

namespace mailvoid::sink {
namespace {

constexpr int kExitRuntime = 1;
constexpr int kExitInterrupted = 130;

int fail(const std::string& what) {
  fmt::print(stderr, "mailvoid-sink: {}\n", what);
  return kExitRuntime;
}

SinkContext context() {
  SinkContext context;
  context.host = config::this_host();
  for (const std::string_view name : scan::simd_available()) context.simd_names.emplace_back(name);
  context.ring_features.assign(io::kRingFeatureNames.begin(), io::kRingFeatureNames.end());
  context.version = [] {
    return config::version_text("mailvoid-sink", build_info(),
                                {allocator_name(), std::string(scan::simd_in_use()), io::describe_ring()});
  };
  return context;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Signals are read from a descriptor, so every thread starts with them blocked.
io::UniqueFd take_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return io::UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC));
}

// A named admin port must be had; the default one may be taken, by another mailvoid for instance.
std::expected<std::unique_ptr<admin::AdminServer>, std::string> start_admin(const SinkOptions& options,
                                                                            const SinkServer& server) {
  if (!options.admin.address) return nullptr;
  const admin::Collector collect = [&server](const admin::Scrape&, admin::MetricFamilies& families) {
    const BuildInfo& build = build_info();
    const std::string allocator = allocator_name();
    admin::append_common_metrics({build.version, build.revision, build.compiler, allocator, scan::simd_in_use()},
                                 families);
    admin::append_families(kMetricPrefix, sink_metric_rows(), server.totals(), families);
  };
  admin::HttpServerOptions http;
  http.address = config::to_string(*options.admin.address);
  auto started = admin::AdminServer::start(http, {collect});
  if (started || options.admin.named) return started;
  fmt::print(stderr, "mailvoid-sink: warning: no metrics: {} (--admin chooses another port)\n", started.error());
  return nullptr;
}

void print_ready(const SinkServer& server, const admin::AdminServer* admin) {
  std::string line = "mailvoid-sink: ready: smtp";
  for (const io::SocketAddress& address : server.addresses()) line += ' ' + address.text();
  if (admin != nullptr) line += ", admin http://" + admin->address() + "/metrics";
  fmt::print(stderr, "{}\n", line);
}

// Returns when every shard has finished; false if a second signal would not wait.
bool serve(SinkServer& server, admin::AdminServer* admin, int signals, int finished) {
  std::size_t running = server.shard_count();
  bool draining = false;
  while (running > 0) {
    pollfd watched[] = {{signals, POLLIN, 0}, {finished, POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0) continue;
    if ((watched[0].revents & POLLIN) != 0) {
      signalfd_siginfo info{};
      if (::read(signals, &info, sizeof(info)) != sizeof(info)) continue;
      if (draining) return false;
      draining = true;
      if (admin != nullptr) admin->set_ready(false);
      server.drain();
    }
    if ((watched[1].revents & POLLIN) != 0) {
      std::uint64_t ended = 0;
      if (::read(finished, &ended, sizeof(ended)) == sizeof(ended)) running -= ended;
      if (admin != nullptr) admin->set_ready(false);
    }
  }
  return true;
}

int report(const SinkServer& server, const SinkOptions& options, Duration up, std::FILE* json) {
  const SinkTotals totals = server.totals();
  if (json != nullptr) {
    const std::string text = summary_json(totals, up);
    std::fwrite(text.data(), 1, text.size(), json);
    const bool written = std::ferror(json) == 0 && (json == stdout ? std::fflush(json) : std::fclose(json)) == 0;
    if (!written) return fail("--json " + options.json + ": cannot write: " + std::strerror(errno));
  }
  if (!options.quiet) fmt::print(json == stdout ? stderr : stdout, "{}", summary_text(totals, up));
  return config::kExitDone;
}

int run(const SinkOptions& options) {
  raise_descriptor_limit();
  const io::UniqueFd signals = take_signals();
  if (!scan::force_simd(options.simd)) return fail("--simd " + options.simd + ": this processor does not have it");

  auto server = SinkServer::create(options);
  if (!server) return fail(server.error());
  auto admin = start_admin(options, **server);
  if (!admin) return fail(admin.error());
  // Opened now: a path that cannot be written is known before the run, not after it.
  std::FILE* const json = options.json.empty()  ? nullptr
                          : options.json == "-" ? stdout
                                                : std::fopen(options.json.c_str(), "we");
  if (!options.json.empty() && json == nullptr) {
    return fail("--json " + options.json + ": cannot open: " + std::strerror(errno));
  }
  if (!options.user.empty()) {
    if (const auto became = become_user(options.user); !became) return fail(became.error());
  }

  const io::UniqueFd finished(::eventfd(0, EFD_CLOEXEC));
  const Instant started = now();
  (*server)->start([&finished] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(finished.get(), &one, sizeof(one));
  });
  if (*admin) (*admin)->set_ready(true);
  if (!options.quiet) print_ready(**server, admin->get());

  if (!serve(**server, admin->get(), signals.get(), finished.get())) {
    fmt::print(stderr, "mailvoid-sink: interrupted while draining\n");
    std::_Exit(kExitInterrupted);
  }
  (*server)->wait();
  return report(**server, options, now() - started, json);
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
