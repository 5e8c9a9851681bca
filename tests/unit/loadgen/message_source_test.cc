// SPDX-License-Identifier: Apache-2.0
#include "loadgen/message_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "loadgen/address_template.h"

namespace mailvoid::loadgen {
namespace {

using testing::AllOf;
using testing::HasSubstr;

LoadOptions synthetic(std::uint64_t octets) {
  LoadOptions options;
  options.message_octets = octets;
  options.from = "sender@loadgen.example";
  options.to = "user{message}@sink.example";
  options.helo = "localhost";
  options.memory_max = 1U << 30;
  return options;
}

std::string text_of(const Message& message) {
  std::string text;
  for (std::size_t i = 0; i < message.parts_used; ++i) text += message.parts[i];
  return text;
}

TEST(MessageSource, MakesSyntheticMailOfTheSizeAskedFor) {
  for (const std::uint64_t octets : {std::uint64_t{512}, std::uint64_t{4096}, std::uint64_t{1'000'001}}) {
    const auto source = MessageSource::open(synthetic(octets));
    ASSERT_TRUE(source) << source.error();
    std::vector<char> buffer(source->buffer_octets());
    const Message message =
        source->render({"sender@loadgen.example", "user1@sink.example", 1, mail_date({})}, buffer);
    EXPECT_EQ(text_of(message).size(), octets);
    EXPECT_EQ(message.size_octets, octets);
    EXPECT_FALSE(message.eight_bit);
  }
}

TEST(MessageSource, ItsBufferHoldsTheLargestAddressesOfTheTemplates) {
  LoadOptions options = synthetic(2000);
  options.from = "{session}{message}{recipient}" + std::string(150, 'f') + "@x";
  const auto source = MessageSource::open(options);
  const auto from = AddressTemplate::parse(options.from);
  ASSERT_TRUE(source && from);
  std::vector<char> address(from->octets_max());
  std::vector<char> buffer(source->buffer_octets());
  const std::string_view sender = from->render(address, {UINT64_MAX, UINT64_MAX, UINT64_MAX});
  const Message message =
      source->render({sender, "user18446744073709551615@sink.example", UINT64_MAX, mail_date({})}, buffer);
  EXPECT_EQ(text_of(message).size(), 2000U);
}

TEST(MessageSource, SaysTheLeastSizeForTheTemplates) {
  LoadOptions options = synthetic(512);
  options.from = options.to = std::string(250, 'a') + "@x";
  const auto source = MessageSource::open(options);
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error(), AllOf(HasSubstr("--size 512"), HasSubstr("octets")));
}

TEST(MessageSource, SaysWhichTemplateIsWrong) {
  LoadOptions options = synthetic(512);
  options.to = "a\r\nRSET";
  const auto source = MessageSource::open(options);
  ASSERT_FALSE(source);
  EXPECT_THAT(source.error(), HasSubstr("--to: has the control octet 0x0d at 2"));
}

TEST(MessageSource, MakesMessageIdsThatDifferFromRunToRun) {
  std::set<std::string> messages;
  for (int run = 0; run < 3; ++run) {
    const auto source = MessageSource::open(synthetic(512));
    ASSERT_TRUE(source);
    std::vector<char> buffer(source->buffer_octets());
    messages.insert(
        text_of(source->render({"sender@loadgen.example", "user1@sink.example", 1, mail_date({})}, buffer)));
    ::usleep(10);
  }
  EXPECT_EQ(messages.size(), 3U);
}

TEST(MessageSource, TakesTheMessagesOfACorpusInTurn) {
  std::string folder = (std::filesystem::temp_directory_path() / "mailvoid-source-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/1") << "A: 1\n\n.\n";
  std::ofstream(folder + "/2") << "B: 2\n\n\xE9\n";
  std::ofstream(folder + "/3") << "no mail";
  LoadOptions options = synthetic(512);
  options.mail = folder;
  const auto source = MessageSource::open(options);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(source) << source.error();
  EXPECT_THAT(source->description(),
              AllOf(HasSubstr("2 messages of " + folder), HasSubstr("(1 other files skipped)")));
  const Message first = source->render({"a", "b", 0, mail_date({})}, {});
  EXPECT_EQ(text_of(first), "A: 1\r\n\r\n..\r\n");
  EXPECT_EQ(first.size_octets, 11U);
  EXPECT_TRUE(source->render({"a", "b", 1, mail_date({})}, {}).eight_bit);
  EXPECT_EQ(text_of(source->render({"a", "b", 4, mail_date({})}, {})), text_of(first));
}

}  // namespace
}  // namespace mailvoid::loadgen
