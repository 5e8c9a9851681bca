// SPDX-License-Identifier: Apache-2.0
#include "loadgen/error_kinds.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace mailvoid::loadgen {
namespace {

// One of each, so that each entry must show one.
LoadTotals everything_once() {
  LoadTotals totals;
  const auto count = [] { return 1; };
  for (std::uint64_t& value : totals.connect_errors) value = count();
  for (std::uint64_t& value : totals.connections_lost) value = count();
  for (std::size_t i = 1; i < totals.timeouts.size(); ++i) totals.timeouts[i] = count();
  for (std::size_t i = 1; i < totals.protocol_errors.size(); ++i) totals.protocol_errors[i] = count();
  for (std::uint64_t& value : totals.unsupported) value = count();
  for (std::uint64_t& value : totals.tls_failures) value = count();
  totals.auth_unproven = count();
  totals.send_errors = count();
  totals.sessions_refused = count();
  return totals;
}

TEST(ErrorKinds, AddUpToTheErrors) {
  const LoadTotals totals = everything_once();
  std::uint64_t sum = 0;
  for (const ErrorCount& error : error_counts(totals)) {
    EXPECT_EQ(error.count, 1U) << error.text;
    sum += error.count;
  }
  EXPECT_EQ(sum, totals.errors());
}

TEST(ErrorKinds, HaveDifferentNamesAndSayWhatTheyAre) {
  std::set<std::pair<std::string_view, std::string_view>> names;
  std::set<std::string_view> texts;
  const std::vector<ErrorCount> errors = error_counts({});
  for (const ErrorCount& error : errors) {
    EXPECT_FALSE(error.kind.empty() || error.detail.empty()) << error.text;
    names.emplace(error.kind, error.detail);
    texts.insert(error.text);
  }
  EXPECT_EQ(names.size(), errors.size());
  EXPECT_EQ(texts.size(), errors.size());
}

// The text of the one kind that was counted.
std::string_view only_text(const LoadTotals& totals) {
  std::string_view text = "none";
  for (const ErrorCount& error : error_counts(totals)) {
    if (error.count == 0) continue;
    EXPECT_EQ(text, "none");
    text = error.text;
  }
  return text;
}

TEST(ErrorKinds, NameTheConnectErrorCounted) {
  LoadTotals totals;
  totals.connect_errors[static_cast<std::size_t>(ConnectError::no_port)] = 1;
  EXPECT_EQ(only_text(totals), "no local port left");
}

TEST(ErrorKinds, NameTheReplyThatDidNotCome) {
  LoadTotals totals;
  totals.timeouts[static_cast<std::size_t>(smtp::ClientStep::message)] = 1;
  EXPECT_EQ(only_text(totals), "no reply to the message in time");
}

TEST(ErrorKinds, NameTheReplyBeforeWhichTheConnectionWasLost) {
  LoadTotals totals;
  totals.connections_lost[static_cast<std::size_t>(smtp::ClientStep::quit)] = 1;
  EXPECT_EQ(only_text(totals), "connection lost before the reply to QUIT");
}

TEST(ErrorKinds, NameTheProtocolError) {
  LoadTotals totals;
  totals.protocol_errors[static_cast<std::size_t>(smtp::ClientError::unsolicited_reply)] = 1;
  EXPECT_EQ(only_text(totals), "reply that nothing asked for");
}

}  // namespace
}  // namespace mailvoid::loadgen
