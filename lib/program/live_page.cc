// SPDX-License-Identifier: Apache-2.0
#include "program/live_page.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "admin/live_feed.h"
#include "base/version.h"
#include "web/assets.h"
#include "web/live_assets.h"
#include "web/page.h"

namespace mailvoid::program {
namespace {

admin::HttpResponse page_of(std::string_view program, const LivePage& page) {
  std::vector<std::string_view> styles{web::kUplotStyle, web::kBaseStyle, web::kPartsStyle, web::kLiveStyle};
  styles.insert(styles.end(), page.styles.begin(), page.styles.end());
  const std::string licence = "/*\n" + std::string(web::kUplotLicence) + "*/";
  std::vector<std::string_view> scripts{licence,
                                        web::kUplotScript,
                                        web::kElementsScript,
                                        web::kFormatScript,
                                        web::kThemeScript,
                                        web::kChartsScript,
                                        web::kLiveFeedScript,
                                        web::kLiveChartsScript,
                                        web::kLivePageScript,
                                        web::kLiveMailScript};
  scripts.insert(scripts.end(), page.scripts.begin(), page.scripts.end());
  const web::Page whole{.title = program,
                        .styles = styles,
                        .scripts = scripts,
                        .data = "{}",
                        .without_scripts =
                            "This page is drawn by scripts within it, which do not run here. "
                            "The figures are at /metrics.",
                        .asks_its_server = true};
  return {.content_type = "text/html; charset=utf-8",
          .body = web::self_contained(whole),
          .content_security_policy = web::content_security_policy(whole) + "; frame-ancestors 'none'"};
}

std::string facts_of(std::string_view program, const LivePage& page) {
  auto all = nlohmann::ordered_json::object();
  all["program"] = program;
  all["version"] = build_info().version;
  all["revision"] = build_info().revision;
  auto& settings = all["settings"] = nlohmann::ordered_json::array();
  for (const config::SettingInForce& setting : page.settings) {
    settings.push_back({{"group", setting.group},
                        {"key", setting.key},
                        {"value", setting.value},
                        {"help", setting.help},
                        {"chosen", setting.chosen}});
  }
  all.update(nlohmann::ordered_json::parse(page.facts));
  return all.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

admin::HttpRoute fixed(std::string path, admin::HttpResponse response) {
  return {std::move(path), [response = std::move(response)](const admin::HttpRequest&) { return response; }};
}

}  // namespace

std::vector<admin::HttpRoute> live_routes(std::string_view program, LivePage page) {
  std::vector<admin::HttpRoute> routes = std::move(page.more);
  routes.push_back(fixed("/", page_of(program, page)));
  routes.push_back(
      fixed("/api/v1/facts", {.content_type = "application/json", .body = facts_of(program, page)}));
  routes.push_back(admin::LiveFeed::route(std::make_shared<admin::LiveFeed>(admin::LiveFeedOptions{
      .program = std::string(program), .read = std::move(page.read), .state = std::move(page.state)})));
  return routes;
}

}  // namespace mailvoid::program
