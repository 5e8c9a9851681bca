// SPDX-License-Identifier: Apache-2.0
#include "program/admin_port.h"

#include <fmt/format.h>

#include <utility>

#include "admin/process_metrics.h"
#include "base/version.h"
#include "io/uring.h"
#include "program/admin_token.h"
#include "program/facts.h"
#include "program/log.h"
#include "scan/simd.h"

namespace mailvoid::program {
namespace {

std::expected<std::string, std::string> token_of(const config::AdminOptions& options) {
  auto token = read_admin_token(options.token_file);
  if (!token) return std::unexpected("--admin-token-file: " + token.error());
  if (!token->warning.empty()) {
    log(LogLevel::warning, "token_readable", "--admin-token-file: " + token->warning);
  }
  return std::move(token->text);
}

}  // namespace

std::expected<std::unique_ptr<admin::AdminServer>, std::string> open_admin_port(
    std::string_view program, const config::AdminOptions& options, AdminContent content) {
  if (!options.address) return nullptr;
  const admin::Collector common = [](const admin::Scrape&, admin::MetricFamilies& families) {
    const BuildInfo& build = build_info();
    const std::string backend = io::ring_in_use();
    admin::append_common_metrics(
        {build.version, build.revision, build.compiler, allocator_name(), scan::simd_in_use(), backend},
        families);
  };
  admin::HttpServerOptions http;
  http.address = options.address->text();
  http.host_names = options.hosts;
  if (!options.token_file.empty()) {
    auto token = token_of(options);
    if (!token) return std::unexpected(std::move(token.error()));
    http.token = *std::move(token);
  }
  auto started = admin::AdminServer::start(http, {common, std::move(content.metrics)},
                                           live_routes(program, std::move(content.page)));
  if (started) return started;
  if (options.named) return std::unexpected("--admin: " + started.error());
  log(LogLevel::warning, "no_admin_port",
      fmt::format("no metrics: {} (--admin chooses another port)", started.error()));
  return nullptr;
}

std::expected<void, std::string> reload_token(const config::AdminOptions& options,
                                              admin::AdminServer& server) {
  auto token = token_of(options);
  if (!token) return std::unexpected(std::move(token.error()));
  server.replace_token(*std::move(token));
  return {};
}

}  // namespace mailvoid::program
