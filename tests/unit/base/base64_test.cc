// SPDX-License-Identifier: Apache-2.0
#include "base/base64.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace mailvoid {
namespace {

struct Vector {
  const char* octets;
  const char* text;
};
// RFC 4648 section 10.
constexpr Vector kVectors[] = {{"", ""},
                               {"f", "Zg=="},
                               {"fo", "Zm8="},
                               {"foo", "Zm9v"},
                               {"foob", "Zm9vYg=="},
                               {"fooba", "Zm9vYmE="},
                               {"foobar", "Zm9vYmFy"}};

TEST(Base64, EncodesTheVectorsOfTheRfc) {
  for (const auto& [octets, text] : kVectors) {
    EXPECT_EQ(base64(octets), text);
    EXPECT_EQ(base64_size(std::string_view(octets).size()), std::string_view(text).size());
  }
}

TEST(Base64, DecodesTheVectorsOfTheRfcBehindWhatIsThere) {
  for (const auto& [octets, text] : kVectors) {
    std::string to = "+";
    ASSERT_TRUE(append_decoded_base64(text, to)) << text;
    EXPECT_EQ(to, "+" + std::string(octets));
  }
}

TEST(Base64, EveryOctetSurvivesAtEveryPlace) {
  std::string octets;
  for (std::uint32_t i = 0; i < 1024; ++i) {
    octets += static_cast<char>(i * 167 >> 2);
    std::string back;
    ASSERT_TRUE(append_decoded_base64(base64(octets), back));
    ASSERT_EQ(back, octets);
  }
}

TEST(Base64, RefusesWhatIsNotBase64AndLeavesTheTargetAlone) {
  using std::string_view_literals::operator""sv;
  for (const std::string_view text :
       {"Z"sv, "Zg"sv, "Zg="sv, "Zm9vYg"sv, "Zg==="sv, "===="sv, "="sv, "Z==="sv, "Zg==Zg=="sv, "Zm=v"sv,
        "Zm9v "sv, " Zm9"sv, "Zm9\n"sv, "Zm-_"sv, "Zm9\0"sv, "Zm9\xff"sv, "Zm9v===="sv, "*"sv}) {
    std::string to = "kept";
    EXPECT_FALSE(append_decoded_base64(text, to)) << text;
    EXPECT_EQ(to, "kept") << text;
  }
}

TEST(Base64, RefusesASecondTextForTheSameOctets) {
  std::string to;
  EXPECT_TRUE(append_decoded_base64("Zg==", to));
  EXPECT_FALSE(append_decoded_base64("Zh==", to));
  EXPECT_TRUE(append_decoded_base64("Zm8=", to));
  EXPECT_FALSE(append_decoded_base64("Zm9=", to));
}

}  // namespace
}  // namespace mailvoid
