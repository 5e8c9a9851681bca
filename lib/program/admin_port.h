// SPDX-License-Identifier: Apache-2.0
// The admin port of a program: its own metrics, with those that every program has, and its live page.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "admin/admin_server.h"
#include "config/admin_options.h"
#include "program/live_page.h"

namespace mailvoid::program {

struct AdminContent {
  admin::Collector metrics;  // the program's own
  LivePage page;
};

// nullptr where there is to be none. A taken port is an error if the user named it; the default one may be
// taken by another mailvoid, which is a warning in the log. A token that cannot be read is an error. What the
// functions of `content` refer to outlives the server.
[[nodiscard]] std::expected<std::unique_ptr<admin::AdminServer>, std::string> open_admin_port(
    std::string_view program, const config::AdminOptions& options, AdminContent content);

// Reads --admin-token-file again, for who asks from now on. With an error, a line that names the option, the
// token of before stays. REQUIRES: the server was opened with these options, and they name a file.
[[nodiscard]] std::expected<void, std::string> reload_token(const config::AdminOptions& options,
                                                            admin::AdminServer& server);

}  // namespace mailvoid::program
