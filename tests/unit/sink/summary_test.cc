// SPDX-License-Identifier: Apache-2.0
#include "sink/summary.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/documentation.h"

namespace mailvoid::sink {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using Json = nlohmann::ordered_json;

SinkTotals sample() {
  SinkTotals totals;
  totals.shards = 2;
  totals.messages_accepted = 12'345;
  totals.message_octets = 987'654'321;
  totals.connections = 20;
  totals.messages_refused = {1, 2, 4};
  const auto* const at = std::ranges::find(smtp::kServerReplyCodes, 250);
  totals.replies[static_cast<std::size_t>(at - smtp::kServerReplyCodes.begin())] = 30'000;
  return totals;
}

TEST(Summary, JsonHasThePromisedMembers) {
  const Json summary = Json::parse(summary_json(sample(), 10s));
  EXPECT_EQ(summary["messages_accepted"], 12'345);
  EXPECT_EQ(summary["message_bytes"], 987'654'321);
  EXPECT_EQ(summary["connections"], 20);
  EXPECT_EQ(summary["duration_seconds"], 10.0);
  EXPECT_EQ(summary["replies"]["250"], 30'000);
}

TEST(Summary, JsonIsDocumentedMemberByMember) {
  EXPECT_THAT(undocumented_members("mailvoid-sink", Json::parse(summary_json(sample(), 10s))), IsEmpty());
}

TEST(Summary, TextTellsTheCounts) {
  const std::string text = summary_text(sample(), 10s);
  EXPECT_THAT(text, HasSubstr("mailvoid-sink: served 10.0 s on 2 shards\n"));
  EXPECT_THAT(text, HasSubstr("  messages accepted               12,345\n"));
  EXPECT_THAT(text, HasSubstr("  messages refused                     7\n"));
  EXPECT_THAT(text, HasSubstr("  replies  250 x 30,000\n"));
}

}  // namespace
}  // namespace mailvoid::sink
