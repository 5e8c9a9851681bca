// SPDX-License-Identifier: Apache-2.0
#include "loadgen/target_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailvoid::loadgen {
namespace {

using testing::HasSubstr;

std::string error(std::string_view text) {
  const auto target = parse_target_option(text);
  return target ? "none" : target.error();
}

TEST(TargetOption, IsAnAddressAndPerhapsAWeight) {
  for (const char* text :
       {"mta.test:25", "127.0.0.1:2525=3", "[::1]:25=1000000", "unix:/run/mta", "unix:@mta=2"}) {
    const auto target = parse_target_option(text);
    ASSERT_TRUE(target) << target.error();
    EXPECT_EQ(to_string(*target), text);
  }
  EXPECT_EQ(parse_target_option("mta.test:25")->weight, 1u);
  EXPECT_EQ(parse_target_option("mta.test:25=3")->weight, 3u);
  EXPECT_EQ(where_text(*parse_target_option("mta.test:25=3")), "mta.test:25");
}

TEST(TargetOption, IsADomainBehindMx) {
  for (const char* text : {"mx:example.com", "mx:example.com:2525=3", "mx:example.com=2"}) {
    const auto target = parse_target_option(text);
    ASSERT_TRUE(target) << target.error();
    EXPECT_EQ(to_string(*target), text);
    EXPECT_EQ(std::get<MailDomain>(target->where).name, "example.com");
  }
  EXPECT_EQ(std::get<MailDomain>(parse_target_option("mx:example.com:2525=3")->where).port, 2525);
  EXPECT_EQ(to_string(*parse_target_option("mx:example.com:25")), "mx:example.com");
  EXPECT_TRUE(std::holds_alternative<config::HostAndPort>(parse_target_option("mx:25")->where))
      << "a host of that name";
  for (const char* text : {"mx:", "mx:=3", "mx::25", "mx:-.com"}) {
    EXPECT_THAT(error(text), HasSubstr("names no domain: write mx:example.com")) << text;
  }
  EXPECT_THAT(error("mx:example.com:0"), HasSubstr("port of 1 to 65535"));
}

TEST(NameServer, HasPort53UnlessSaidOtherwise) {
  const auto server = name_server();
  EXPECT_EQ(server.parse("10.0.0.53")->text(), "10.0.0.53:53");
  EXPECT_EQ(server.parse("[::1]")->text(), "[::1]:53");
  EXPECT_EQ(server.parse("127.0.0.1:5353")->text(), "127.0.0.1:5353");
  for (const char* text : {"127.0.0.1:0", "127.0.0.1:99999", "ns.test", "ns.test:53", "[::1", "", "53"}) {
    const auto parsed = server.parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error(), HasSubstr("write 10.0.0.53, 10.0.0.53:5353, ::1 or [::1]:5353")) << text;
  }
}

TEST(TargetOption, SaysWhatIsWrongWithAWeight) {
  EXPECT_THAT(error("mta.test:25=0"), HasSubstr("has a weight that must be 1 to 1000000"));
  EXPECT_THAT(error("mta.test:25="), HasSubstr("has a weight that is not a whole number"));
  EXPECT_THAT(error("mta.test:25=1000001"), HasSubstr("has a weight that must be"));
  EXPECT_THAT(error("mta.test=3"), HasSubstr("names no port"));
}

TEST(TargetOption, LeavesAnEqualsSignInAPathAlone) {
  const auto path = parse_target_option("unix:/run/a=b");
  ASSERT_TRUE(path);
  EXPECT_EQ(where_text(*path), "unix:/run/a=b");
  const auto digits = parse_target_option("unix:/run/a=2=1");
  ASSERT_TRUE(digits);
  EXPECT_EQ(where_text(*digits), "unix:/run/a=2");
  EXPECT_EQ(to_string(*digits), "unix:/run/a=2=1") << "or it would be read as a weight";
}

config::FileTable table(const std::string& name, std::vector<config::FileEntry> entries) {
  return {name, 7, std::move(entries)};
}

config::FileEntry entry(const std::string& key, const std::string& text,
                        config::FileEntry::Type type = config::FileEntry::Type::string) {
  return {key, type, false, {text}, 8};
}

TEST(TargetTables, AreTargetsInTheirOrder) {
  const std::vector<config::FileTable> tables{
      table("target", {entry("address", "b.test:25"), entry("weight", "3", config::FileEntry::Type::number)}),
      table("mix", {entry("name", "plain")}), table("target", {entry("address", "a.test:25")})};
  std::vector<TargetOption> targets;
  ASSERT_TRUE(add_targets(tables, targets));
  EXPECT_EQ(to_string(std::span<const TargetOption>(targets)), "b.test:25=3, a.test:25");
  ASSERT_TRUE(add_targets(tables, targets));
  EXPECT_EQ(targets.size(), 2u) << "the command line's come first";
}

TEST(TargetTables, NeedAnAddressWithoutAWeight) {
  std::vector<TargetOption> targets;
  const auto none = add_targets(
      std::vector{table("target", {entry("weight", "3", config::FileEntry::Type::number)})}, targets);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().line, 7u);
  EXPECT_EQ(none.error().what, "lacks an address");
  const auto weighted = add_targets(std::vector{table("target", {entry("address", "a.test:25=3")})}, targets);
  ASSERT_FALSE(weighted);
  EXPECT_EQ(weighted.error().key, "address");
}

TEST(Targets, AreEachGivenOnceAndNotTooMany) {
  std::vector<TargetOption> targets;
  for (std::size_t i = 1; i <= kTargetsMax; ++i) {
    targets.push_back(*parse_target_option("127.0.0.1:" + std::to_string(i)));
  }
  EXPECT_EQ(check_targets(targets), "");
  targets.back() = *parse_target_option("127.0.0.1:1=2");
  EXPECT_THAT(check_targets(targets), HasSubstr("'127.0.0.1:1' is given twice"));
  targets.push_back(*parse_target_option("127.0.0.1:65"));
  EXPECT_EQ(check_targets(targets), "65 are too many: at most 64");
}

}  // namespace
}  // namespace mailvoid::loadgen
