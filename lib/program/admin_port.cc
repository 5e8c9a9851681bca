// SPDX-License-Identifier: Apache-2.0
#include "program/admin_port.h"

#include <fmt/format.h>

#include <utility>

#include "admin/process_metrics.h"
#include "base/version.h"
#include "program/facts.h"
#include "scan/simd.h"

namespace mailvoid::program {

std::expected<std::unique_ptr<admin::AdminServer>, std::string> open_admin_port(
    std::string_view program, const config::AdminEndpoint& endpoint, admin::Collector collector) {
  if (!endpoint.address) return nullptr;
  const admin::Collector common = [](const admin::Scrape&, admin::MetricFamilies& families) {
    const BuildInfo& build = build_info();
    admin::append_common_metrics(
        {build.version, build.revision, build.compiler, allocator_name(), scan::simd_in_use()}, families);
  };
  admin::HttpServerOptions options;
  options.address = endpoint.address->text();
  auto started = admin::AdminServer::start(options, {common, std::move(collector)});
  if (started || endpoint.named) return started;
  fmt::print(stderr, "{}: warning: no metrics: {} (--admin chooses another port)\n", program,
             started.error());
  return nullptr;
}

}  // namespace mailvoid::program
