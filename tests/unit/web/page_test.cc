// SPDX-License-Identifier: Apache-2.0
#include "web/page.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include <array>
#include <string>
#include <vector>

#include "web/assets.h"

namespace mailvoid::web {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::array<std::string_view, 1> kStyles{"p { color: red }"};
constexpr std::array<std::string_view, 2> kScripts{"const a = 1;", "run(a);"};

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  EXPECT_NE(begin, std::string::npos) << from;
  const std::size_t end = text.find(to, begin + from.size());
  EXPECT_NE(end, std::string::npos) << to;
  return text.substr(begin + from.size(), end - begin - from.size());
}

// By another way through OpenSSL than the page takes.
std::string sha256_base64(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EXPECT_EQ(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr), 1);
  std::array<unsigned char, 100> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {encoded.begin(), encoded.begin() + length};
}

std::string page_with(std::string_view data, std::string_view title = "A title") {
  return self_contained(
      {.title = title, .styles = kStyles, .scripts = kScripts, .data = data, .without_scripts = "Needs <b>"});
}

TEST(SelfContainedPage, AllowsItsOwnScriptAndStyleByTheirHashesAndNothingElse) {
  const std::string page = page_with("{}");
  const std::string policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  const std::string script = between(page, "<script>", "</script>");
  EXPECT_THAT(script, HasSubstr("const a = 1;\nrun(a);"));
  EXPECT_EQ(policy, "default-src 'none'; script-src 'sha256-" + sha256_base64(script) +
                        "'; style-src 'sha256-" + sha256_base64(between(page, "<style>", "</style>")) +
                        "'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
                        "trusted-types 'none'");
}

TEST(SelfContainedPage, MayAskItsServerOnlyWhereItIsToldSo) {
  constexpr std::string_view kMay = "connect-src";
  EXPECT_THAT(page_with("{}"), Not(HasSubstr(kMay)));
  const Page page{.title = "A title",
                  .styles = kStyles,
                  .scripts = kScripts,
                  .data = "{}",
                  .without_scripts = "",
                  .asks_its_server = true};
  EXPECT_THAT(content_security_policy(page),
              AllOf(HasSubstr("default-src 'none'; "), HasSubstr("; connect-src 'self'; ")));
}

TEST(SelfContainedPage, HasThePolicyThatItsHeaderShallHave) {
  const Page page{.title = "A title",
                  .styles = kStyles,
                  .scripts = kScripts,
                  .data = "{}",
                  .without_scripts = "",
                  .asks_its_server = true};
  EXPECT_EQ(between(self_contained(page), "Content-Security-Policy\" content=\"", "\""),
            content_security_policy(page));
}

TEST(SelfContainedPage, KeepsDataFromEndingTheirElement) {
  const std::string page = page_with(R"({"text":"</script><script>alert(1)</script><!--<script>&amp;"})");
  EXPECT_EQ(
      between(page, "id=\"data\">", "</script>"),
      R"({"text":"\u003c/script\u003e\u003cscript\u003ealert(1)\u003c/script\u003e\u003c!--\u003cscript)"
      R"(\u003e\u0026amp;"})");
}

TEST(SelfContainedPage, WritesTextAsText) {
  const std::string page = page_with("{}", R"(</title><script>"it's" & more)");
  EXPECT_EQ(between(page, "<title>", "</title>"),
            "&lt;/title&gt;&lt;script&gt;&quot;it&#39;s&quot; &amp; more");
  EXPECT_THAT(page, HasSubstr("<noscript><p>Needs &lt;b&gt;</p></noscript>"));
}

TEST(SelfContainedPage, RefersToNothingOutside) {
  EXPECT_THAT(page_with("{}"), Not(HasSubstr("src=")));
  EXPECT_THAT(page_with("{}"), Not(HasSubstr("href=")));
}

TEST(Assets, AreWhole) {
  EXPECT_THAT(std::string(kUplotScript), testing::StartsWith("/*! https://github.com/leeoniya/uPlot"));
  EXPECT_THAT(std::string(kUplotScript), HasSubstr("var uPlot="));
  EXPECT_THAT(std::string(kUplotStyle), HasSubstr(".u-axis"));
  EXPECT_THAT(std::string(kUplotLicence), testing::StartsWith("The MIT License"));
  EXPECT_THAT(std::string(kUplotLicence), testing::HasSubstr("Permission is hereby granted"));
}

TEST(Assets, CannotEndTheElementThatHoldsThem) {
  for (const std::string_view asset :
       {kUplotScript, kUplotStyle, kUplotLicence, kBaseStyle, kElementsScript, kFormatScript, kThemeScript}) {
    EXPECT_THAT(std::string(asset), Not(HasSubstr("</s")));
    EXPECT_FALSE(asset.empty());
  }
}

}  // namespace
}  // namespace mailvoid::web
