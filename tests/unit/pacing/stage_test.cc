// SPDX-License-Identifier: Apache-2.0
#include "pacing/stage.h"

#include <gtest/gtest.h>

namespace mailvoid::pacing {
namespace {

using namespace std::chrono_literals;

TEST(Stage, IsReadAndWritten) {
  const std::pair<const char*, Stage> cases[] = {
      {"hold:1000/s:1m", {Shape::hold, {1000, 1000}, 1min}},
      {"ramp:0/s..1000/s:30s", {Shape::ramp, {0, 1000}, 30s}},
      {"step:100/s..1000/s:10m:10", {Shape::step, {100, 1000}, 10min, 10}},
      {"spike:100/s..2000/s:1500ms", {Shape::spike, {100, 2000}, 1500ms}},
      {"sine:10/s..1000/s:1h:10m", {Shape::sine, {10, 1000}, 1h, 0, 10min}},
  };
  for (const auto& [text, stage] : cases) {
    const auto parsed = parse_stage(text);
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_TRUE(*parsed == stage) << text;
    EXPECT_EQ(exact_stage(stage), text);
  }
  EXPECT_EQ(exact_stage(parse_stage("soak:5:1h").value()), "hold:5/s:1h");
  EXPECT_EQ(exact_stage(parse_stage("ramp:0..60/m:1m").value()), "ramp:0/s..1/s:1m");
}

TEST(Stage, SaysWhatIsWrongWithIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"jump:5:1m", "does not begin with one of hold:, soak:, ramp:, step:, spike:, sine:"},
      {"hold:5", "is not of the form hold:RATE:TIME"},
      {"step:1..5:1m", "is not of the form step:FROM..TO:TIME:N"},
      {"hold:x:1m", "has the rate 'x', which is not a rate such as 1000/s, 20k/s, 500/m or 36000/h"},
      {"hold:1..2:1m", "has more than one rate: hold:RATE:TIME"},
      {"ramp:5:1m", "has only one rate: ramp:FROM..TO:TIME"},
      {"hold:5:0", "has the time '0', which is none from 1ns to a year"},
      {"hold:5:soon", "has the time 'soon', which is none from 1ns to a year"},
      {"step:1..5:1m:1", "has '1' steps: they are 2 to 1000"},
      {"sine:1..5:1m:0", "has the time '0', which is none from 1ns to a year"},
  };
  for (const auto& [text, what] : cases) {
    const auto parsed = parse_stage(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), what);
  }
}

}  // namespace
}  // namespace mailvoid::pacing
