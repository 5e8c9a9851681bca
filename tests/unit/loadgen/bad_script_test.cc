// SPDX-License-Identifier: Apache-2.0
#include "loadgen/bad_script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace mailvoid::loadgen {
namespace {

constexpr std::uint64_t kDraws = 300;

class BadScriptTest : public testing::Test {
 protected:
  BadScript draw(BadKind kind, std::uint64_t index, BadTls tls = BadTls::none) {
    Random random(1, Random::Purpose::bad_client, index);
    return scripts_.draw(kind, random, tls);
  }
  // Where the handshake is, or how many steps there are.
  static std::size_t handshake_of(const BadScript& script) {
    return static_cast<std::size_t>(std::ranges::find_if(script.steps, &BadStep::handshake) -
                                    script.steps.begin());
  }
  // Twice at most what is sent again and again.
  static std::string octets_of(const BadScript& script) {
    std::string octets;
    for (const BadStep& step : script.steps) {
      for (std::uint64_t i = 0; i < std::min<std::uint64_t>(step.times, 2); ++i) octets += step.octets;
    }
    return octets;
  }

  BadScripts scripts_{"client.example"};
};

TEST_F(BadScriptTest, NoKindEverCompletesAMessage) {
  for (std::size_t kind = 0; kind < kBadKinds; ++kind) {
    for (std::uint64_t i = 0; i < kDraws; ++i) {
      const std::string octets = octets_of(draw(static_cast<BadKind>(kind), i));
      EXPECT_EQ(octets.find("\n.\r"), octets.npos) << kBadKindNames[kind];
      EXPECT_EQ(octets.find("LAST"), octets.npos) << kBadKindNames[kind];
    }
  }
}

TEST_F(BadScriptTest, TheSameDrawIsTheSameScript) {
  for (std::size_t kind = 0; kind < kBadKinds; ++kind) {
    const auto of = static_cast<BadKind>(kind);
    EXPECT_EQ(octets_of(draw(of, 7)), octets_of(draw(of, 7)));
  }
}

TEST_F(BadScriptTest, AResetComesAtEveryStep) {
  std::set<std::string> last;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const BadScript script = draw(BadKind::reset, i);
    EXPECT_EQ(script.leave, BadScript::Leave::reset);
    const std::string octets = octets_of(script);
    last.insert(octets.substr(0, octets.find("\r\nA message")));
  }
  EXPECT_EQ(last,
            (std::set<std::string>{"", "EHLO client.example\r\n", "EHLO client.example\r\nMAIL FROM:<>\r\n",
                                   "EHLO client.example\r\nMAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\n",
                                   "EHLO client.example\r\nMAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nDATA\r\n",
                                   "EHLO client.example\r\nMAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nDATA"}));
}

TEST_F(BadScriptTest, ASlowWriterIsSlowFromAnyStepOn) {
  std::set<std::size_t> from;
  for (std::uint64_t i = 0; i < kDraws; ++i) from.insert(draw(BadKind::slow_writer, i).slow_from);
  EXPECT_EQ(from, (std::set<std::size_t>{0, 1, 2, 3, 4}));
}

TEST_F(BadScriptTest, AnOversizeLineIsLongerThanAnyServerNeedTake) {
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    std::uint64_t longest = 0;
    for (const BadStep& step : draw(BadKind::oversize_line, i).steps) {
      if (step.octets.find('\n') == step.octets.npos)
        longest = std::max(longest, step.octets.size() * step.times);
    }
    EXPECT_GE(longest, 2048u);
    EXPECT_LE(longest, 1u << 20);
  }
}

TEST_F(BadScriptTest, GarbageFollowsStarttls) {
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const BadScript script = draw(BadKind::starttls_garbage, i);
    ASSERT_EQ(script.steps.size(), 3u);
    EXPECT_TRUE(script.steps[1].octets.starts_with("STARTTLS\r\n"));
    EXPECT_FALSE(script.steps[2].octets.empty());
  }
}

TEST_F(BadScriptTest, WithTlsTheMischiefIsInIt) {
  for (const BadTls tls : {BadTls::implicit, BadTls::starttls}) {
    const std::size_t at = tls == BadTls::implicit ? 0 : 2;
    for (const BadKind kind : {BadKind::slow_reader, BadKind::slow_writer, BadKind::abandon_data,
                               BadKind::oversize_line, BadKind::protocol_error}) {
      for (std::uint64_t i = 0; i < kDraws; ++i) {
        const BadScript script = draw(kind, i, tls);
        ASSERT_EQ(handshake_of(script), at);
        if (tls == BadTls::starttls) {
          EXPECT_EQ(script.steps[1].octets, "STARTTLS\r\n");
          EXPECT_EQ(script.steps[3].wait, BadStep::Wait::nothing) << "behind a handshake comes no greeting";
        }
        if (kind == BadKind::slow_writer) {
          EXPECT_GT(script.slow_from, at);
        }
        if (kind == BadKind::slow_reader) {
          EXPECT_GT(script.reads_slowly_from, at);
        }
      }
    }
    EXPECT_TRUE(draw(BadKind::silent, 0, tls).steps.empty());
  }
}

TEST_F(BadScriptTest, AResetComesBeforeTlsAndWithinIt) {
  std::set<std::size_t> lengths;
  for (std::uint64_t i = 0; i < kDraws; ++i)
    lengths.insert(draw(BadKind::reset, i, BadTls::implicit).steps.size());
  EXPECT_EQ(lengths, (std::set<std::size_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST_F(BadScriptTest, WhereTlsComesFirstGarbageDoes) {
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const BadScript script = draw(BadKind::starttls_garbage, i, BadTls::implicit);
    ASSERT_EQ(script.steps.size(), 1u);
    EXPECT_EQ(script.steps[0].wait, BadStep::Wait::nothing);
    EXPECT_FALSE(script.steps[0].octets.empty());
  }
}

TEST_F(BadScriptTest, ASilentOneSaysNothing) { EXPECT_EQ(octets_of(draw(BadKind::silent, 0)), ""); }

}  // namespace
}  // namespace mailvoid::loadgen
