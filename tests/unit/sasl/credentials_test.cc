// SPDX-License-Identifier: Apache-2.0
#include "sasl/credentials.h"

#include <gmock/gmock.h>

#include <thread>

#include "authorities.h"

namespace mailvoid::sasl {
namespace {

constexpr std::string_view kPencil =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

std::string error_of(std::string_view file) {
  const auto credentials = Credentials::parse(file, "users");
  return credentials ? "read" : credentials.error();
}

TEST(Credentials, ReadsUsersAndTheirPasswords) {
  const auto file = Credentials::parse(
      "# people\n\nalice:secret\r\nbob@example.org:with: colons and blanks \n  carol :x\ndora:last", "users");
  ASSERT_TRUE(file) << file.error();
  EXPECT_EQ(file->size(), 4u);
  EXPECT_EQ(file->find("alice")->password(), "secret");
  EXPECT_EQ(file->find("bob@example.org")->password(), "with: colons and blanks ");
  EXPECT_EQ(file->find("  carol ")->password(), "x");
  EXPECT_EQ(file->find("dora")->password(), "last");
  EXPECT_EQ(file->find("Alice"), nullptr);
  EXPECT_EQ(file->find(""), nullptr);
}

TEST(Credentials, SkipsAByteOrderMarkAndPreparesNames) {
  const auto file = Credentials::parse("\xef\xbb\xbfI\u00adX:a\u00a0b\n", "users");
  ASSERT_TRUE(file) << file.error();
  ASSERT_NE(file->find("IX"), nullptr);
  EXPECT_EQ(file->find("IX")->password(), "a b");
}

TEST(Credentials, ReadsScramKeysAsPostgresqlWritesThem) {
  const auto file = Credentials::parse("user:" + std::string(kPencil), "users");
  ASSERT_TRUE(file) << file.error();
  EXPECT_EQ(file->find("user")->password(), "");
  EXPECT_EQ(to_string(file->find("user")->scram()), kPencil);
  EXPECT_FALSE(file->any_password());
  EXPECT_EQ(file->any_stored(), file->find("user"));
}

TEST(Credentials, MakesScramKeysOfAPassword) {
  EXPECT_EQ(
      to_string(make_scram_secret("pencil", "[m\x99h\x9d\x12\x35\x8e\xec\xa0K\x14\x12\x36\xfa\x81", 4096)),
      kPencil);
}

TEST(Credentials, KeysOfAPasswordAreMadeOnceForAllThreads) {
  const auto file = Credentials::parse("alice:secret", "users");
  const Account* const alice = file->find("alice");
  const ScramSecret* seen[4] = {};
  {
    std::vector<std::jthread> threads;
    for (auto& one : seen) threads.emplace_back([&one, alice] { one = &alice->scram(); });
  }
  for (const ScramSecret* const one : seen) EXPECT_EQ(one, seen[0]);
  EXPECT_EQ(seen[0]->iterations, 4096u);
  EXPECT_EQ(seen[0]->salt, file->salt_of("alice", 16));
}

TEST(Credentials, SaltsAreStableAndOfEachUserTheirOwn) {
  const auto file = Credentials::parse("alice:secret", "users");
  EXPECT_EQ(file->salt_of("nobody", 16), file->salt_of("nobody", 16));
  EXPECT_NE(file->salt_of("nobody", 16), file->salt_of("somebody", 16));
  EXPECT_EQ(file->salt_of("nobody", 64).size(), 64u);
  EXPECT_NE(file->salt_of("nobody", 16), Credentials::parse("alice:secret", "users")->salt_of("nobody", 16));
}

TEST(Credentials, SaysInWhichLineWhatIsWrong) {
  EXPECT_EQ(error_of("a:b\n# c\n\nplain\n"), "users:4: has no colon: write user:password");
  EXPECT_EQ(error_of(":b"), "users:1: has no user before its colon");
  EXPECT_EQ(error_of("a:"), "users:1: has no password behind its colon");
  EXPECT_EQ(error_of("a:\r\n"), "users:1: has no password behind its colon");
  EXPECT_EQ(error_of("a:b\nc:d\na:e"), "users:3: names a a second time");
  EXPECT_EQ(error_of("a:b\x01"), "users:1: has a password that is not UTF-8 or holds control characters");
  EXPECT_EQ(error_of("\xff:b"), "users:1: has a user that is not UTF-8 or holds control characters");
  EXPECT_EQ(error_of(std::string(256, 'u') + ":b"), "users:1: has a user of over 255 octets");
  EXPECT_EQ(error_of("a:" + std::string(1025, 'p')), "users:1: has a password of over 1024 octets");
  EXPECT_EQ(error_of(std::string(255, 'u') + ":" + std::string(1024, 'p')), "read");
  EXPECT_EQ(error_of(""), "users: names no user");
  EXPECT_EQ(error_of("# nobody\n"), "users: names no user");
}

TEST(Credentials, RefusesScramKeysThatAreNone) {
  const std::string good(kPencil);
  const std::string salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
  const auto with = [&](std::string_view old, std::string_view text) {
    std::string changed = good;
    return changed.replace(changed.find(old), old.size(), text);
  };
  for (const std::string& bad : {with("4096:", ""), with("4096", "0"), with("4096", "1000001"),
                                 with("4096", "-1"), with("4096", "4096x"), with(salt, ""), with(salt, "W22"),
                                 with(salt, std::string(88, 'A')), with("$WG5d", "$"), with("=:wf", "="),
                                 with(":wf", ":"), good + "=", good + " ", std::string(kScramSecretStart)}) {
    EXPECT_THAT(error_of("user:" + bad), ::testing::StartsWith("users:1: has SCRAM keys that cannot be read"))
        << bad;
  }
}

TEST(Authority, OffersWhatCanSucceed) {
  EXPECT_EQ(accepting()->possible().names(), "CRAM-MD5 PLAIN LOGIN XOAUTH2 OAUTHBEARER");
  EXPECT_EQ(refusing()->possible(), MechanismSet::all());
  EXPECT_EQ(listing("a:b")->possible(), MechanismSet::all());
  MechanismSet without_cram = MechanismSet::all();
  without_cram.remove(Mechanism::cram_md5);
  EXPECT_EQ(listing("user:" + std::string(kPencil))->possible(), without_cram);
}

TEST(Authority, ChecksPasswordsAgainstEitherKindOfSecret) {
  const auto authority = listing("alice:secret\nuser:" + std::string(kPencil));
  EXPECT_TRUE(authority->password_valid("alice", "secret"));
  EXPECT_TRUE(authority->password_valid("user", "pencil"));
  for (const char* wrong : {"", "Secret", "secret ", "secre", "pencil"}) {
    EXPECT_FALSE(authority->password_valid("alice", wrong)) << wrong;
  }
  EXPECT_FALSE(authority->password_valid("user", "secret"));
  EXPECT_FALSE(authority->password_valid("nobody", "secret"));
  EXPECT_FALSE(authority->password_valid("nobody", ""));
}

TEST(Authority, AcceptingTakesAllAndRefusingNothing) {
  EXPECT_TRUE(accepting()->password_valid("anybody", "anything"));
  EXPECT_TRUE(accepting()->digest_valid("anybody", "<1@x>", std::string(32, '0')));
  EXPECT_FALSE(refusing()->password_valid("anybody", "anything"));
  EXPECT_FALSE(refusing()->digest_valid("anybody", "<1@x>", *hmac_md5_hex("", "<1@x>")));
}

TEST(Authority, ShowsUnknownUsersAScramSecretLikeThatOfOthers) {
  const auto passwords = listing("alice:secret");
  const ScramSecret nobody = passwords->scram_secret("nobody");
  EXPECT_EQ(nobody.salt, passwords->scram_secret("nobody").salt);
  EXPECT_NE(nobody.salt, passwords->scram_secret("somebody").salt);
  EXPECT_EQ(nobody.salt.size(), passwords->scram_secret("alice").salt.size());
  EXPECT_EQ(nobody.iterations, passwords->scram_secret("alice").iterations);
  const auto stored = listing("carol:" + to_string(make_scram_secret("x", "24 octets of salt, right", 5000)));
  EXPECT_EQ(stored->scram_secret("nobody").salt.size(), 24u);
  EXPECT_EQ(stored->scram_secret("nobody").iterations, 5000u);
  EXPECT_NE(octets(stored->scram_secret("nobody").stored_key),
            octets(stored->scram_secret("carol").stored_key));
}

}  // namespace
}  // namespace mailvoid::sasl
