// SPDX-License-Identifier: Apache-2.0
#include "loadgen/error_examples.h"

#include <gmock/gmock.h>

#include <string>
#include <tuple>
#include <vector>

namespace mailvoid::loadgen {
namespace {

using smtp::ClientStep;
using testing::ElementsAre;
using testing::IsEmpty;

using Seen = std::tuple<ClientStep, int, std::string, int>;

std::vector<Seen> seen(const ErrorExamples& examples) {
  std::vector<Seen> all;
  for (const ErrorExample& each : examples.all()) {
    all.emplace_back(each.step, each.code, each.text(), static_cast<int>(each.count));
  }
  return all;
}

TEST(ErrorExamples, KeepTheFirstOfAKindAndCountTheRest) {
  ErrorExamples examples;
  EXPECT_THAT(seen(examples), IsEmpty());
  examples.note(ClientStep::rcpt, 451, "4.7.1 greylisted, come back in 300 s");
  examples.note(ClientStep::rcpt, 451, "4.7.1 greylisted, come back in 299 s");
  EXPECT_THAT(seen(examples),
              ElementsAre(Seen{ClientStep::rcpt, 451, "4.7.1 greylisted, come back in 300 s", 2}));
}

TEST(ErrorExamples, TellStepsCodesAndEnhancedCodesApart) {
  ErrorExamples examples;
  examples.note(ClientStep::rcpt, 451, "4.7.1 a");
  examples.note(ClientStep::mail, 451, "4.7.1 b");
  examples.note(ClientStep::rcpt, 550, "4.7.1 c");
  examples.note(ClientStep::rcpt, 451, "4.7.10 d");
  examples.note(ClientStep::rcpt, 451, "4.7.1");
  examples.note(ClientStep::rcpt, 451, "");
  EXPECT_THAT(
      seen(examples),
      ElementsAre(Seen{ClientStep::rcpt, 451, "4.7.1 a", 2}, Seen{ClientStep::mail, 451, "4.7.1 b", 1},
                  Seen{ClientStep::rcpt, 550, "4.7.1 c", 1}, Seen{ClientStep::rcpt, 451, "4.7.10 d", 1},
                  Seen{ClientStep::rcpt, 451, "", 1}));
}

TEST(ErrorExamples, CutLongTexts) {
  ErrorExamples examples;
  const std::string text(1000, 'x');
  examples.note(ClientStep::data, 552, text);
  examples.note(ClientStep::data, 552, text);
  EXPECT_THAT(seen(examples), ElementsAre(Seen{ClientStep::data, 552, std::string(160, 'x'), 2}));
}

TEST(ErrorExamples, AreBounded) {
  ErrorExamples examples;
  for (int i = 0; i < 100; ++i) examples.note(ClientStep::rcpt, 550, std::to_string(i) + " no");
  EXPECT_EQ(examples.all().size(), ErrorExamples::kKindsMax);
  examples.note(ClientStep::rcpt, 550, "7 no");
  EXPECT_EQ(examples.all()[7].count, 2u);
}

TEST(ErrorExamples, OfSeveralShardsBecomeOne) {
  ErrorExamples first;
  first.note(ClientStep::rcpt, 550, "5.1.1 a");
  ErrorExamples second;
  second.note(ClientStep::greeting, 554, "no");
  second.note(ClientStep::rcpt, 550, "5.1.1 b");
  second.note(ClientStep::rcpt, 550, "5.1.1 c");
  first.merge(second);
  EXPECT_THAT(seen(first), ElementsAre(Seen{ClientStep::rcpt, 550, "5.1.1 a", 3},
                                       Seen{ClientStep::greeting, 554, "no", 1}));
}

}  // namespace
}  // namespace mailvoid::loadgen
