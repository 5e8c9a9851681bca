// SPDX-License-Identifier: Apache-2.0
#include "web/page.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

#include "base/assert.h"
#include "base/base64.h"

namespace mailvoid::web {
namespace {

// As CSP names an inline element: by what is between its tags, to the octet.
std::string hash_source(std::string_view content) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
  return "'sha256-" + base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) + "'";
}

std::string joined(std::span<const std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text += part;
    text += '\n';
  }
  return text;
}

std::string script_of(const Page& page) {
  return "(() => {\n'use strict';\n" + joined(page.scripts) + "})();\n";
}

// In JSON these octets stand in strings only, where they can be written so. Nothing in it can end the element
// then, nor begin a comment in it.
std::string inert(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  for (const char octet : json) {
    switch (octet) {
      case '<': text += "\\u003c"; break;
      case '>': text += "\\u003e"; break;
      case '&': text += "\\u0026"; break;
      default: text += octet;
    }
  }
  return text;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char octet : text) {
    switch (octet) {
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '&': result += "&amp;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += octet;
    }
  }
  return result;
}

std::string content_security_policy(const Page& page) {
  return fmt::format(
      "default-src 'none'; script-src {}; style-src {};{} base-uri 'none'; form-action 'none'; "
      "require-trusted-types-for 'script'; trusted-types 'none'",
      hash_source(script_of(page)), hash_source(joined(page.styles)),
      page.asks_its_server ? " connect-src 'self';" : "");
}

std::string self_contained(const Page& page) {
  const std::string style = joined(page.styles);
  const std::string script = script_of(page);
  MAILVOID_ASSERT(style.find("</style") == std::string::npos);
  MAILVOID_ASSERT(script.find("</script") == std::string::npos);
  return fmt::format(
      R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{}</title>
<style>{}</style>
</head>
<body>
<main id="page"></main>
<noscript><p>{}</p></noscript>
<script type="application/json" id="data">{}</script>
<script>{}</script>
</body>
</html>
)",
      content_security_policy(page), escaped(page.title), style, escaped(page.without_scripts),
      inert(page.data), script);
}

}  // namespace mailvoid::web
