// SPDX-License-Identifier: Apache-2.0
#include "loadgen/recipient_set.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace mailvoid::loadgen {
namespace {

// Of up to 192 recipients.
struct Row {
  std::array<std::uint64_t, 3> words{~0ull, ~0ull, ~0ull};
  RecipientSet set{words};

  explicit Row(const std::vector<std::size_t>& members = {}) {
    set.clear();
    for (const std::size_t at : members) set.add(at);
  }
  std::vector<std::size_t> members() const {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < set.size(); ++i) all.push_back(set.nth(i));
    return all;
  }
};

using Members = std::vector<std::size_t>;

TEST(RecipientSet, HasWordsForAllRecipients) {
  EXPECT_EQ(RecipientSet::words(1), 1u);
  EXPECT_EQ(RecipientSet::words(64), 1u);
  EXPECT_EQ(RecipientSet::words(65), 2u);
}

TEST(RecipientSet, TellsItsMembersInTheirOrder) {
  Row row({190, 0, 63, 64});
  EXPECT_EQ(row.members(), (Members{0, 63, 64, 190}));
  EXPECT_TRUE(row.set.contains(64));
  EXPECT_FALSE(row.set.contains(65));
  row.set.remove(64);
  EXPECT_EQ(row.members(), (Members{0, 63, 190}));
  EXPECT_TRUE(row.set.any());
  row.set.clear();
  EXPECT_FALSE(row.set.any());
}

TEST(RecipientSet, TakesTheFirstOfAnEnvelope) {
  Row row;
  for (const std::size_t count : {0u, 1u, 63u, 64u, 65u, 128u, 192u}) {
    row.set.set_first(count);
    ASSERT_EQ(row.set.size(), count);
    if (count > 0) {
      EXPECT_EQ(row.set.nth(count - 1), count - 1);
    }
  }
}

TEST(RecipientSet, KeepsOrLosesTheFirstOfItsMembers) {
  for (std::size_t count = 0; count <= 5; ++count) {
    const Members all{5, 62, 64, 70, 130};
    Row kept(all);
    kept.set.keep_first(count);
    EXPECT_EQ(kept.members(), Members(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)));
    Row rest(all);
    rest.set.remove_first(count);
    EXPECT_EQ(rest.members(), Members(all.begin() + static_cast<std::ptrdiff_t>(count), all.end()));
  }
}

TEST(RecipientSet, AddsAndTakesAwayOthers) {
  Row row({1, 100});
  row.set.add_all(Row({2, 100, 150}).set);
  EXPECT_EQ(row.members(), (Members{1, 2, 100, 150}));
  row.set.remove_all(Row({2, 150, 151}).set);
  EXPECT_EQ(row.members(), (Members{1, 100}));
  row.set.assign(Row({7}).set);
  EXPECT_EQ(row.members(), Members{7});
}

}  // namespace
}  // namespace mailvoid::loadgen
