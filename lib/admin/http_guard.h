// SPDX-License-Identifier: Apache-2.0
// Whether an HTTP request comes from whom it should. Browsers let any web site send requests to this machine
// and to its network; what tells those from the user's own are headers that a page's scripts cannot forge.
//
//   DNS rebinding        a site's own name is made to point here: Host names what it should not
//   cross-site requests  Origin and Sec-Fetch-Site (Fetch Metadata, W3C) say that another site's page asks
//   strangers            who shows no bearer token (RFC 6750 section 2.1) sees no mail
//
// Without I/O; all of it may be asked from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailvoid::admin {

// Who a route is for. Whatever shows mail or changes anything is for `token_holder`.
enum class Access : std::uint8_t {
  anyone,
  token_holder,  // who shows the token; without one, whoever is on this machine if nobody else can get here
};

// What a request says of itself. Empty where it says nothing.
struct HttpCaller {
  bool names_host_once = true;  // HTTP/1.0 may do without (RFC 9112 section 3.2)
  std::string_view host = {};
  std::string_view origin = {};
  std::string_view fetch_site = {};  // Sec-Fetch-Site
  std::string_view fetch_mode = {};  // Sec-Fetch-Mode
  std::string_view authorization = {};
};

struct HttpRefusal {
  int status;
  std::string text;  // a line for people
};

struct HttpGuardOptions {
  // Names that Host may have besides addresses, localhost and what ends in .localhost: none of those can be
  // made to point elsewhere than they do. Letters of either case.
  std::vector<std::string> host_names = {};
  std::string token = {};  // "": there is none
  bool only_local = true;  // nobody but this machine can connect
};

class HttpGuard {
 public:
  explicit HttpGuard(HttpGuardOptions options);

  // Another token in the place of the one that there is; whoever shows that one is a stranger from now on.
  // REQUIRES: neither is "".
  void replace_token(std::string token);

  // Nothing, or why not: 400, 401, 403 or 421.
  [[nodiscard]] std::optional<HttpRefusal> refuse(const HttpCaller& caller, Access access) const;

 private:
  [[nodiscard]] bool knows_host(std::string_view host) const;
  [[nodiscard]] std::optional<HttpRefusal> refuse_stranger(std::string_view authorization) const;

  HttpGuardOptions options_;  // names in lower case, without a dot at the end
  mutable std::mutex token_mutex_;
};

}  // namespace mailvoid::admin
