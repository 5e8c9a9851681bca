// SPDX-License-Identifier: Apache-2.0
// The fuzz target of the server session on inputs made of what clients say, in every mode: what a short run
// of the fuzzer would find is found here.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace mailvoid::smtp {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kFragments[] = {"EHLO x\r\n"sv,
                                           "HELO x\r\n"sv,
                                           "LHLO x\r\n"sv,
                                           "MAIL FROM:<a@b>\r\n"sv,
                                           "MAIL FROM:<a@b> BODY=BINARYMIME SMTPUTF8\r\n"sv,
                                           "MAIL FROM:<\xc3\xa9@b> SMTPUTF8 RET=FULL ENVID=+20\r\n"sv,
                                           "MAIL FROM: a SIZE=99\r\n"sv,
                                           "RCPT TO:<c@d> NOTIFY=SUCCESS,DELAY\r\n"sv,
                                           "RCPT TO:<y@y>\r\n"sv,
                                           "RCPT TO:<x@x>\r\n"sv,
                                           "RCPT TO:<c@d>\r\nDATA\r\n"sv,
                                           "MAIL FROM:<>\r\nRCPT TO:<c@d>\r\nBDAT 5\r\nQUIT\r"sv,
                                           "BDAT 7\r\nRSET\r\n\n"sv,
                                           "BDAT 0 LAST\r\n"sv,
                                           "BDAT 120 LAST\r\n"sv,
                                           "BDAT x\r\n"sv,
                                           ".\r\n"sv,
                                           "\r\n.\r\n"sv,
                                           "\n.\n"sv,
                                           "text\xe9\r\n"sv,
                                           "NOOP\n"sv,
                                           "RSET\r\n"sv,
                                           "STARTTLS\r\n"sv,
                                           "AUTH PLAIN AAAA\r\n"sv,
                                           "AUTH LOGIN\r\n"sv,
                                           "AUTH PLAIN =\r\n"sv,
                                           "*\r\n"sv,
                                           "AAAA\r\n"sv,
                                           "\r\n"sv,
                                           "ETRN #q\r\n"sv,
                                           "EXPN all\r\n"sv,
                                           "VRFY B\r\n"sv,
                                           "VRFY \xc3\xa9 SMTPUTF8\r\n"sv,
                                           "XCLIENT NAME=[UNAVAILABLE] LOGIN=x\r\n"sv,
                                           "XFORWARD SOURCE=LOCAL\r\n"sv,
                                           "HELP BDAT\r\n"sv,
                                           "\r"sv,
                                           "\n"sv,
                                           "\0"sv,
                                           "quit"sv};

TEST(ServerSessionFuzz, HoldsOnRandomSessionsInEveryMode) {
  std::mt19937 random(3030);
  for (int round = 0; round < 1500; ++round) {
    std::string input;
    for (int i = 0; i < 6; ++i) input += static_cast<char>(random());
    for (int n = 0; n < 40; ++n) {
      const std::size_t which = random() % (std::size(kFragments) + 1);
      if (which < std::size(kFragments)) {
        input += kFragments[which];
      } else {
        input += "AUTH LOGIN " + std::string(random() % 13'000, 'A');
      }
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
}

}  // namespace
}  // namespace mailvoid::smtp
