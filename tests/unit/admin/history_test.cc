// SPDX-License-Identifier: Apache-2.0
#include "admin/history.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace mailvoid::admin {
namespace {

using nlohmann::json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

json since(const History& history, std::uint64_t first) {
  return json::parse("{" + history.json_since(first) + "}");
}

// A reading of two figures.
std::vector<Figure> two(double a, double b) {
  return {{"a_total", MetricType::counter, a}, {"b", MetricType::gauge, b}};
}

TEST(History, GivesItsReadingsByColumn) {
  History history(10);
  history.add(100.25, two(1, 0.5));
  history.add(101.25, two(2, 0.25));
  EXPECT_EQ(since(history, 0), (json{{"next", 2},
                                     {"at", {100.25, 101.25}},
                                     {"columns",
                                      {{{"name", "a_total"}, {"type", "counter"}, {"values", {1, 2}}},
                                       {{"name", "b"}, {"type", "gauge"}, {"values", {0.5, 0.25}}}}}}));
}

TEST(History, IsEmptyAtFirst) {
  EXPECT_EQ(since(History(10), 0), (json{{"next", 0}, {"at", json::array()}, {"columns", json::array()}}));
}

TEST(History, KeepsTheNewestReadingsInTheirOrder) {
  History history(3);
  for (int i = 0; i < 8; ++i) history.add(i, two(i, -i));
  EXPECT_EQ(history.size(), 3U);
  const json all = since(history, 0);
  EXPECT_EQ(all["next"], 8);
  EXPECT_EQ(all["at"], json({5, 6, 7}));
  EXPECT_EQ(all["columns"][1]["values"], json({-5, -6, -7}));
}

TEST(History, GivesOnlyWhatIsNewToThoseWhoHaveTheRest) {
  History history(3);
  for (int i = 0; i < 8; ++i) history.add(i, two(i, -i));
  EXPECT_EQ(since(history, 6)["at"], json({6, 7}));
  EXPECT_EQ(since(history, 8)["at"], json::array());
  EXPECT_EQ(since(history, 8)["columns"][0]["values"], json::array());
}

TEST(History, GivesAllToThoseWhoHaveReadAnother) {
  History history(3);
  for (int i = 0; i < 2; ++i) history.add(i, two(i, -i));
  EXPECT_EQ(since(history, 700)["at"], json({0, 1}));
}

TEST(History, SaysWhatStaysTheSameOnce) {
  History history(3);
  for (int i = 0; i < 3; ++i) history.add(i, two(12345678901, kNone));
  EXPECT_EQ(since(history, 0)["columns"][0]["values"], json(12345678901));
  EXPECT_EQ(since(history, 0)["columns"][1]["values"], json(nullptr));
}

TEST(History, HasNothingForWhatIsNoNumber) {
  History history(3);
  history.add(0, two(1, kNone));
  history.add(1, two(1, 2));
  history.add(2, two(1, std::numeric_limits<double>::infinity()));
  EXPECT_EQ(since(history, 0)["columns"][1]["values"], json({nullptr, 2, nullptr}));
}

TEST(History, BeginsAnewWhereTheFiguresAreOthers) {
  History history(3);
  history.add(0, two(1, 2));
  history.add(1, {{"c{name=\"x\\\"y\"}", MetricType::gauge, 3}});
  const json all = since(history, 0);
  EXPECT_EQ(all["at"], json::array({1}));
  EXPECT_EQ(all["columns"].size(), 1U);
  EXPECT_EQ(all["columns"][0]["name"], "c{name=\"x\\\"y\"}");
  EXPECT_EQ(all["next"], 2);
}

}  // namespace
}  // namespace mailvoid::admin
