// SPDX-License-Identifier: Apache-2.0
#include "admin/admin_server.h"

#include <mutex>
#include <utility>

namespace mailvoid::admin {
namespace {

// One scrape at a time: collectors need no locks of their own, and a crowd of scrapers takes the memory of
// one.
class MetricsPage {
 public:
  explicit MetricsPage(std::vector<Collector> collectors) : collectors_(std::move(collectors)) {}

  [[nodiscard]] HttpResponse render(const HttpRequest& request) {
    const Scrape scrape{.per_shard = request.has("shards", "1")};
    const std::scoped_lock lock(mutex_);
    MetricFamilies families;
    for (const Collector& collect : collectors_) collect(scrape, families);
    return {.content_type = std::string(kMetricsContentType), .body = to_text(families)};
  }

 private:
  std::vector<Collector> collectors_;
  std::mutex mutex_;
};

}  // namespace

std::expected<std::unique_ptr<AdminServer>, std::string> AdminServer::start(const HttpServerOptions& options,
                                                                            std::vector<Collector> collectors,
                                                                            std::vector<HttpRoute> more) {
  auto state = std::make_unique<State>();
  auto metrics = std::make_shared<MetricsPage>(std::move(collectors));
  std::vector<HttpRoute> routes = std::move(more);
  routes.push_back({"/metrics", [metrics](const HttpRequest& request) { return metrics->render(request); }});
  routes.push_back({"/healthz", [](const HttpRequest&) { return HttpResponse{.body = "ok\n"}; }});
  routes.push_back({"/readyz", [state = state.get()](const HttpRequest&) {
                      return state->ready.load(std::memory_order_relaxed)
                                 ? HttpResponse{.body = "ready\n"}
                                 : HttpResponse{.status = 503, .body = "not ready\n"};
                    }});

  auto http = HttpServer::start(options, std::move(routes));
  if (!http) return std::unexpected(std::move(http.error()));
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(state), *std::move(http)));
}

}  // namespace mailvoid::admin
