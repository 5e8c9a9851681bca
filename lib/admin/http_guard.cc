// SPDX-License-Identifier: Apache-2.0
#include "admin/http_guard.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "base/ip_address.h"

namespace mailvoid::admin {
namespace {

constexpr std::size_t kHostShownMax = 100;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string all(text);
  std::ranges::transform(all, all.begin(), lower);
  return all;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string canonical_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return lowered(name);
}

// Without the port: "localhost", "192.0.2.1", "[::1]". "" where there is no making sense of it.
std::string_view name_in(std::string_view authority) {
  const bool brackets = authority.starts_with('[');
  const std::size_t end = brackets ? authority.find(']') + 1 : authority.find(':');
  if (brackets && end == 0) return {};
  const std::string_view name = authority.substr(0, end);
  const std::string_view rest = authority.substr(name.size());
  if (rest.empty()) return name;
  const std::string_view port = rest.substr(1);
  const bool digits = std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return rest.front() == ':' && digits ? name : std::string_view();
}

bool is_address(std::string_view name) {
  if (!name.starts_with('[')) {
    const auto address = parse_ip_literal(name);
    return address && !address->v6;
  }
  const auto address = parse_ip_literal(name.substr(1, name.size() - 2));
  return address && address->v6;
}

// A page of ours asks where it came from: what follows the scheme is what Host says.
bool is_own_origin(std::string_view origin, std::string_view host) {
  const std::size_t scheme = origin.find("://");
  return scheme != std::string_view::npos && same_letters(origin.substr(scheme + 3), host);
}

bool is_another_site(const HttpCaller& caller, Access access) {
  if (!caller.origin.empty() && !is_own_origin(caller.origin, caller.host)) return true;
  if (caller.fetch_site.empty() || caller.fetch_site == "same-origin" || caller.fetch_site == "none")
    return false;
  // A link may lead here from anywhere: the site that it is on sees nothing of what it leads to.
  return access != Access::anyone || caller.fetch_mode != "navigate";
}

}  // namespace

HttpGuard::HttpGuard(HttpGuardOptions options) : options_(std::move(options)) {
  for (std::string& name : options_.host_names) name = canonical_name(name);
}

void HttpGuard::replace_token(std::string token) {
  const std::scoped_lock lock(token_mutex_);
  options_.token = std::move(token);
}

bool HttpGuard::knows_host(std::string_view host) const {
  const std::string_view bare = name_in(host);
  if (is_address(bare)) return true;
  const std::string name = canonical_name(bare);
  return name == "localhost" || name.ends_with(".localhost") ||
         (!name.empty() && std::ranges::find(options_.host_names, name) != options_.host_names.end());
}

std::optional<HttpRefusal> HttpGuard::refuse_stranger(std::string_view authorization) const {
  const std::scoped_lock lock(token_mutex_);
  if (options_.token.empty()) {
    if (options_.only_local) return std::nullopt;
    return HttpRefusal{403, "other machines can get here, so this needs a token: see --admin-token-file"};
  }
  const std::size_t space = std::min(authorization.find(' '), authorization.size());
  const std::string_view scheme = authorization.substr(0, space);
  std::string_view shown = authorization.substr(space);
  shown.remove_prefix(std::min(shown.find_first_not_of(' '), shown.size()));
  // What can be timed is how long the token is, not how much of it was right.
  const bool right = same_letters(scheme, "Bearer") && shown.size() == options_.token.size() &&
                     CRYPTO_memcmp(shown.data(), options_.token.data(), shown.size()) == 0;
  if (right) return std::nullopt;
  return HttpRefusal{401, authorization.empty() ? "this needs the header 'Authorization: Bearer TOKEN'"
                                                : "that is not the token"};
}

std::optional<HttpRefusal> HttpGuard::refuse(const HttpCaller& caller, Access access) const {
  if (!caller.names_host_once) return HttpRefusal{400, "one Host header, please"};
  if (!caller.host.empty() && !knows_host(caller.host)) {
    return HttpRefusal{421, fmt::format("not called '{}' here: --admin-host lets it be",
                                        name_in(caller.host).substr(0, kHostShownMax))};
  }
  if (is_another_site(caller, access)) return HttpRefusal{403, "not for the pages of other sites"};
  return access == Access::token_holder ? refuse_stranger(caller.authorization) : std::nullopt;
}

}  // namespace mailvoid::admin
