// SPDX-License-Identifier: Apache-2.0
// The running sink: listeners, one thread a shard, and the totals. main() owns one and decides when it
// drains.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capture/capture.h"
#include "io/listener.h"
#include "io/ring_features.h"
#include "sink/privileges.h"
#include "sink/sink_options.h"
#include "sink/sink_totals.h"
#include "smtp/server_config.h"

namespace mailvoid::sink {

// Options whose files were read again, and a line for each whose file could not be: there what was read
// before stays.
struct Reloaded {
  std::vector<std::string> done;
  std::vector<std::string> failed;

  // What came of an option; true if it was read.
  bool add(std::string_view option, const std::expected<void, std::string>& outcome);
};

class SinkServer {
 public:
  // Binds every listener and makes every ring, so that whatever is missing is known before a thread runs.
  // The error is one line for the user.
  [[nodiscard]] static std::expected<std::unique_ptr<SinkServer>, std::string> create(
      const SinkOptions& options);
  // REQUIRES: never started, or wait() has returned.
  ~SinkServer();
  SinkServer(const SinkServer&) = delete;
  SinkServer& operator=(const SinkServer&) = delete;

  // Makes and checks what --capture names, as the user who is to write there. The error is one line. Before
  // start(), if options ask for samples.
  [[nodiscard]] std::expected<void, std::string> open_capture();
  // Starts thread_count() threads. `on_finished` is called by each as it ends; an error it could not know
  // before goes to stderr. Those that write samples end after the shards, when all is written or after
  // another
  // --drain-timeout.
  void start(std::function<void()> on_finished);
  // From any thread: no new mail, 421 to whoever is between transactions, and so on until --drain-timeout.
  void drain();
  // Reads again what may change while it runs: the file of --auth, certificates and keys. From the thread
  // that started it.
  [[nodiscard]] Reloaded reload();
  // SHA-256 of the certificate that was made at start; "" if none was.
  [[nodiscard]] std::string made_certificate() const;
  // Joins the threads, and removes the files of UNIX sockets. False if a shard could not serve; why is on
  // stderr.
  [[nodiscard]] bool wait();

  // Before root is given up: the files of UNIX sockets become that user's, who is to remove them.
  [[nodiscard]] std::expected<void, std::string> give_socket_files_to(const User& user);
  // For an end without wait(). A file that cannot be removed is named in a warning on stderr.
  void remove_socket_files();

  [[nodiscard]] std::size_t shard_count() const;
  [[nodiscard]] std::size_t thread_count() const;
  [[nodiscard]] std::vector<SocketAddress> addresses() const;
  [[nodiscard]] io::RingFeatures ring_features() const;
  // From any thread, running or not.
  [[nodiscard]] SinkTotals totals() const;
  [[nodiscard]] std::vector<SinkTotals> totals_by_shard() const;
  // nullptr if no samples are kept.
  [[nodiscard]] const capture::Capture* samples() const;

 private:
  struct Impl;
  explicit SinkServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailvoid::sink
