// SPDX-License-Identifier: Apache-2.0
// The settings of the admin port, the same in both programs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/admin_endpoint.h"
#include "config/command_line.h"
#include "config/host.h"

namespace mailvoid::config {

struct AdminOptions : AdminEndpoint {
  std::vector<std::string> hosts;  // names that it has besides addresses and localhost
  std::string token_file;          // "": there is no token
};

// The admin port at 127.0.0.1:`port`, by the names of this machine as well.
[[nodiscard]] AdminOptions default_admin(const Host& host, std::uint16_t port);

void describe_admin(SettingTable& settings, AdminOptions& options);

// The setting that means nothing beside the others, and why; "" if all do.
[[nodiscard]] std::pair<std::string, std::string> admin_fault(const CommandLine& line,
                                                              const AdminOptions& options);

}  // namespace mailvoid::config
