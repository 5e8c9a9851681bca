// SPDX-License-Identifier: Apache-2.0
#include "admin/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "admin/http_client.h"

namespace mailvoid::admin {
namespace {

using testing::HasSubstr;

std::unique_ptr<AdminServer> start(std::vector<Collector> collectors, std::vector<HttpRoute> more = {}) {
  auto server = AdminServer::start({}, std::move(collectors), std::move(more));
  EXPECT_TRUE(server.has_value()) << server.error();
  return server ? *std::move(server) : nullptr;
}

Collector gauge(const std::string& name, double value) {
  return [name, value](const Scrape&, MetricFamilies& families) {
    const MetricInfo info{name, "Help.", MetricType::gauge, {}};
    families.push_back(empty_family("", info));
    MetricSamples(info, families.back()).add(value);
  };
}

TEST(AdminServer, ServesTheMetricsOfAllCollectorsInOrder) {
  const auto server = start({gauge("first", 1), gauge("second", 2.5)});
  const Reply reply = get(server->address(), "/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(reply.body,
            "# HELP first Help.\n# TYPE first gauge\nfirst 1\n"
            "# HELP second Help.\n# TYPE second gauge\nsecond 2.5\n");
}

TEST(AdminServer, IsHealthyAsSoonAsItAnswers) {
  EXPECT_EQ(get(start({})->address(), "/healthz").status, 200);
}

TEST(AdminServer, IsReadyOnlyWhenItIsTold) {
  const auto server = start({});
  EXPECT_EQ(get(server->address(), "/readyz").status, 503);
  server->set_ready(true);
  EXPECT_EQ(get(server->address(), "/readyz").status, 200);
  server->set_ready(false);
  EXPECT_EQ(get(server->address(), "/readyz").status, 503);
}

TEST(AdminServer, TellsCollectorsThatShardsAreAskedFor) {
  std::atomic<bool> asked = false;
  const auto server = start({[&](const Scrape& scrape, MetricFamilies&) { asked = scrape.per_shard; }});
  EXPECT_EQ(get(server->address(), "/metrics?shards=1").status, 200);
  EXPECT_TRUE(asked);
  EXPECT_EQ(get(server->address(), "/metrics").status, 200);
  EXPECT_FALSE(asked);
}

TEST(AdminServer, ServesFurtherPaths) {
  const auto server = start({}, {{"/api/v1/x", [](const HttpRequest&) {
                                    return HttpResponse{.content_type = "application/json", .body = "{}"};
                                  }}});
  const Reply reply = get(server->address(), "/api/v1/x");
  EXPECT_EQ(reply.body, "{}");
  EXPECT_EQ(reply.header("Content-Type"), "application/json");
  EXPECT_EQ(get(server->address(), "/metrics").status, 200);
}

TEST(AdminServer, AsksCollectorsOneScrapeAtATime) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  const auto server = start({[&](const Scrape&, MetricFamilies&) {
    const int now_inside = ++inside;
    if (now_inside > most) most = now_inside;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    --inside;
  }});
  std::vector<std::thread> scrapers;
  for (int i = 0; i < 4; ++i) {
    scrapers.emplace_back([&] {
      for (int n = 0; n < 5; ++n) EXPECT_EQ(get(server->address(), "/metrics").status, 200);
    });
  }
  for (std::thread& scraper : scrapers) scraper.join();
  EXPECT_EQ(most, 1);
}

TEST(AdminServer, PassesOnWhyItCannotListen) {
  const auto first = start({});
  const auto second = AdminServer::start({.address = first->address()}, {});
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error(), HasSubstr("Address already in use"));
}

}  // namespace
}  // namespace mailvoid::admin
