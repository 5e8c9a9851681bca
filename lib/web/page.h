// SPDX-License-Identifier: Apache-2.0
// HTML pages that are whole in one file: they load nothing, and a browser is told (Content Security Policy,
// level 3, in the page itself) to run and apply nothing but what is in them here.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mailvoid::web {

struct Page {
  std::string_view title;  // any text
  // Each list becomes one element, its parts one behind the other. The scripts run once the page stands, in
  // one strict scope of their own. REQUIRES: no part contains "</script" or "</style".
  std::span<const std::string_view> styles;
  std::span<const std::string_view> scripts;
  // JSON: any text as far as the page's safety goes. It is what the element with the id "data" holds.
  std::string_view data;
  // What is shown where scripts do not run; any text.
  std::string_view without_scripts;
  // Whether the scripts may ask the server that the page is from, and nobody else.
  bool asks_its_server = false;
};

// A document whose <main id="page"> is for the scripts to fill. Scripts come from `page` alone: neither the
// data nor what the scripts make of it can become one (hashes, no inline handlers, Trusted Types).
[[nodiscard]] std::string self_contained(const Page& page);

// The policy that it has in it, for the header of the answer that it is sent in.
[[nodiscard]] std::string content_security_policy(const Page& page);

// `text` as the content of an HTML element or of a quoted attribute.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace mailvoid::web
