// SPDX-License-Identifier: Apache-2.0
#include "loadgen/message_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "base/mail_date.h"
#include "base/units.h"
#include "loadgen/address_template.h"

namespace mailvoid::loadgen {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const MailDate kDate = mail_date({});

LoadOptions generated(std::string size) {
  LoadOptions options;
  static_cast<MailOptions&>(options) = default_mail();
  options.size = std::move(size);
  options.to = "user{message}@sink.example";
  options.helo = "localhost";
  return options;
}

std::string text_of(std::span<const std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

// What travels of the message of that number, rendered to no more than what is promised to be enough.
struct Rendered {
  Rendered(const MessageSource& source, std::uint64_t number,
           std::string_view from = "sender@loadgen.example", std::string_view to = "user1@sink.example")
      : buffer(source.buffer_octets()) {
    source.render({.session = 1,
                   .message = number,
                   .seed = 1,
                   .date = {kDate.data(), kDate.size()},
                   .from = from,
                   .to = to},
                  buffer, message);
    text = text_of(message.stuffed());
  }
  std::vector<char> buffer;
  Message message;
  std::string text;
};

TEST(MessageSource, MakesMailOfTheSizeAskedFor) {
  for (const std::string size : {"512", "4k", "1000001"}) {
    const auto source = MessageSource::open(generated(size), "0123456789abcdef");
    ASSERT_TRUE(source) << source.error();
    const Rendered rendered(*source, 1);
    EXPECT_EQ(rendered.text.size(), *parse_size(size));
    EXPECT_EQ(rendered.message.size_octets, *parse_size(size));
    EXPECT_FALSE(rendered.message.eight_bit);
    EXPECT_EQ(text_of(rendered.message.unstuffed()), rendered.text);
  }
}

TEST(MessageSource, DrawsSizesByMessage) {
  const auto source = MessageSource::open(generated("400..20000"), "0123456789abcdef");
  ASSERT_TRUE(source) << source.error();
  std::set<std::size_t> sizes;
  for (std::uint64_t number = 1; number <= 500; ++number) {
    const Rendered rendered(*source, number);
    EXPECT_EQ(rendered.text.size(), rendered.message.size_octets);
    EXPECT_EQ(rendered.text, Rendered(*source, number).text);
    sizes.insert(rendered.text.size());
  }
  EXPECT_GT(sizes.size(), 450u);
  EXPECT_GE(*sizes.begin(), 400u);
  EXPECT_LE(*sizes.rbegin(), 20'000u);
  EXPECT_THAT(source->description(), HasSubstr("synthetic, 400..20000"));
}

TEST(MessageSource, MakesWhatIsDrawnTooSmallAsLargeAsItsHeader) {
  const auto source = MessageSource::open(generated("1=1,4k=1"), "0123456789abcdef");
  ASSERT_TRUE(source) << source.error();
  std::set<std::size_t> sizes;
  for (std::uint64_t number = 1; number <= 50; ++number) sizes.insert(Rendered(*source, number).text.size());
  ASSERT_EQ(sizes.size(), 2u);
  EXPECT_GT(*sizes.begin(), 150u);
  EXPECT_EQ(*sizes.rbegin(), 4096u);
}

TEST(MessageSource, ItsBufferHoldsTheLargestAddressesOfTheTemplates) {
  LoadOptions options = generated("2000");
  options.from = "{session}{message}{recipient}" + std::string(150, 'f') + "@x";
  const auto source = MessageSource::open(options, "0123456789abcdef");
  const auto from = AddressTemplate::parse(options.from);
  ASSERT_TRUE(source && from);
  std::vector<char> address(from->octets_max());
  const std::string_view sender = from->render(address, {UINT64_MAX, UINT64_MAX, UINT64_MAX});
  EXPECT_EQ(Rendered(*source, UINT64_MAX, sender, "user18446744073709551615@sink.example").text.size(),
            2000U);
}

TEST(MessageSource, NamesASenderInTheHeaderWhereTheEnvelopeHasNone) {
  const auto source = MessageSource::open(generated("1k"), "0123456789abcdef");
  EXPECT_THAT(Rendered(*source, 1, "").text, HasSubstr("From: <mailer-daemon@localhost>\r\n"));
}

TEST(MessageSource, SaysTheLeastSizeForTheTemplates) {
  LoadOptions options = generated("512");
  options.from = options.to = std::string(250, 'a') + "@x";
  const auto source = MessageSource::open(options, "0123456789abcdef");
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error(), AllOf(HasSubstr("--size 512"), HasSubstr("octets")));
}

TEST(MessageSource, SaysWhichTemplateIsWrong) {
  LoadOptions options = generated("512");
  options.to = "a\r\nRSET";
  const auto source = MessageSource::open(options, "0123456789abcdef");
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error(), HasSubstr("--to: has the control octet 0x0d at 2"));
}

TEST(MessageSource, MakesMessageIdsOfTheRun) {
  const auto source = MessageSource::open(generated("512"), "c0ffee");
  ASSERT_TRUE(source);
  EXPECT_THAT(Rendered(*source, 9).text, HasSubstr("\r\nMessage-ID: <c0ffee.9@localhost>\r\n"));
}

TEST(MessageSource, PutsFieldsIntoGeneratedMail) {
  LoadOptions options = generated("1k");
  options.headers = {"X-Run: {message}-{session}", "X-To: {to}"};
  options.replaced = {"from: Somebody <{from}>"};
  options.subject = "Number {message}";
  const auto source = MessageSource::open(options, "0123456789abcdef");
  ASSERT_TRUE(source) << source.error();
  const std::string text = Rendered(*source, 7).text;
  EXPECT_EQ(text.size(), 1024u);
  EXPECT_THAT(text, HasSubstr("\r\nfrom: Somebody <sender@loadgen.example>\r\nTo: "));
  EXPECT_THAT(text, HasSubstr("\r\nSubject: Number 7\r\nX-Run: 7-1\r\nX-To: user1@sink.example\r\n\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Mailvoid message")));
  EXPECT_THAT(text, Not(HasSubstr("From:")));
}

class CorpusSource : public testing::Test {
 protected:
  CorpusSource() {
    std::string name = (std::filesystem::temp_directory_path() / "mailvoid-source-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    options_.mail = folder_;
  }
  ~CorpusSource() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
  }

  std::string folder_;
  LoadOptions options_ = generated("512");
};

TEST_F(CorpusSource, TakesTheMessagesInTurn) {
  write("1", "A: 1\n\n.\n");
  write("2", "B: 2\n\n\xE9\n");
  write("3", "no mail");
  options_.bdat_octets = 1;
  const auto source = MessageSource::open(options_, "0123456789abcdef");
  ASSERT_TRUE(source) << source.error();
  EXPECT_THAT(source->description(),
              AllOf(HasSubstr("2 messages of " + folder_), HasSubstr("(1 other files skipped)")));
  const Rendered first(*source, 1);
  EXPECT_EQ(first.text, "A: 1\r\n\r\n..\r\n");
  EXPECT_EQ(text_of(first.message.unstuffed()), "A: 1\r\n\r\n.\r\n");
  EXPECT_EQ(first.message.size_octets, 11U);
  EXPECT_TRUE(Rendered(*source, 2).message.eight_bit);
  EXPECT_EQ(Rendered(*source, 5).text, first.text);
}

TEST_F(CorpusSource, PutsFieldsInFrontAndTakesOthersAway) {
  write("1", "Subject: old\n folded\nTo: a\nSUBJECT : again\n\nSubject: text\n.\n");
  write("2", "no header: no body\n");
  options_.headers = {"To: {to}"};
  options_.subject = "{message}";
  options_.bdat_octets = 1;
  const auto source = MessageSource::open(options_, "0123456789abcdef");
  ASSERT_TRUE(source) << source.error();
  const Rendered first(*source, 1, "a@x", "b@y");
  EXPECT_EQ(first.text, "Subject: 1\r\nTo: b@y\r\nTo: a\r\n\r\nSubject: text\r\n..\r\n");
  EXPECT_EQ(text_of(first.message.unstuffed()),
            "Subject: 1\r\nTo: b@y\r\nTo: a\r\n\r\nSubject: text\r\n.\r\n");
  EXPECT_EQ(first.message.size_octets, first.text.size() - 1);
}

TEST_F(CorpusSource, HasThreeOrders) {
  for (char name = 'a'; name <= 'z'; ++name) write({name}, std::string("A: ") + name + "\n");
  const auto order = [this](const std::string& text, std::uint64_t seed = 1) {
    options_.mail_order = text;
    options_.seed = seed;
    const auto source = MessageSource::open(options_, "0123456789abcdef").value();
    std::string names;
    for (std::uint64_t number = 1; number <= 52; ++number) names += Rendered(source, number).text[3];
    return names;
  };
  const auto sorted = [](std::string text) {
    std::ranges::sort(text);
    return text;
  };
  const std::string alphabet = "abcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(order("sequential"), alphabet + alphabet);
  const std::string shuffled = order("shuffled");
  EXPECT_NE(shuffled.substr(0, 26), alphabet);
  EXPECT_EQ(sorted(shuffled.substr(0, 26)), alphabet);
  EXPECT_EQ(shuffled.substr(26), shuffled.substr(0, 26));
  EXPECT_NE(order("shuffled", 2), shuffled);
  const std::string random = order("random");
  EXPECT_NE(random.substr(26), random.substr(0, 26));
  EXPECT_EQ(order("random"), random);
  EXPECT_NE(order("random", 2), random);
}

TEST_F(CorpusSource, LendsItsSizes) {
  write("1", "A: 1\n\n" + std::string(994, 'x') + "\n");
  write("2", "A: 1\n\n" + std::string(2992, 'x') + "\n");
  options_.size = "corpus:" + folder_;
  options_.mail = "";
  const auto source = MessageSource::open(options_, "0123456789abcdef");
  ASSERT_TRUE(source) << source.error();
  std::set<std::size_t> sizes;
  for (std::uint64_t number = 1; number <= 50; ++number) sizes.insert(Rendered(*source, number).text.size());
  EXPECT_THAT(sizes, testing::ElementsAre(1004, 3002));
}

}  // namespace
}  // namespace mailvoid::loadgen
