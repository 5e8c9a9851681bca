// SPDX-License-Identifier: Apache-2.0
#include "loadgen/content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/mail_date.h"
#include "loadgen/message_source.h"
#include "smtp/dot_stuffing.h"

namespace mailvoid::loadgen {
namespace {

using testing::HasSubstr;

LoadOptions of(std::string content, std::string size = "8k..40k") {
  LoadOptions options;
  static_cast<MailOptions&>(options) = default_mail();
  options.content = std::move(content);
  options.size = std::move(size);
  options.helo = "localhost";
  return options;
}

struct Made {
  std::string text;
  std::uint64_t octets = 0;
  bool eight_bit = false;
};

Made made(const MessageSource& source, std::uint64_t number) {
  const MailDate date = mail_date({});
  std::vector<char> buffer(source.buffer_octets());
  Message message;
  source.render({.session = 1,
                 .message = number,
                 .seed = 1,
                 .date = {date.data(), date.size()},
                 .from = "sender@loadgen.example",
                 .to = "user1@sink.example"},
                buffer, message);
  Made result{{}, message.size_octets, message.eight_bit};
  for (const std::string_view part : message.stuffed()) result.text += part;
  return result;
}

std::string fault(std::string_view text) {
  const auto parsed = parse_content(text);
  return parsed ? "" : parsed.error();
}

TEST(Content, IsNamedWithWeights) {
  const auto parsed = parse_content("text=5,rfc822,html=0.5");
  ASSERT_TRUE(parsed) << parsed.error();
  ASSERT_EQ(parsed->size(), 3u);
  EXPECT_EQ((*parsed)[1].content, Content::rfc822);
  EXPECT_EQ((*parsed)[1].weight, 1);
  EXPECT_EQ((*parsed)[2].weight, 0.5);
  EXPECT_EQ(parse_content("all")->size(), 9u);
  EXPECT_THAT(fault("text,pdf"), HasSubstr("has 'pdf': there are plain, text, html"));
  EXPECT_THAT(fault("text=0"), HasSubstr("weight '0'"));
  EXPECT_THAT(fault(""), HasSubstr("names no kind"));
}

class EveryKind : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Content, EveryKind,
                         testing::Values("plain", "text", "html", "alternative", "related", "attachment",
                                         "uuencode", "nested", "rfc822"),
                         [](const auto& row) { return std::string(row.param); });

TEST_P(EveryKind, HasTheSizeAskedForAndLinesThatTravelAsTheyAre) {
  const auto source = MessageSource::open(of(GetParam()), "0123456789abcdef");
  ASSERT_TRUE(source) << source.error();
  for (std::uint64_t number = 1; number <= 100; ++number) {
    const Made message = made(*source, number);
    ASSERT_EQ(message.text.size(), message.octets);
    EXPECT_GE(message.octets, 8u << 10);
    EXPECT_LE(message.octets, 40u << 10);
    EXPECT_EQ(smtp::dot_stuffed_size(message.text), message.text.size());
    EXPECT_EQ(smtp::canonical_size(message.text), message.text.size());
    std::string_view rest = message.text;
    while (!rest.empty()) {
      const std::size_t end = rest.find("\r\n");
      ASSERT_LE(end, 100u) << rest.substr(0, 200);
      rest.remove_prefix(end + 2);
    }
    const bool eight_bit = std::ranges::any_of(message.text, [](char octet) { return (octet & 0x80) != 0; });
    EXPECT_EQ(message.eight_bit, eight_bit) << message.text;
  }
}

TEST_P(EveryKind, FollowsFromTheSeed) {
  LoadOptions options = of(GetParam());
  const auto body = [&options](std::uint64_t number) {
    const std::string text = made(MessageSource::open(options, "0123456789abcdef").value(), number).text;
    return text.substr(text.find("\r\n\r\n"));
  };
  const std::string first = body(5);
  EXPECT_EQ(body(5), first);
  options.seed = 2;
  EXPECT_NE(body(5), first);
}

TEST_P(EveryKind, FitsIntoSmallMessages) {
  const auto source = MessageSource::open(of(GetParam(), "4k"), "0123456789abcdef");
  ASSERT_TRUE(source) << source.error();
  EXPECT_EQ(made(*source, 1).text.size(), 4096u);
}

TEST(Content, ComesByWeight) {
  const auto source = MessageSource::open(of("plain=3,uuencode=1"), "0123456789abcdef");
  int plain = 0;
  for (std::uint64_t number = 1; number <= 1000; ++number)
    plain += made(*source, number).text.contains("MIME-Version") ? 0 : 1;
  EXPECT_NEAR(plain, 750, 50);
}

TEST(Content, OfTextIsInManyCharacterSets) {
  const auto source = MessageSource::open(of("text"), "0123456789abcdef");
  std::set<std::string> kinds;
  for (std::uint64_t number = 1; number <= 300; ++number) {
    const std::string text = made(*source, number).text;
    const std::size_t begin = text.find("Content-Type: ");
    kinds.insert(text.substr(begin, text.find("\r\nX-Fill", begin) - begin));
  }
  EXPECT_EQ(kinds.size(), 13u);
}

TEST(Content, VariesTheTextOfLikeMessages) {
  const auto source = MessageSource::open(of("uuencode", "8k"), "0123456789abcdef");
  std::set<std::string> tails;
  for (std::uint64_t number = 1; number <= 50; ++number) {
    const std::string text = made(*source, number).text;
    tails.insert(text.substr(text.find("begin 644") + 100, 100));
  }
  EXPECT_GT(tails.size(), 30u);
}

TEST(Content, LetsFieldsOfItsOwnBeReplaced) {
  LoadOptions options = of("html");
  options.subject = "Just {message}";
  const std::string text = made(MessageSource::open(options, "0123456789abcdef").value(), 3).text;
  EXPECT_THAT(text, HasSubstr("\r\nSubject: Just 3\r\n"));
  EXPECT_EQ(text.find("Subject:"), text.rfind("Subject:"));
}

TEST(Content, StaysWithinItsMemory) {
  LoadOptions options = of("all", "1M");
  options.memory_max = 20U << 20;
  const auto source = MessageSource::open(options, "0123456789abcdef");
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error(), HasSubstr("--memory-limit"));
  options.content = "related";
  EXPECT_TRUE(MessageSource::open(options, "0123456789abcdef"));
}

TEST(Content, SaysHowLargeMessagesMustBe) {
  const auto source = MessageSource::open(of("nested", "1k"), "0123456789abcdef");
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error(),
              HasSubstr("--size 1k: the smallest messages with these addresses and --content nested"));
}

}  // namespace
}  // namespace mailvoid::loadgen
