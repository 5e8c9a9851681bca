// SPDX-License-Identifier: Apache-2.0
#include "capture/recent_samples.h"

#include <gtest/gtest.h>

#include <memory>

namespace mailvoid::capture {
namespace {

std::unique_ptr<Record> record(std::string_view id) {
  auto made = std::make_unique<Record>();
  made->id.assign(id);
  return made;
}

std::vector<std::string> ids(const RecentSamples& samples) {
  std::vector<std::string> all;
  for (const RecentSample& sample : samples.list()) all.push_back(sample.id);
  return all;
}

TEST(RecentSamples, KeepsTheNewestFirst) {
  RecentSamples samples(3);
  EXPECT_TRUE(samples.list().empty());
  for (const std::string_view id : {"a", "b"}) samples.add(*record(id), id);
  EXPECT_EQ(ids(samples), (std::vector<std::string>{"b", "a"}));
  for (const std::string_view id : {"c", "d", "e"}) samples.add(*record(id), id);
  EXPECT_EQ(ids(samples), (std::vector<std::string>{"e", "d", "c"}));
}

TEST(RecentSamples, FindsThoseThatItHas) {
  RecentSamples samples(2);
  for (const std::string_view id : {"a", "b", "c"}) samples.add(*record(id), std::string("new/") + id.data());
  ASSERT_TRUE(samples.find("b"));
  EXPECT_EQ(samples.find("b")->file, "new/b");
  EXPECT_FALSE(samples.find("a"));
  EXPECT_FALSE(samples.find("../b"));
}

TEST(RecentSamples, HasNoSampleWithoutAnId) { EXPECT_FALSE(RecentSamples(2).find("")); }

TEST(RecentSamples, KeepsWhatTheRecordKnows) {
  RecentSamples samples(1);
  const auto one = record("a");
  one->file.octets = 77;
  one->envelope.hello.assign("client.example");
  one->envelope.peer.assign("192.0.2.1");
  one->envelope.protocol = Protocol::lmtp;
  one->envelope.in_tls = true;
  one->envelope.reverse_path.assign("a@client.example");
  one->envelope.recipient.assign("b@sink.example");
  one->envelope.begun = std::chrono::system_clock::time_point(std::chrono::seconds(17));
  samples.add(*one, "a.eml");
  const RecentSample sample = samples.list().at(0);
  EXPECT_EQ(sample.octets, 77U);
  EXPECT_EQ(sample.hello, "client.example");
  EXPECT_EQ(sample.peer, "192.0.2.1");
  EXPECT_EQ(sample.protocol, Protocol::lmtp);
  EXPECT_TRUE(sample.in_tls);
  EXPECT_FALSE(sample.authenticated);
  EXPECT_EQ(sample.reverse_path, "a@client.example");
  EXPECT_EQ(sample.recipient, "b@sink.example");
  EXPECT_EQ(sample.begun.time_since_epoch(), std::chrono::seconds(17));
}

}  // namespace
}  // namespace mailvoid::capture
