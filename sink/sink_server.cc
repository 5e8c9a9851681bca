// SPDX-License-Identifier: Apache-2.0
#include "sink/sink_server.h"

#include <fmt/format.h>

#include <atomic>
#include <cstring>
#include <deque>
#include <system_error>
#include <thread>

#include "base/cpus.h"
#include "io/uring.h"
#include "program/log.h"
#include "program/process.h"
#include "sink/shard.h"
#include "sink/trace.h"
#include "tls/identity.h"

namespace mailvoid::sink {
namespace {

using program::LogLevel;
using UringShard = Shard<io::Uring>;

capture::CaptureOptions capture_options(const SinkOptions& options) {
  capture::CaptureOptions capture;
  capture.directory = options.capture_directory;
  capture.format = options.capture_format == "eml" ? capture::Format::eml : capture::Format::maildir;
  capture.raw = options.capture_raw;
  capture.every = options.capture_every;
  capture.waits = options.capture_when_behind == "wait";
  capture.bytes_max = options.capture_bytes_max;
  capture.memory_bytes = options.capture_memory_bytes;
  capture.threads = options.capture_threads;
  capture.shards = options.shards;
  capture.connections_max = options.connections_max;
  capture.hostname = options.listener.hostname;
  return capture;
}

smtp::ServerOptions server_options(const ListenerOptions& listener, const SinkOptions& options,
                                   const AuthSource* auth) {
  smtp::ServerOptions server = server_options(listener);
  for (std::size_t i = 0; auth != nullptr && i < sasl::kMechanismCount; ++i) {
    const auto mechanism = static_cast<sasl::Mechanism>(i);
    const bool has_channel = options.tls.on() && listener.tls != "off";
    if (auth->mechanisms().contains(mechanism) && (has_channel || !sasl::facts(mechanism).binds_channel))
      server.auth_mechanisms.emplace_back(sasl::facts(mechanism).name);
  }
  server.starttls = options.tls.on() && listener.tls == "starttls";
  server.auth_only_in_tls = options.auth.requires_tls;
  server.auth_required = options.auth.required;
  return server;
}

io::UringOptions ring_options(const SinkOptions& options) {
  io::UringOptions ring;
  ring.submission_entries = options.ring_entries;
  ring.buffers = {options.recv_buffers, options.recv_buffer_bytes};
  for (const std::string& feature : options.ring_disable) ring.features.remove(feature);
  return ring;
}

}  // namespace

struct SinkServer::Impl {
  SinkOptions options;
  std::deque<smtp::ServerConfig> configs;  // of each listener; they stay where they are
  SharedTotals totals;
  Trace trace;
  TlsKept tls_kept;
  std::unique_ptr<TlsSource> tls;  // if there is a certificate
  std::array<std::atomic<std::uint64_t>, kReloadNames.size()> reloads{};
  std::unique_ptr<capture::Capture> capture;  // if asked for
  std::unique_ptr<AuthSource> auth;           // if it is offered

  void warn_of_auth() const {
    if (!auth->warning().empty())
      program::log(LogLevel::warning, "passwords_readable", "--auth: " + auth->warning());
  }
  std::vector<io::Listener> listeners;
  std::vector<std::unique_ptr<io::Uring>> rings;
  std::vector<std::unique_ptr<UringShard>> shards;
  std::deque<ThreadCpuClock> cpu_clocks;  // of the shards' threads
  std::vector<std::thread> threads;
  std::atomic<bool> failed{false};
  std::atomic<std::size_t> shards_running{0};

  void drain() {
    for (const auto& shard : shards) shard->mailbox().post(io::Mailbox::drain);
  }

  // The shards close their sockets as they drain, so the descriptors are theirs from here on.
  [[nodiscard]] std::vector<ListenSocket> take_sockets(std::size_t shard) {
    std::vector<ListenSocket> sockets;
    for (std::size_t i = 0; i < listeners.size(); ++i) {
      io::Listener& listener = listeners[i];
      const ListenerOptions& said = options.listeners[i];
      const bool local = listener.address.is_unix();
      sockets.push_back({listener.sockets[shard].release(), local, &said.peers, said.tls == "implicit",
                         &configs[i], !local});
    }
    return sockets;
  }

  [[nodiscard]] std::expected<void, std::string> make_tls() {
    auto kept = make_tls_kept(options.tls, options.listener.hostname);
    if (!kept) return std::unexpected(kept.error());
    auto context = make_tls_context(options.tls, *kept);
    if (!context) return std::unexpected(context.error());
    tls_kept = std::move(*kept);
    tls = std::make_unique<TlsSource>(std::move(*context));
    return {};
  }

  [[nodiscard]] std::expected<void, std::string> reload_tls() {
    auto context = make_tls_context(options.tls, tls_kept);
    ++reloads[context ? 0 : 1];
    if (!context) return std::unexpected(context.error());
    tls->set(std::move(*context));
    for (const auto& shard : shards) shard->mailbox().post(io::Mailbox::reload);
    return {};
  }

  void make_shards() {
    ShardOptions shard_options;
    shard_options.connections_max = options.connections_max;
    shard_options.exit_after_messages = options.exit_after_messages;
    shard_options.blocks_max = options.block_pool_bytes / BlockPool::kBlockBytes;
    shard_options.held_octets_max = options.held_octets_max;
    shard_options.idle_timeout = options.idle_timeout;
    shard_options.drain_timeout = options.drain_timeout;
    for (std::size_t i = 0; i < rings.size(); ++i) {
      const OnCpu near(program::cpu_of(options.shard_cpus, i));
      shards.push_back(std::make_unique<UringShard>(
          shard_options,
          UringShard::Surroundings{*rings[i], configs.front(), totals, options.trace ? &trace : nullptr,
                                   [this] { drain(); }, capture ? &capture->tap(i) : nullptr, auth.get(),
                                   tls.get()},
          take_sockets(i)));
      cpu_clocks.emplace_back();
      if (!capture) continue;
      capture->tap(i).set_notify(
          [&mailbox = shards.back()->mailbox()] { mailbox.post(io::Mailbox::returned); });
    }
  }

  [[nodiscard]] std::vector<ShardView> views() const {
    std::vector<ShardView> views;
    for (std::size_t i = 0; i < shards.size(); ++i) {
      views.push_back({&shards[i]->counters(), &shards[i]->tally(), &rings[i]->counters(),
                       &shards[i]->accepted(), &cpu_clocks[i]});
    }
    return views;
  }

  void run_shard(std::size_t index, const std::function<void()>& on_finished) {
    cpu_clocks[index].start();
    const auto entered =
        program::enter_shard("sink-shard", index, program::cpu_of(options.shard_cpus, index));
    if (!entered) {
      program::log(LogLevel::error, "shard_failed", entered.error());
      failed = true;
      drain();
    } else if (const int error = rings[index]->enable(); error != 0) {
      program::log(LogLevel::error, "shard_failed", io::explain_ring_failure(error));
      failed = true;
      drain();  // rather than serve on some cores and leave the clients of this one waiting
    } else {
      shards[index]->run();
    }
    cpu_clocks[index].stop();
    if (--shards_running == 0 && capture) capture->finish(options.drain_timeout);
    on_finished();
  }
};

SinkServer::SinkServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SinkServer::~SinkServer() = default;

std::expected<std::unique_ptr<SinkServer>, std::string> SinkServer::create(const SinkOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  if (options.auth.mode != AuthMode::off) {
    auto auth = AuthSource::create(options.auth);
    if (!auth) return std::unexpected(auth.error());
    impl->auth = std::move(*auth);
    impl->warn_of_auth();
  }
  if (options.tls.on()) {
    if (const auto made = impl->make_tls(); !made) return std::unexpected(made.error());
  }
  for (const ListenerOptions& said : options.listeners) {
    auto config = smtp::make_server_config(server_options(said, options, impl->auth.get()));
    if (!config) return std::unexpected(fmt::format("--listen {}: {}", said.address.text(), config.error()));
    impl->configs.push_back(std::move(*config));
    auto listener =
        io::listen_on(said.address, {options.shards, static_cast<int>(options.backlog), options.socket_mode});
    if (!listener) return std::unexpected("--listen " + listener.error());
    impl->listeners.push_back(std::move(*listener));
  }
  for (unsigned i = 0; i < options.shards; ++i) {
    const OnCpu near(program::cpu_of(options.shard_cpus, i));
    auto ring = io::Uring::create(ring_options(options));
    if (!ring) return std::unexpected(ring.error());
    impl->rings.push_back(std::move(*ring));
  }
  try {
    if (!options.capture_directory.empty()) {
      impl->capture = std::make_unique<capture::Capture>(capture_options(options), [](std::string_view line) {
        program::log(LogLevel::error, "capture_trouble", fmt::format("--capture: {}", line));
      });
    }
    impl->make_shards();
  } catch (const std::system_error& error) {
    return std::unexpected(std::string(error.what()));
  }
  return std::unique_ptr<SinkServer>(new SinkServer(std::move(impl)));
}

std::expected<void, std::string> SinkServer::open_capture() {
  if (const auto opened = impl_->capture->open(); !opened) {
    return std::unexpected(fmt::format("--capture {}: {}", impl_->options.capture_directory, opened.error()));
  }
  return {};
}

void SinkServer::start(std::function<void()> on_finished) {
  impl_->shards_running = impl_->shards.size();
  if (impl_->capture) impl_->capture->start(on_finished);
  for (std::size_t i = 0; i < impl_->shards.size(); ++i) {
    impl_->threads.emplace_back([this, i, on_finished] { impl_->run_shard(i, on_finished); });
  }
}

void SinkServer::drain() { impl_->drain(); }

bool Reloaded::add(std::string_view option, const std::expected<void, std::string>& outcome) {
  outcome ? done.emplace_back(option) : failed.emplace_back(outcome.error());
  return outcome.has_value();
}

Reloaded SinkServer::reload() {
  Reloaded all;
  if (impl_->auth && all.add("--auth", impl_->auth->reload())) impl_->warn_of_auth();
  if (impl_->tls) all.add("--tls-cert", impl_->reload_tls());
  return all;
}

std::string SinkServer::made_certificate() const {
  return impl_->tls_kept.made == nullptr ? "" : impl_->tls_kept.made->fingerprint();
}

bool SinkServer::wait() {
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
  if (impl_->capture) impl_->capture->join();
  remove_socket_files();
  return !impl_->failed;
}

std::expected<void, std::string> SinkServer::give_socket_files_to(const User& user) {
  for (const io::Listener& listener : impl_->listeners) {
    if (listener.file.empty()) continue;
    if (const auto given = listener.file.give_to(user.id, user.group); !given) {
      return std::unexpected(fmt::format("--user {}: {} cannot be made that user's: {}", user.name,
                                         listener.file.path(), std::strerror(given.error())));
    }
  }
  return {};
}

void SinkServer::remove_socket_files() {
  for (io::Listener& listener : impl_->listeners) {
    const std::string path = listener.file.path();
    const auto removed = listener.file.remove();
    if (removed) continue;
    program::log(LogLevel::warning, "socket_file_left",
                 fmt::format("{} stays behind, and is replaced at the next start: {}", path,
                             std::strerror(removed.error())),
                 {{"path", path}});
  }
}

std::size_t SinkServer::shard_count() const { return impl_->shards.size(); }

std::size_t SinkServer::thread_count() const {
  return impl_->shards.size() + (impl_->capture ? impl_->capture->thread_count() : 0);
}

std::vector<SocketAddress> SinkServer::addresses() const {
  std::vector<SocketAddress> addresses;
  for (const io::Listener& listener : impl_->listeners) addresses.push_back(listener.address);
  return addresses;
}

io::RingFeatures SinkServer::ring_features() const { return impl_->rings.front()->features(); }

SinkTotals SinkServer::totals() const {
  SinkTotals totals = sum(impl_->views(), impl_->options.connections_max);
  if (impl_->capture) totals.capture = impl_->capture->totals();
  for (const io::Listener& listener : impl_->listeners) {
    totals.listener_names.push_back(listener.address.text());
  }
  for (std::size_t i = 0; i < totals.tls.reloads.size(); ++i) totals.tls.reloads[i] = impl_->reloads[i];
  return totals;
}

const capture::Capture* SinkServer::samples() const { return impl_->capture.get(); }

std::vector<SinkTotals> SinkServer::totals_by_shard() const {
  std::vector<SinkTotals> totals;
  for (const ShardView& view : impl_->views()) totals.push_back(sum(std::span(&view, 1), 0));
  return totals;
}

}  // namespace mailvoid::sink
