// SPDX-License-Identifier: Apache-2.0
// Every transcript of tests/transcripts/server is a test: it is replayed step by step, where each reply must
// be there before the client goes on, and then in every other way a network may cut it, with the same result.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/smtp/conversation.h"
#include "tests/unit/smtp/transcript.h"

namespace mailvoid::smtp::testing {
namespace {

using Kind = TranscriptStep::Kind;

// Bounds the work of replaying one transcript at every split point; a longer one is split at this many
// octets' worth of points, evenly spread.
constexpr std::size_t kSplitOctetsMax = 12u << 20;

const std::filesystem::path kFolder = MAILVOID_SERVER_TRANSCRIPTS;

std::vector<std::string> transcript_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

// Consecutive sends as one.
std::vector<TranscriptStep> happenings_of(const Transcript& transcript) {
  std::vector<TranscriptStep> happenings;
  for (const TranscriptStep& step : transcript.steps) {
    if (step.kind == Kind::expect || step.kind == Kind::closed) continue;
    if (step.kind == Kind::send && !happenings.empty() && happenings.back().kind == Kind::send) {
      happenings.back().octets += step.octets;
    } else {
      happenings.push_back(step);
    }
  }
  return happenings;
}

void happen(Conversation& conversation, Kind kind) {
  switch (kind) {
    case Kind::end_of_input: return conversation.end_of_input();
    case Kind::idle: return conversation.idle_timeout();
    case Kind::drain: return conversation.drain();
    case Kind::lost: return conversation.lose();
    case Kind::tls: return conversation.tls_established();
    default: FAIL() << "not a happening";
  }
}

bool server_speaks_first(const Transcript& transcript) {
  return !transcript.steps.empty() && transcript.steps.front().kind == Kind::expect;
}

// Each reply must have been sent by the time that the transcript shows it, and no other.
Outcome replay_in_step(const Transcript& transcript) {
  Conversation conversation(transcript.settings);
  if (server_speaks_first(transcript)) conversation.start();
  std::size_t read = 0;
  const auto unread = [&] { return std::string_view(conversation.output()).substr(read); };
  Kind before = Kind::send;
  for (const TranscriptStep& step : transcript.steps) {
    if (step.kind == Kind::expect) {
      const std::size_t end = unread().find("\r\n");
      const std::string_view line = unread().substr(0, end);
      EXPECT_NE(end, std::string_view::npos)
          << "line " << step.line << ": a reply is missing: " << step.octets;
      EXPECT_TRUE(step.any_rest ? line.starts_with(step.octets) : line == step.octets)
          << "line " << step.line << ": expected " << escape(step.octets) << "\n  but got " << escape(line);
      if (end == std::string_view::npos) break;
      read += end + 2;
    } else {
      if (before == Kind::expect && step.kind != Kind::closed) {
        EXPECT_EQ(unread(), "") << "line " << step.line << ": more was answered than the transcript shows";
      }
      if (step.kind == Kind::send) {
        EXPECT_FALSE(conversation.closed()) << "line " << step.line << ": the session is closed already";
        conversation.feed(step.octets);
      } else if (step.kind == Kind::closed) {
        EXPECT_TRUE(conversation.closed()) << "line " << step.line << ": the session is still open";
      } else {
        happen(conversation, step.kind);
      }
    }
    before = step.kind;
  }
  EXPECT_EQ(unread(), "") << "more was answered than the transcript shows";
  Outcome outcome = conversation.finish();
  EXPECT_EQ(conversation.fault(), "");
  return outcome;
}

// Cuts the n-th octet sent from the one before it; several cuts are possible.
template <class IsCut>
Outcome replay_cut(const Transcript& transcript, const Manner& manner, IsCut is_cut) {
  Conversation conversation(transcript.settings, manner);
  if (server_speaks_first(transcript)) conversation.start();
  std::size_t sent = 0;
  for (const TranscriptStep& step : happenings_of(transcript)) {
    if (step.kind != Kind::send) {
      happen(conversation, step.kind);
      continue;
    }
    std::size_t begin = 0;
    for (std::size_t at = 1; at <= step.octets.size(); ++at) {
      if (at < step.octets.size() && !is_cut(sent + at)) continue;
      conversation.feed(std::string_view(step.octets).substr(begin, at - begin));
      begin = at;
    }
    sent += step.octets.size();
  }
  Outcome outcome = conversation.finish();
  EXPECT_EQ(conversation.fault(), "");
  return outcome;
}

void expect_same(const Outcome& outcome, const Outcome& expected, const Manner& manner,
                 const std::string& how) {
  EXPECT_TRUE(outcome.output == expected.output) << how << ": the replies differ:\n"
                                                 << escape(outcome.output);
  EXPECT_TRUE(!manner.keep_body || outcome.messages == expected.messages) << how << ": the messages differ";
  EXPECT_EQ(outcome.envelope, expected.envelope) << how;
  EXPECT_EQ(outcome.counts, expected.counts) << how;
  EXPECT_EQ(outcome.closed, expected.closed) << how;
}

std::size_t octets_sent(const Transcript& transcript) {
  std::size_t octets = 0;
  for (const TranscriptStep& step : transcript.steps)
    octets += step.kind == Kind::send ? step.octets.size() : 0;
  return octets;
}

void expect_same_however_cut(const Transcript& transcript, const Outcome& expected) {
  const auto check = [&](const std::string& how, const Manner& manner, auto is_cut) {
    expect_same(replay_cut(transcript, manner, is_cut), expected, manner, how);
  };
  const auto nowhere = [](std::size_t) { return false; };
  const auto everywhere = [](std::size_t) { return true; };
  check("whole", {}, nowhere);
  check("whole, sent late", {.drain_late = true}, nowhere);
  check("whole, body discarded", {.keep_body = false}, nowhere);
  check("whole, chunks dropped", {.keep_body = false, .drop_chunks = true}, nowhere);
  check("whole, verdicts late", {.verdict_late = true}, nowhere);
  check("whole, sent in sevens", {.send_octets_max = 7}, nowhere);
  check("octet by octet", {}, everywhere);
  check("octet by octet, sent late", {.drain_late = true}, everywhere);
  check("octet by octet, body discarded", {.keep_body = false}, everywhere);
  check("octet by octet, chunks dropped", {.keep_body = false, .drop_chunks = true}, everywhere);
  check("octet by octet, sent in ones", {.send_octets_max = 1}, everywhere);

  const std::size_t octets = octets_sent(transcript);
  const std::size_t stride = std::max<std::size_t>(1, octets * octets / kSplitOctetsMax);
  for (std::size_t split = 1; split < octets && !::testing::Test::HasFailure(); split += stride) {
    const auto here = [&](std::size_t at) { return at == split; };
    check("split at " + std::to_string(split), {}, here);
    if (split % 2 == 0)
      check("split at " + std::to_string(split), {.keep_body = false, .drain_late = true}, here);
  }
}

std::uint64_t count_named(const Counts& counts, const std::string& name) {
  const auto found = std::ranges::find(counts, name, &Counts::value_type::first);
  EXPECT_NE(found, counts.end()) << "no counter has the name " << name;
  return found == counts.end() ? 0 : found->second;
}

class ServerTranscript : public ::testing::TestWithParam<std::string> {};

TEST_P(ServerTranscript, HoldsHoweverTheNetworkCutsIt) {
  const auto transcript = read_transcript(kFolder / (GetParam() + ".txt"));
  ASSERT_TRUE(transcript) << transcript.error();

  const Outcome outcome = replay_in_step(*transcript);
  const bool closes = std::ranges::any_of(
      transcript->steps, [](const TranscriptStep& step) { return step.kind == Kind::closed; });
  EXPECT_EQ(outcome.closed, closes) << "CLOSED must stand where the session closes";
  EXPECT_EQ(outcome.messages.size(), transcript->messages.size()) << "messages accepted";
  for (std::size_t i = 0; i < std::min(outcome.messages.size(), transcript->messages.size()); ++i) {
    EXPECT_TRUE(outcome.messages[i] == transcript->messages[i]) << "message " << i + 1 << " is:\n"
                                                                << escape(outcome.messages[i]);
  }
  EXPECT_EQ(outcome.envelope, transcript->envelope.value_or(outcome.envelope));
  for (const auto& [name, value] : transcript->counts)
    EXPECT_EQ(count_named(outcome.counts, name), value) << name;
  if (!HasFailure()) expect_same_however_cut(*transcript, outcome);
}

INSTANTIATE_TEST_SUITE_P(Line, ServerTranscript, ::testing::ValuesIn(transcript_names()), test_name);

TEST(ServerTranscripts, ExistForEveryLineOfTheChecklistThatIsServed) {
  std::set<int> lines;
  for (const std::string& name : transcript_names()) lines.insert(std::stoi(name.substr(0, 3)));
  const auto expect_range = [&](int first, int last) {
    for (int line = first; line <= last; ++line) EXPECT_TRUE(lines.contains(line)) << "smtp.md " << line;
  };
  expect_range(1, 75);
  expect_range(77, 85);
  expect_range(87, 87);
}

TEST(ServerTranscripts, SayInTheirFirstLinesWhatTheyProve) {
  for (const std::string& name : transcript_names()) {
    const auto transcript = read_transcript(kFolder / (name + ".txt"));
    ASSERT_TRUE(transcript) << transcript.error();
    ASSERT_GE(transcript->about.size(), 2u) << name;
    const std::string cited = "smtp.md " + std::to_string(std::stoi(name.substr(0, 3)));
    EXPECT_NE(transcript->about[1].find(cited), std::string::npos)
        << name << " must begin with the licence line and then say what of " << cited << " it proves";
  }
}

}  // namespace
}  // namespace mailvoid::smtp::testing
