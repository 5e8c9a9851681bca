// SPDX-License-Identifier: Apache-2.0
#include "sasl/mechanism.h"

#include <gtest/gtest.h>

namespace mailvoid::sasl {
namespace {

TEST(Mechanism, IsFoundByItsNameInAnyCase) {
  for (std::size_t i = 0; i < kMechanismCount; ++i) {
    const auto mechanism = static_cast<Mechanism>(i);
    EXPECT_EQ(find_mechanism(facts(mechanism).name), mechanism);
  }
  EXPECT_EQ(find_mechanism("cRaM-mD5"), Mechanism::cram_md5);
  for (const char* name : {"", "PLAI", "PLAINX", "CRAM", "SCRAM-SHA-1", " PLAIN"}) {
    EXPECT_FALSE(find_mechanism(name)) << name;
  }
}

TEST(Mechanism, OnlyThoseThatHideTheSecretAreNotInClear) {
  for (const Mechanism hidden :
       {Mechanism::scram_sha_256, Mechanism::scram_sha_256_plus, Mechanism::cram_md5}) {
    EXPECT_FALSE(facts(hidden).in_clear);
  }
  for (const Mechanism clear :
       {Mechanism::plain, Mechanism::login, Mechanism::xoauth2, Mechanism::oauthbearer}) {
    EXPECT_TRUE(facts(clear).in_clear);
  }
}

TEST(MechanismSet, ListsStrongestFirstWhateverTheOrderOfAdding) {
  EXPECT_EQ((MechanismSet{Mechanism::login, Mechanism::plain, Mechanism::scram_sha_256}).names(),
            "SCRAM-SHA-256 PLAIN LOGIN");
  EXPECT_EQ(MechanismSet().names(), "");
  EXPECT_EQ(MechanismSet::all().names(),
            "SCRAM-SHA-256-PLUS SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN XOAUTH2 OAUTHBEARER");
}

TEST(MechanismSet, AddsRemovesAndMeets) {
  MechanismSet set = MechanismSet::all();
  set.remove(Mechanism::login);
  EXPECT_FALSE(set.contains(Mechanism::login));
  EXPECT_TRUE(set.contains(Mechanism::plain));
  EXPECT_EQ(set & (MechanismSet{Mechanism::login, Mechanism::plain}), MechanismSet{Mechanism::plain});
  EXPECT_TRUE((set & MechanismSet{Mechanism::login}).empty());
}

}  // namespace
}  // namespace mailvoid::sasl
