// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mailer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace mailvoid::loadgen {
namespace {

LoadOptions varied() {
  LoadOptions options;
  static_cast<MailOptions&>(options) = default_mail();
  options.size = "lognormal:4k,1,50k";
  options.recipients = "1..5";
  options.from = "s{rand:100}@x";
  options.to = "u{user}@{domain}";
  options.to_users = 1000;
  options.to_zipf = "1.1";
  options.to_domain = "a.example=3,b.example=1";
  options.headers = {"X-Draw: {rand:1000000}"};
  options.helo = "localhost";
  return options;
}

// One transaction as it would be sent. What tells one run or second from another is taken out.
std::string told(const smtp::ClientTransaction& transaction) {
  std::string text = std::string(transaction.reverse_path) + '\n';
  for (const std::string_view recipient : transaction.recipients) text += std::string(recipient) + ' ';
  text += '\n' + std::to_string(transaction.size_octets) + '\n';
  for (const std::string_view part : transaction.message) text += part;
  const std::size_t date = text.find("Date: ");
  return text.erase(date, text.find('\r', date) - date);
}

// All that `shards` of them send, by the index of the message.
std::map<std::uint64_t, std::string> sent(const MessageSource& source, std::uint32_t shards) {
  std::map<std::uint64_t, std::string> all;
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    Mailer mailer({.session_first = shard, .session_stride = shards, .seed = 1}, source);
    Outgoing& outgoing = mailer.allocate(1).front();
    const Profile profile{};
    for (std::uint64_t index = shard; index < 400; index += shards) {
      mailer.compose(index, 0, profile, outgoing);
      all[index] = told(outgoing.transaction);
    }
  }
  return all;
}

TEST(Mailer, SendsTheSameMessagesHoweverManyShardsThereAre) {
  const auto source = MessageSource::open(varied(), "0123456789abcdef");
  ASSERT_TRUE(source) << source.error();
  const auto by_one = sent(*source, 1);
  ASSERT_EQ(by_one.size(), 400u);
  EXPECT_EQ(by_one, sent(*source, 4));
  EXPECT_EQ(by_one, sent(*source, 3));
}

TEST(Mailer, SendsOthersWithAnotherSeed) {
  LoadOptions options = varied();
  const auto first = sent(MessageSource::open(options, "0123456789abcdef").value(), 1);
  options.seed = 2;
  const auto second = sent(MessageSource::open(options, "0123456789abcdef").value(), 1);
  int equal = 0;
  for (const auto& [index, text] : first) equal += text == second.at(index) ? 1 : 0;
  EXPECT_EQ(equal, 0);
}

TEST(Mailer, HasAsManyRecipientsAsAreDrawn) {
  const auto source = MessageSource::open(varied(), "0123456789abcdef").value();
  Mailer mailer({.seed = 1}, source);
  Outgoing& outgoing = mailer.allocate(1).front();
  std::map<std::size_t, int> counts;
  for (std::uint64_t index = 0; index < 200; ++index) {
    mailer.compose(index, 0, Profile{}, outgoing);
    ++counts[outgoing.transaction.recipients.size()];
    std::string text;
    for (const std::string_view part : outgoing.transaction.message) text += part;
    EXPECT_THAT(text,
                testing::HasSubstr("To: <" + std::string(outgoing.transaction.recipients.front()) + ">\r\n"));
    EXPECT_EQ(text.size(), outgoing.transaction.size_octets);
  }
  EXPECT_EQ(counts.size(), 5u);
}

}  // namespace
}  // namespace mailvoid::loadgen
