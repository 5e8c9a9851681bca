// SPDX-License-Identifier: Apache-2.0
#include "smtp/address.h"

#include <gtest/gtest.h>
#include <regex.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace mailvoid::smtp {
namespace {

// What parse_path() makes of `text`, in a word.
std::string parsed(std::string_view text) {
  // A buffer of just that size, so that a sanitizer sees a step beyond it.
  const auto buffer = std::make_unique<char[]>(text.size());
  std::memcpy(buffer.get(), text.data(), text.size());
  const auto path = parse_path({buffer.get(), text.size()});
  if (path) return std::string(path->mailbox) + (path->rest.empty() ? "" : " + " + std::string(path->rest));
  switch (path.error()) {
    case AddressError::syntax: return "syntax";
    case AddressError::too_long: return "too long";
    case AddressError::eight_bit: return "8-bit";
    case AddressError::utf8: return "not UTF-8";
  }
  return "?";
}

std::string repeated(std::size_t times, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Path, IsTheMailboxWithoutBrackets) {
  EXPECT_EQ(parsed("<user@example.com>"), "user@example.com");
  EXPECT_EQ(parsed("<User.Name+Tag@EXAMPLE.com>"), "User.Name+Tag@EXAMPLE.com");
  EXPECT_EQ(parsed("<!#$%&'*+-/=?^_`{|}~@example.com>"), "!#$%&'*+-/=?^_`{|}~@example.com");
  EXPECT_EQ(parsed("<a@b>"), "a@b");
}

TEST(Path, MayBeNull) { EXPECT_EQ(parsed("<>"), ""); }

TEST(Path, IsFollowedByParametersOrNothing) {
  EXPECT_EQ(parsed("<a@b> SIZE=5 BODY=7BIT"), "a@b + SIZE=5 BODY=7BIT");
  EXPECT_EQ(parsed("<a@b>   SIZE=5"), "a@b + SIZE=5");
  EXPECT_EQ(parsed("<a@b>  "), "a@b");
  EXPECT_EQ(parsed("<> SIZE=5"), " + SIZE=5");
  EXPECT_EQ(parsed("<a@b>SIZE=5"), "syntax");
  EXPECT_EQ(parsed("<a@b>>"), "syntax");
  EXPECT_EQ(parsed("<a@b>\t"), "syntax");
  EXPECT_EQ(parsed("<>x"), "syntax");
}

TEST(Path, NeedsNoBracketsFromOldClients) {
  EXPECT_EQ(parsed("a@b"), "a@b");
  EXPECT_EQ(parsed("a@b SIZE=5"), "a@b + SIZE=5");
  EXPECT_EQ(parsed("\"a b\"@c SIZE=5"), "\"a b\"@c + SIZE=5");
  EXPECT_EQ(parsed("root"), "root");
  EXPECT_EQ(parsed(""), "syntax");
  EXPECT_EQ(parsed(" "), "syntax");
  EXPECT_EQ(parsed("a@b>"), "syntax");
  EXPECT_EQ(parsed("@x:a@b"), "syntax");
}

TEST(Path, NeedsBothBracketsOrNone) {
  EXPECT_EQ(parsed("<a@b"), "syntax");
  EXPECT_EQ(parsed("<"), "syntax");
  EXPECT_EQ(parsed("<<a@b>>"), "syntax");
  EXPECT_EQ(parsed("<a@b SIZE=5"), "syntax");
}

TEST(Path, NeedsNoDomain) {
  EXPECT_EQ(parsed("<Postmaster>"), "Postmaster");
  EXPECT_EQ(parsed("<pOsTmAsTeR>"), "pOsTmAsTeR");
  EXPECT_EQ(parsed("<root>"), "root");
  EXPECT_EQ(parsed("<\"a b\">"), "\"a b\"");
}

TEST(Path, LosesItsSourceRoute) {
  EXPECT_EQ(parsed("<@a:u@c>"), "u@c");
  EXPECT_EQ(parsed("<@a,@b:u@c>"), "u@c");
  EXPECT_EQ(parsed("<@a.example,@b.example,@c.example:u@d.example> SIZE=5"), "u@d.example + SIZE=5");
  EXPECT_EQ(parsed("<@a:Postmaster>"), "Postmaster");
  for (const std::string_view text :
       {"<@a>", "<@a:>", "<@:u@c>", "<@a,:u@c>", "<@a,b:u@c>", "<@a;@b:u@c>", "<@a@b:u@c>", "<a:u@c>",
        "<@a: u@c>", "<@a, @b:u@c>", "<@a:@b:u@c>", "<@", "<@a", "<@a:"}) {
    EXPECT_EQ(parsed(text), "syntax") << text;
  }
}

TEST(Path, HasAQuotedLocalPartAsWritten) {
  EXPECT_EQ(parsed("<\"a b\"@c>"), "\"a b\"@c");
  EXPECT_EQ(parsed("<\"a>b\"@c>"), "\"a>b\"@c");
  EXPECT_EQ(parsed("<\"a@b\"@c>"), "\"a@b\"@c");
  EXPECT_EQ(parsed(R"(<"a\"b"@c>)"), R"("a\"b"@c)");
  EXPECT_EQ(parsed(R"(<"a\\"@c>)"), R"("a\\"@c)");
  EXPECT_EQ(parsed(R"(<"\a"@c>)"), R"("\a"@c)");
  EXPECT_EQ(parsed("<\"\"@c>"), "\"\"@c");
  EXPECT_EQ(parsed("<\"..\"@c>"), "\"..\"@c");
  for (const std::string_view text :
       {R"(<"a@c>)", R"(<"a\"@c>)", R"(<"a"b@c>)", R"(<a"b"@c>)", R"(<"a"."b"@c>)", R"(<")", R"(<"\)",
        "<\"a\tb\"@c>", "<\"a\x7f\"@c>", "<\"\\\r\"@c>"}) {
    EXPECT_EQ(parsed(text), "syntax") << text;
  }
}

TEST(Path, RefusesWhatIsMissingOrOutOfPlace) {
  for (const std::string_view text :
       {"<@b>",    "<a@>",    "<@>",     "<a b@c>",  "<a@b c>",  "< a@b>",   "<a@b >",  "< >",
        "<a@b@c>", "<.a@b>",  "<a.@b>",  "<a..b@c>", "<.>",      "<a@.b>",   "<a@b.>",  "<a@b..c>",
        "<a@.>",   "<a,b@c>", "<a;b@c>", "<a(b)@c>", "<a\\b@c>", "<a@b/c>",  "<a@b:c>", "<a@b!c>",
        "<a:b@c>", "<a@-b>",  "<a@b->",  "<a@b.-c>", "<a\tb@c>", "<a@b\x7f>"}) {
    EXPECT_EQ(parsed(text), "syntax") << text;
  }
  EXPECT_EQ(parsed(std::string_view("<a\0b@c>", 7)), "syntax");
  EXPECT_EQ(parsed(std::string_view("<a@b\0>", 6)), "syntax");
}

TEST(Path, TakesHyphensAndUnderscoresInsideLabels) {
  EXPECT_EQ(parsed("<a@b-c.d--e.example>"), "a@b-c.d--e.example");
  EXPECT_EQ(parsed("<a@my_host>"), "a@my_host");
  EXPECT_EQ(parsed("<a@_dmarc.example>"), "a@_dmarc.example");
  EXPECT_EQ(parsed("<a@1.2.3.4>"), "a@1.2.3.4");
}

TEST(Path, TellsEightBitOctetsFromOtherFaults) {
  for (const std::string_view text :
       {"<\xc3\xbc@b>", "<a\xff@b>", "<a@b\xc3\xa9.example>", "<\"\xc3\xbc\"@b>", "<\"\\\xc3\"@b>", "a\xe9@b",
        "<@\xc3\xbc:a@b>", "<a@[\xc3\xbc]>", "<a@b\xe9>"}) {
    EXPECT_EQ(parsed(text), "8-bit") << text;
  }
}

TEST(Path, HasALocalPartOfUpTo64Octets) {
  const std::string local = repeated(64, "l");
  EXPECT_EQ(parsed("<" + local + "@b>"), local + "@b");
  EXPECT_EQ(parsed("<" + local + "l@b>"), "too long");
  EXPECT_EQ(parsed("<" + local + ">"), local);
  EXPECT_EQ(parsed("<" + local + "l>"), "too long");
  EXPECT_EQ(parsed("<\"" + repeated(62, "l") + "\"@b>"), "\"" + repeated(62, "l") + "\"@b");
  EXPECT_EQ(parsed("<\"" + repeated(63, "l") + "\"@b>"), "too long");
}

TEST(Path, IsUpTo256OctetsLong) {
  const std::string local = repeated(64, "l") + "@";
  const std::string domain = repeated(95, "d.") + "e";  // 191 octets
  EXPECT_EQ(parsed("<" + local + domain + ">"), local + domain);
  EXPECT_EQ(parsed("<" + local + domain + "e>"), "too long");
  EXPECT_EQ(parsed(local + domain), local + domain);
  EXPECT_EQ(parsed(local + domain + "e"), "too long");
  EXPECT_EQ(parsed("<@aa:" + local + domain.substr(4) + ">"), local + domain.substr(4));
  EXPECT_EQ(parsed("<@aaa:" + local + domain.substr(4) + ">"), "too long");
}

TEST(Path, HasADomainOfUpTo255Octets) {
  const std::string domain = repeated(127, "d.") + "e";
  EXPECT_TRUE(is_domain(domain));
  EXPECT_FALSE(is_domain(domain + "e"));
}

TEST(Domain, IsLabelsPartedByDots) {
  for (const std::string_view text : {"a", "example.com", "1", "a-b", "a_b", "xn--bcher-kva.example"}) {
    EXPECT_TRUE(is_domain(text)) << text;
  }
  for (const std::string_view text :
       {"", ".", "a.", ".a", "a..b", "-a", "a-", "a b", "a@b", "[1.2.3.4]", "a\n"}) {
    EXPECT_FALSE(is_domain(text)) << text;
  }
}

TEST(AddressLiteral, IsIpv4) {
  for (const std::string_view text : {"[127.0.0.1]", "[0.0.0.0]", "[255.255.255.255]", "[001.002.003.004]"}) {
    EXPECT_TRUE(is_address_literal(text)) << text;
    EXPECT_EQ(parsed("<a@" + std::string(text) + ">"), "a@" + std::string(text));
  }
  for (const std::string_view text :
       {"[]", "[1.2.3]", "[1.2.3.4.5]", "[1.2.3.256]", "[1.2.3.]", "[.1.2.3]", "[1..2.3]", "[1.2.3.4 ]",
        "[ 1.2.3.4]", "[0001.2.3.4]", "[a.b.c.d]", "[1.2.3.-4]", "1.2.3.4", "[1.2.3.4", "[1.2.3.4]]", "["}) {
    EXPECT_FALSE(is_address_literal(text)) << text;
    if (text.starts_with('[')) {
      EXPECT_EQ(parsed("<a@" + std::string(text) + ">"), "syntax") << text;
    }
  }
}

TEST(AddressLiteral, IsIpv6WithItsTag) {
  for (const std::string_view text :
       {"::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
        "ABCD:ef01::", "::ffff:192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "::192.0.2.1", "1::6:192.0.2.1",
        "0:0:0:0:0:0:0:0"}) {
    EXPECT_TRUE(is_address_literal("[IPv6:" + std::string(text) + "]")) << text;
    EXPECT_TRUE(is_address_literal("[ipV6:" + std::string(text) + "]")) << text;
    EXPECT_FALSE(is_address_literal("[" + std::string(text) + "]")) << text;
  }
  for (const std::string_view text : {"",
                                      ":",
                                      ":::",
                                      "1",
                                      "1:2",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1::2",
                                      "12345::",
                                      "g::",
                                      "1:2:3:4:5:6:7:192.0.2.1",
                                      "192.0.2.1::",
                                      "::192.0.2.1:1",
                                      "::192.0.2",
                                      "::256.0.0.1",
                                      "1:",
                                      ":1",
                                      "::1 ",
                                      "1:2:3:4:5:6:7:8%lo",
                                      "1.2.3.4"}) {
    EXPECT_FALSE(is_address_literal("[IPv6:" + std::string(text) + "]")) << text;
  }
}

TEST(AddressLiteral, HasNoOtherTag) {
  for (const std::string_view text :
       {"[tag:content]", "[IPv4:1.2.3.4]", "[IPv5:::1]", "[IPv\x16:::1]", "[X400:a]"}) {
    EXPECT_FALSE(is_address_literal(text)) << text;
  }
}

TEST(Mailbox, IsAnAddressAndNothingElse) {
  EXPECT_TRUE(check_mailbox("a@b"));
  EXPECT_TRUE(check_mailbox("\"a b\"@[127.0.0.1]"));
  EXPECT_FALSE(check_mailbox(""));
  EXPECT_FALSE(check_mailbox("<a@b>"));
  EXPECT_FALSE(check_mailbox("a@b "));
  EXPECT_FALSE(check_mailbox("a@b>\r\nRCPT TO:<c@d>"));
  EXPECT_EQ(check_mailbox("\xff@b").error(), AddressError::eight_bit);
}

// An extended regular expression of POSIX.
class Grammar {
 public:
  explicit Grammar(const std::string& pattern) {
    compiled_ = regcomp(&regex_, pattern.c_str(), REG_EXTENDED) == 0;
  }
  ~Grammar() { regfree(&regex_); }
  Grammar(const Grammar&) = delete;
  Grammar& operator=(const Grammar&) = delete;

  [[nodiscard]] bool compiled() const { return compiled_; }
  // The group of that number, or nothing if `text` does not match.
  [[nodiscard]] std::optional<std::string> match(const std::string& text, std::size_t group) const {
    std::array<regmatch_t, 16> groups;
    if (regexec(&regex_, text.c_str(), groups.size(), groups.data(), 0) != 0) return std::nullopt;
    const auto [begin, end] = groups[group];
    return begin < 0 ? ""
                     : text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  }

 private:
  regex_t regex_;
  bool compiled_ = false;
};

// The parser against the grammar of RFC 5321 4.1.2 as a regular expression, on texts made of what matters to
// it.
TEST(Path, AgreesWithTheGrammar) {
  const std::string atom = "[a1_+-]+";
  const std::string local = "(" + atom + R"((\.)" + atom + R"()*|"([^"\]|\\.)*"))";
  const std::string label = "([a1_]|[a1_][a1_-]*[a1_])";
  const std::string domain = label + R"((\.)" + label + ")*";          // three groups
  const std::string route = "(@" + domain + "(,@" + domain + ")*:)?";  // eight groups
  const Grammar grammar("^<(" + route + "(" + local + "(@" + domain +
                        ")?))?>( .*)?$");  // the mailbox is the tenth
  ASSERT_TRUE(grammar.compiled());
  std::mt19937 random(5321);
  constexpr std::string_view kOctets = R"(aa1@@..-_+""\ <>,:)";
  int accepted = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = "<";
    for (std::size_t n = random() % 11; n > 0; --n) text += kOctets[random() % kOctets.size()];
    if (random() % 4 != 0) text += '>';
    const auto expected = grammar.match(text, 10);
    const auto path = parse_path(text);
    ASSERT_EQ(path.has_value(), expected.has_value()) << text;
    if (!expected) continue;
    ASSERT_EQ(path->mailbox, *expected) << text;
    ++accepted;
  }
  EXPECT_GT(accepted, 500);
}

}  // namespace
}  // namespace mailvoid::smtp
