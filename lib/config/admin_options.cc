// SPDX-License-Identifier: Apache-2.0
#include "config/admin_options.h"

#include <algorithm>

#include "config/value.h"

namespace mailvoid::config {
namespace {

constexpr std::size_t kNameOctetsMax = 253;  // RFC 1035 section 2.3.4

std::string check_nonempty(std::string_view text) { return text.empty() ? "is empty" : ""; }

// Not only host names of RFC 1123: Docker's have underscores.
std::string check_name(std::string_view text) {
  const bool fits = !text.empty() && text.size() <= kNameOctetsMax;
  const bool plain = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
  return fits && plain ? "" : "is not the name of a host, which has neither http:// nor a port";
}

}  // namespace

AdminOptions default_admin(const Host& host, std::uint16_t port) {
  AdminOptions options;
  options.address = SocketAddress::numeric("127.0.0.1", port);
  const std::string first = host.name.substr(0, host.name.find('.'));
  for (const std::string& name : {host.name, first}) {
    if (check_name(name).empty() && std::ranges::find(options.hosts, name) == options.hosts.end())
      options.hosts.push_back(name);
  }
  return options;
}

void describe_admin(SettingTable& settings, AdminOptions& options) {
  settings.value("admin", static_cast<AdminEndpoint&>(options), admin_endpoint(),
                 "where /metrics, /healthz and /readyz are, and at / a page for a browser");
  settings.list(
      "admin-host", options.hosts, text("NAME", check_name),
      "a name that clients call the admin port by; addresses and localhost go without saying. Any other "
      "in a request's Host is refused: a web site may have made its own name point here");
  settings.value(
      "admin-token-file", options.token_file, text("FILE", check_nonempty),
      "holds a secret of 16 characters or more (openssl rand -hex 32), which mailvoid-sink reads again on "
      "SIGHUP: only who sends 'Authorization: Bearer SECRET' to the admin port sees mail there. Without "
      "it, mail is shown only where nobody but this machine can connect");
}

std::pair<std::string, std::string> admin_fault(const CommandLine& line, const AdminOptions& options) {
  if (options.address) return {};
  for (const char* name : {"admin-host", "admin-token-file"}) {
    if (line.given(name)) return {name, "means nothing with --admin off"};
  }
  return {};
}

}  // namespace mailvoid::config
