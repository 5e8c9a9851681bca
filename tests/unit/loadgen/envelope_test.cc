// SPDX-License-Identifier: Apache-2.0
#include "loadgen/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace mailvoid::loadgen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class EnvelopeTest : public testing::Test {
 protected:
  EnvelopeTest() {
    std::string name = (std::filesystem::temp_directory_path() / "mailvoid-envelope-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~EnvelopeTest() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string_view text) {
    const auto path = folder_ / "list";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  // Of the message of that index, each rendered into no more than what is promised to be enough.
  std::vector<std::string> recipients(std::uint64_t index) const {
    const auto envelope = Envelope::open(options_);
    if (!envelope) return {envelope.error()};
    DistinctNumbers distinct(envelope->recipients_max());
    return recipients(*envelope, distinct, index);
  }
  static std::vector<std::string> recipients(const Envelope& envelope, DistinctNumbers& distinct,
                                             std::uint64_t index) {
    const std::size_t count = envelope.recipients_of(index);
    std::vector<char> memory(envelope.recipient_room() * count);
    std::span<char> room = memory;
    std::vector<std::string_view> views(count);
    envelope.render_recipients(room, {.message = index + 1, .seed = 1}, distinct, views);
    return {views.begin(), views.end()};
  }

  std::filesystem::path folder_;
  MailOptions options_ = default_mail();
};

TEST_F(EnvelopeTest, NumbersRecipientsUnlessTheyAreDrawn) {
  options_.recipients = "3";
  EXPECT_THAT(recipients(0), ElementsAre("user1@sink.example", "user2@sink.example", "user3@sink.example"));
}

TEST_F(EnvelopeTest, DrawsHowMany) {
  options_.recipients = "1..4";
  const auto envelope = Envelope::open(options_);
  ASSERT_TRUE(envelope);
  std::map<std::size_t, int> counts;
  for (std::uint64_t index = 0; index < 4000; ++index) ++counts[envelope->recipients_of(index)];
  EXPECT_EQ(counts.size(), 4u);
  for (const auto& [count, times] : counts) EXPECT_NEAR(times, 1000, 150) << count;
  EXPECT_EQ(envelope->recipients_max(), 4u);
}

TEST_F(EnvelopeTest, DrawsFromAListWithoutTakingAnyTwiceInAMessage) {
  options_.to_file = file("a@x 1000\nb@x\nc@x\n");
  options_.recipients = "3";
  for (std::uint64_t index = 0; index < 200; ++index)
    EXPECT_THAT(recipients(index), UnorderedElementsAre("a@x", "b@x", "c@x"));
  options_.recipients = "1";
  std::map<std::string, int> counts;
  for (std::uint64_t index = 0; index < 1000; ++index) ++counts[recipients(index).front()];
  EXPECT_GT(counts["a@x"], 980);
}

TEST_F(EnvelopeTest, DrawsUsersEvenlyOrByZipfsLaw) {
  options_.to_users = 10;
  options_.to = "u{user}@x";
  const auto count_of_first = [this] {
    const auto envelope = Envelope::open(options_).value();
    DistinctNumbers distinct(1);
    std::map<std::string, int> counts;
    for (std::uint64_t index = 0; index < 5000; ++index)
      ++counts[recipients(envelope, distinct, index).front()];
    EXPECT_EQ(counts.size(), 10u);
    EXPECT_TRUE(counts.contains("u1@x") && counts.contains("u10@x"));
    return counts["u1@x"];
  };
  EXPECT_NEAR(count_of_first(), 500, 100);
  options_.to_zipf = "1";
  EXPECT_NEAR(count_of_first(), 5000 / 2.929, 150);
}

TEST_F(EnvelopeTest, FindsDistinctUsersHoweverRareTheyAre) {
  options_.to_users = 40;
  options_.to = "u{user}@{domain}";
  options_.to_domain = "a.example=1000,b.example";
  options_.to_zipf = "8";
  options_.recipients = "80";
  const auto drawn = recipients(5);
  EXPECT_EQ(drawn.size(), 80u);
  EXPECT_EQ(std::set<std::string>(drawn.begin(), drawn.end()).size(), 80u);
}

TEST_F(EnvelopeTest, DrawsDomainsByWeight) {
  options_.to = "u@{domain}";
  options_.to_domain = "a.example=3,b.example";
  const auto envelope = Envelope::open(options_).value();
  DistinctNumbers distinct(1);
  std::map<std::string, int> counts;
  for (std::uint64_t index = 0; index < 4000; ++index)
    ++counts[recipients(envelope, distinct, index).front()];
  EXPECT_NEAR(counts["u@a.example"], 3000, 120);
  EXPECT_NEAR(counts["u@b.example"], 1000, 120);
}

TEST_F(EnvelopeTest, DrawsSendersFromAList) {
  options_.from_file = file("<> 1\ns@x 3\n");
  const auto envelope = Envelope::open(options_).value();
  std::map<std::string, int> counts;
  for (std::uint64_t message = 1; message <= 4000; ++message) {
    std::span<char> no_room;
    ++counts[std::string(envelope.render_sender(no_room, {.message = message}))];
  }
  EXPECT_NEAR(counts[""], 1000, 120);
  EXPECT_NEAR(counts["s@x"], 3000, 120);
  EXPECT_EQ(envelope.sender_room(), 0u);
  EXPECT_EQ(envelope.sender_octets_max(), 3u);
}

TEST_F(EnvelopeTest, SaysWhatNeedsSmtpUtf8) {
  EXPECT_TRUE(Envelope::open(options_)->is_ascii());
  options_.to_file = file("\xC3\xA9@x\n");
  EXPECT_FALSE(Envelope::open(options_)->is_ascii());
}

TEST_F(EnvelopeTest, NamesTheOptionThatIsWrong) {
  const auto fault = [this](auto&& change) {
    MailOptions changed = options_;
    change(changed);
    const auto envelope = Envelope::open(changed);
    return envelope ? "" : envelope.error();
  };
  EXPECT_THAT(fault([](auto& o) { o.from_file = "/nowhere"; }),
              HasSubstr("--from-file: cannot read /nowhere"));
  EXPECT_THAT(fault([](auto& o) { o.to_file = "/nowhere"; }), HasSubstr("--to-file: cannot read /nowhere"));
  EXPECT_THAT(fault([&](auto& o) { o.to_file = file("a@x\n"), o.recipients = "1..2"; }),
              HasSubstr("--recipients: up to 2 of a message, but there are only 1"));
  EXPECT_THAT(fault([](auto& o) { o.recipients = "histogram:/nowhere"; }),
              HasSubstr("--recipients: cannot read"));
  EXPECT_THAT(fault([](auto& o) { o.to = "u@{domain}"; }), HasSubstr("--to: has the unknown placeholder"));
}

}  // namespace
}  // namespace mailvoid::loadgen
