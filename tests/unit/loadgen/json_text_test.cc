// SPDX-License-Identifier: Apache-2.0
#include "loadgen/json_text.h"

#include <gtest/gtest.h>

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

TEST(JsonText, KeepsArraysOnALineAndMembersOnTheirOwn) {
  const Json value = Json::parse(
      R"({"b": 1, "a": {"counts": [[1, 2], [3, 4]], "none": [], "empty": {}}, "of": [{"x": 1}, {"x": [2]}]})");
  EXPECT_EQ(json_text(value), R"({
  "b": 1,
  "a": {
    "counts": [[1,2],[3,4]],
    "none": [],
    "empty": {}
  },
  "of": [
    {"x":1},
    {"x":[2]}
  ]
}
)");
}

TEST(JsonText, ReadsBackTheSame) {
  const Json value =
      Json::parse(R"({"a\"b": "c\\d\n", "n": null, "d": 0.1, "t": true, "big": 18446744073709551615})");
  EXPECT_EQ(Json::parse(json_text(value)), value);
}

TEST(JsonText, IsUtf8WhateverItHolds) {
  EXPECT_EQ(json_text(Json::array({"a\xff", "b\xff"})), "[\"a\xef\xbf\xbd\",\"b\xef\xbf\xbd\"]\n");
  EXPECT_EQ(json_text(Json(Json::object({{"a\xff", 1}}))), "{\n  \"a\xef\xbf\xbd\": 1\n}\n");
}

}  // namespace
}  // namespace mailvoid::loadgen
