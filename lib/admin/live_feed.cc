// SPDX-License-Identifier: Apache-2.0
#include "admin/live_feed.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>

namespace mailvoid::admin {
namespace {

// To the millisecond.
double unix_seconds() {
  const auto time = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<double>(std::chrono::floor<std::chrono::milliseconds>(time).count()) / 1000;
}

// 0, which is all, for what is no number.
std::uint64_t since_of(std::string_view query) {
  std::uint64_t since = 0;
  constexpr std::string_view kName = "since=";
  if (query.starts_with(kName)) {
    query.remove_prefix(kName.size());
    std::from_chars(query.data(), query.data() + query.size(), since);
  }
  return since;
}

}  // namespace

LiveFeed::LiveFeed(LiveFeedOptions options)
    : options_(std::move(options)),
      instance_(
          fmt::format("{}-{}", ::getpid(), std::chrono::system_clock::now().time_since_epoch().count())),
      history_(options_.points_max) {
  thread_ = std::thread([this] { run(); });
}

LiveFeed::~LiveFeed() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void LiveFeed::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  ::prctl(PR_SET_NAME, "live-feed");
  auto due = std::chrono::steady_clock::now();
  for (;;) {
    take();
    // After a pause of the machine the readings missed are not made up for.
    due = std::max(due + options_.interval, std::chrono::steady_clock::now());
    std::unique_lock lock(mutex_);
    if (wake_.wait_until(lock, due, [this] { return stopping_; })) return;
  }
}

void LiveFeed::take() {
  const double at = unix_seconds();
  const auto figures = options_.read();
  if (!figures) return;
  const std::scoped_lock lock(mutex_);
  history_.add(at, *figures);
}

HttpResponse LiveFeed::answer(const HttpRequest& request) const {
  const std::string state = options_.state();
  std::string history;
  {
    const std::scoped_lock lock(mutex_);
    history = history_.json_since(since_of(request.query));
  }
  return {.content_type = "application/json",
          .body = fmt::format(
              "{{\"program\":{},\"instance\":\"{}\",\"interval_seconds\":{},\"points_max\":{},"
              "\"state\":{},{}}}\n",
              nlohmann::json(options_.program).dump(), instance_,
              std::chrono::duration<double>(options_.interval).count(), options_.points_max, state, history)};
}

HttpRoute LiveFeed::route(std::shared_ptr<const LiveFeed> feed) {
  return {"/api/v1/live",
          [feed = std::move(feed)](const HttpRequest& request) { return feed->answer(request); }};
}

}  // namespace mailvoid::admin
