// SPDX-License-Identifier: Apache-2.0
// The page at / of an admin port: what goes on in the program, a second at a time. All it needs is in it, and
// all that it asks for afterwards is the program's own API.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/figures.h"
#include "admin/http_server.h"
#include "config/setting.h"

namespace mailvoid::program {

struct LivePage {
  // The program's own, behind those that both programs have (lib/web/live_page). Static storage.
  std::vector<std::string_view> styles;
  std::vector<std::string_view> scripts;
  std::vector<config::SettingInForce> settings;
  // A JSON object of what else stays as it is.
  std::string facts;
  // As LiveFeedOptions has them.
  std::function<std::optional<std::vector<admin::Figure>>()> read;
  std::function<std::string()> state;
  // What else the program's scripts ask for.
  std::vector<admin::HttpRoute> more;
};

// The page, /api/v1/live, and /api/v1/facts:
//   {"program", "version", "revision", "settings": [{"group", "key", "value", "help", "chosen"}], and what
//    `facts` has}
// From now on and as long as the routes live, readings are taken.
[[nodiscard]] std::vector<admin::HttpRoute> live_routes(std::string_view program, LivePage page);

}  // namespace mailvoid::program
