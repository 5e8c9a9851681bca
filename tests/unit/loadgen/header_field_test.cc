// SPDX-License-Identifier: Apache-2.0
#include "loadgen/header_field.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailvoid::loadgen {
namespace {

using testing::HasSubstr;

const HeaderContext kContext{"00c0ffee", "client.test", 40, 40};

std::string rendered(const std::vector<HeaderField>& fields, const TextTemplate::Values& values) {
  const TextTemplate lines = header_template(fields, kContext);
  std::vector<char> buffer(lines.octets_max());
  return std::string(lines.render(buffer, values));
}

std::string rendered(std::string_view field) {
  const auto parsed = parse_header_field(field);
  if (!parsed) return "refused: " + parsed.error();
  return rendered(
      std::vector{*parsed},
      {.session = 3, .message = 42, .date = "Wed, 04 Mar 2026 00:00:00 +0000", .from = "a@x", .to = "b@y"});
}

TEST(HeaderField, PutsValuesInPlace) {
  EXPECT_EQ(rendered("X-Run: {run}/{message}.{session}"), "X-Run: 00c0ffee/42.3\r\n");
  EXPECT_EQ(rendered("Return-Receipt-To:<{from}>, <{to}>"), "Return-Receipt-To: <a@x>, <b@y>\r\n");
  EXPECT_EQ(rendered("References: <{id}>"), "References: <00c0ffee.42@client.test>\r\n");
  EXPECT_EQ(rendered("X-When: {date}"), "X-When: Wed, 04 Mar 2026 00:00:00 +0000\r\n");
  EXPECT_EQ(rendered("X-Json: {{\"a\": 1}}"), "X-Json: {\"a\": 1}\r\n");
  EXPECT_EQ(rendered("X-Empty:"), "X-Empty: \r\n");
}

TEST(HeaderField, DrawsByMessage) {
  const auto field = parse_header_field("X: {rand:1000000000}");
  ASSERT_TRUE(field);
  const auto of = [&](std::uint64_t message) {
    return rendered(std::vector{*field}, {.message = message, .seed = 1});
  };
  EXPECT_EQ(of(1), of(1));
  EXPECT_NE(of(1), of(2));
}

TEST(HeaderField, RefusesWhatWouldBeNoFieldOrTwo) {
  EXPECT_THAT(rendered("X-Run"), HasSubstr("no colon"));
  EXPECT_THAT(rendered(": x"), HasSubstr("not a name"));
  EXPECT_THAT(rendered("X Run: x"), HasSubstr("not a name"));
  EXPECT_THAT(rendered(".X: x"), HasSubstr("not a name"));
  EXPECT_THAT(rendered("X\xC3\xA9: x"), HasSubstr("not a name"));
  EXPECT_THAT(rendered("X: a\r\nBcc: b"), HasSubstr("0x0d at 5"));
  EXPECT_THAT(rendered("X: {user}"), HasSubstr("unknown placeholder '{user}'"));
  EXPECT_THAT(rendered("X: {message"), HasSubstr("without '}'"));
  EXPECT_THAT(rendered("X: " + std::string(996, 'x')), HasSubstr("999 octets"));
  EXPECT_EQ(rendered("X: " + std::string(995, 'x')).size(), 1000u);
}

TEST(HeaderField, TakesThePlaceOfItsNamesake) {
  const std::vector<HeaderField> own{{"Date", "1"}, {"Subject", "2"}, {"To", "3"}};
  const std::vector<HeaderField> edits{{"subject", "new"}, {"X", "4"}, {"X", "5"}};
  EXPECT_EQ(rendered(with_edits(own, edits), {}), "Date: 1\r\nsubject: new\r\nTo: 3\r\nX: 4\r\nX: 5\r\n");
}

}  // namespace
}  // namespace mailvoid::loadgen
