// SPDX-License-Identifier: Apache-2.0
// The fuzzer's test cases without a fuzzer: random operations over servers that mostly make sense, from fixed
// seeds.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::array<std::string_view, 16> kSayings{
    "220 mx\r\n",
    "250-mx\r\n250-PIPELINING\r\n250 SIZE\r\n",
    "250-mx\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
    "250 ok\r\n250 ok\r\n250 ok\r\n",
    "250 ok\r\n",
    "250 ok\r\n",
    "250 ok\r\n250 ok\r\n354 go\r\n",
    "250 ok\r\n550 no\r\n554 no\r\n",
    "354 go\r\n",
    "250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n",
    "550 no\r\n",
    "250-",
    "25",
    "221 bye\r\n",
    "502 no\r\n",
    "421 later\r\n"};

void say(std::string& input, std::string_view octets) {
  while (!octets.empty()) {
    const std::string_view piece = octets.substr(0, 31);
    input += static_cast<char>(piece.size() * 8);
    input += piece;
    octets.remove_prefix(piece.size());
  }
}

// Opens, then mostly follows the dialogue; the last sayings are rare.
std::string random_case(std::mt19937& random) {
  constexpr char kFlush = 7;
  std::string input;
  const auto settings = static_cast<unsigned>(random() % 256 | 2U);
  input += static_cast<char>(settings);
  input += static_cast<char>(random() % 8 == 0 ? 120 : random() % 2);
  const auto open = [&input](std::string_view octets) {
    say(input, octets);
    input += kFlush;
  };
  const std::string_view list = kSayings[settings < 32 ? 1 : 2];
  open(kSayings[0]);
  open(list);
  if ((settings & 32) != 0) {
    open(kSayings[0]);
    open(list);
  }
  if ((settings & 128) != 0) open("235 ok\r\n");
  const std::size_t length = 4 + random() % 40;
  for (std::size_t i = 0; i < length; ++i) {
    const std::size_t rarity = random() % 16 == 0 ? kSayings.size() : kSayings.size() - 4;
    if (random() % 4 != 0) say(input, kSayings[2 + random() % (rarity - 2)]);
    input += random() % 3 == 0 ? static_cast<char>(random() % 240) : kFlush;
  }
  return input;
}

TEST(ClientSessionFuzz, HoldsWhateverTheServerSays) {
  std::mt19937 random(20260101);
  for (int round = 0; round < 15'000; ++round) {
    const std::string input = random_case(random);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
}

}  // namespace
