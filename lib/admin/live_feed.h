// SPDX-License-Identifier: Apache-2.0
// What goes on in a program, for a page that asks each second: the figures of the last quarter of an hour,
// read once a second by a thread of its own from counters that are there anyway, and what it is doing now.
//
//   /api/v1/live[?since=N]
//   {
//     "program":  "mailvoid-sink",
//     "instance": an opaque text, another one for each process: what was read before is of another run then
//     "interval_seconds": from one reading to the next
//     "points_max": readings that are kept
//     "state":    an object, the program's own
//     "next", "at", "columns": as History::json_since(N) has them
//   }
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "admin/figures.h"
#include "admin/history.h"
#include "admin/http_server.h"

namespace mailvoid::admin {

struct LiveFeedOptions {
  std::string program;
  // The figures of the moment; nothing while there are none (no run is on). Called by the feed's thread.
  std::function<std::optional<std::vector<Figure>>()> read;
  // A JSON object. Called by the server's threads.
  std::function<std::string()> state;
  std::chrono::milliseconds interval{1000};
  std::size_t points_max = 900;
};

class LiveFeed {
 public:
  // Reads at once, and then each interval. The thread blocks every signal.
  explicit LiveFeed(LiveFeedOptions options);
  // No function of the options runs any more when it returns.
  ~LiveFeed();
  LiveFeed(const LiveFeed&) = delete;
  LiveFeed& operator=(const LiveFeed&) = delete;

  // From any thread.
  [[nodiscard]] HttpResponse answer(const HttpRequest& request) const;

  // The route of `feed`, which it keeps alive.
  [[nodiscard]] static HttpRoute route(std::shared_ptr<const LiveFeed> feed);

 private:
  void run();
  void take();

  LiveFeedOptions options_;
  std::string instance_;
  mutable std::mutex mutex_;  // of what follows
  History history_;
  bool stopping_ = false;
  std::condition_variable wake_;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace mailvoid::admin
