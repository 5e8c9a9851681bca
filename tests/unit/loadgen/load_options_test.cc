// SPDX-License-Identifier: Apache-2.0
#include "loadgen/load_options.h"

#include <gmock/gmock.h>

#include "tests/unit/config/program_options_fixture.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class LoadOptionsTest : public config::ProgramOptionsTest<LoadOptions> {
 protected:
  LoadOptionsTest()
      : ProgramOptionsTest("mailvoid-loadgen", "client.test",
                           [](int argc, const char* const* argv, const config::ProgramContext& context) {
                             return parse_load_options(argc, argv, context);
                           }) {}
};

TEST_F(LoadOptionsTest, TheHelpOfGraceTellsOfRetries) {
  const auto help = parse({"--help"});
  ASSERT_FALSE(help);
  const std::size_t grace = help.error().text.find("  --grace ");
  ASSERT_NE(grace, std::string::npos);
  EXPECT_THAT(help.error().text.substr(grace, 400), testing::HasSubstr("retries"));
}

TEST_F(LoadOptionsTest, ATargetIsEnough) {
  const auto options = parse({"localhost:2525"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(to_string(std::span<const TargetOption>(options->targets)), "localhost:2525");
  EXPECT_FALSE(options->allow_public_target);
  EXPECT_TRUE(options->sources.empty());
  EXPECT_EQ(options->shards, 4u);
  EXPECT_EQ(options->sessions, 100u);
  EXPECT_EQ(options->duration, 10s);
  EXPECT_EQ(options->messages, std::nullopt);
  EXPECT_EQ(options->messages_per_session, 0u);
  EXPECT_EQ(options->ramp, 20ms) << "5,000 connections a second";
  EXPECT_TRUE(options->pipelining);
  EXPECT_TRUE(options->overlap);
  EXPECT_EQ(options->size, "4KiB");
  EXPECT_EQ(options->mail, "");
  EXPECT_EQ(options->recipients, "1");
  EXPECT_EQ(options->helo, "client.test");
  EXPECT_EQ(options->connect_timeout, 10s);
  EXPECT_EQ(options->reply_timeout, 30s);
  EXPECT_EQ(options->grace, 10s);
  EXPECT_EQ(options->admin.address.value().text(), "127.0.0.1:9526");
  EXPECT_FALSE(options->admin.named);
  EXPECT_TRUE(options->color);
  EXPECT_FALSE(options->quiet);
}

TEST_F(LoadOptionsTest, TakesEveryFlag) {
  const auto options = parse_words(
      "--sessions 2000 [::1]:25 --messages 9 --messages-per-session 3 --no-pipelining --no-overlap --ramp "
      "2s --shards 2 --source 127.0.0.2 --source ::1 --allow-public-target --mail corpus/ "
      "--memory-limit 2M --recipients 5 --from= --to u{recipient}@b --helo [IPv6:::1] --seed "
      "42 --connect-timeout 1 --reply-timeout 2 --grace 0 --admin off --json out.json --html out.html "
      "--quiet "
      "--no-color --simd wide --ring-disable bundle --ring-entries 128");
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(to_string(std::span<const TargetOption>(options->targets)), "[::1]:25");
  EXPECT_EQ(options->sessions, 2000u);
  EXPECT_EQ(options->duration, std::nullopt);
  EXPECT_EQ(options->messages, 9u);
  EXPECT_EQ(options->messages_per_session, 3u);
  EXPECT_FALSE(options->pipelining);
  EXPECT_FALSE(options->overlap);
  EXPECT_EQ(options->ramp, 2s);
  EXPECT_EQ(options->shards, 2u);
  ASSERT_EQ(options->sources.size(), 2u);
  EXPECT_EQ(options->sources[1].host_text(), "::1");
  EXPECT_TRUE(options->allow_public_target);
  EXPECT_EQ(options->mail, "corpus/");
  EXPECT_EQ(options->memory_max, 2u << 20);
  EXPECT_EQ(options->recipients, "5");
  EXPECT_EQ(options->from, "");
  EXPECT_EQ(options->to, "u{recipient}@b");
  EXPECT_EQ(options->helo, "[IPv6:::1]");
  EXPECT_EQ(options->seed, 42u);
  EXPECT_EQ(options->connect_timeout, 1s);
  EXPECT_EQ(options->reply_timeout, 2s);
  EXPECT_EQ(options->grace, 0s);
  EXPECT_EQ(options->admin.address, std::nullopt);
  EXPECT_TRUE(options->admin.named);
  EXPECT_EQ(options->json, "out.json");
  EXPECT_EQ(options->html, "out.html");
  EXPECT_TRUE(options->quiet);
  EXPECT_FALSE(options->color);
  EXPECT_EQ(options->simd, "wide");
  EXPECT_THAT(options->ring_disable, ElementsAre("bundle"));
  EXPECT_EQ(options->ring_entries, 128u);
}

TEST_F(LoadOptionsTest, TakesWhatAClientMaySpeak) {
  const auto options = parse_words(
      "mx:25 --lmtp --bdat 64k --body binarymime --dsn ret=hdrs,notify=success,delay,orcpt --smtputf8 "
      "--requiretls "
      "--xclient ADDR=192.0.2.1,NAME=a.example --if-unsupported degrade");
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_TRUE(options->lmtp && options->smtp_utf8 && options->require_tls);
  EXPECT_EQ(options->bdat_octets, 65536U);
  EXPECT_EQ(options->body, "binarymime");
  EXPECT_EQ(options->dsn, "ret=hdrs,notify=success,delay,orcpt");
  EXPECT_EQ(options->xclient, "ADDR=192.0.2.1,NAME=a.example");
  EXPECT_EQ(options->if_unsupported, "degrade");
  EXPECT_EQ(manner_text(*options),
            "LMTP, pipelining where announced, BDAT chunks of 64.0 KiB, BODY=binarymime, DSN, SMTPUTF8, "
            "REQUIRETLS, XCLIENT");
}

TEST_F(LoadOptionsTest, RefusesWhatDoesNotGoTogether) {
  EXPECT_THAT(error({"mx:25", "--body", "binarymime"}), HasSubstr("--body: binarymime needs --bdat"));
  EXPECT_THAT(error({"mx:25", "--to", "\xC3\xA9@x"}),
              HasSubstr("--to: has octets beyond ASCII, which need --smtputf8"));
  EXPECT_EQ(error({"mx:25", "--auth-mechanism", "scram-sha-256-plus", "--auth-user", "me",
                   "--auth-password-file", "secret"}),
            "--auth-mechanism: scram-sha-256-plus binds to TLS, which needs --tls");
  EXPECT_EQ(error({"mx:25", "--auth-user", "me"}), "--auth-user: needs --auth-password-file");
  EXPECT_EQ(error({"mx:25", "--auth-password-file", "secret"}), "--auth-password-file: needs --auth-user");
  EXPECT_THAT(error({"mx:25", "--dsn", "ret=some"}), HasSubstr("ret= is full or hdrs"));
  EXPECT_THAT(error({"mx:25", "--xclient", "ADDRESS=1"}), HasSubstr("is not ATTRIBUTE=VALUE"));
}

TEST_F(LoadOptionsTest, WhatIsOfTlsNeedsTls) {
  for (const auto& [name, value] : {std::pair("--tls-ca", "ca.pem"),
                                    {"--tls-server-name", "mta.test"},
                                    {"--tls-cert", "c.pem"},
                                    {"--tls-key", "k.pem"},
                                    {"--tls-min", "1.3"},
                                    {"--tls-max", "1.2"},
                                    {"--tls-resume", "5"}}) {
    EXPECT_EQ(error({"mx:25", name, value}),
              std::string(name) + ": needs --tls, without which mail goes in the clear");
    EXPECT_TRUE(parse({"mx:25", name, value, "--tls", "starttls"})) << name;
  }
  EXPECT_THAT(error({"mx:25", "--tls-insecure"}), HasSubstr("--tls-insecure: needs --tls"));
  EXPECT_EQ(error({"mx:25", "--tls", "implicit", "--tls-min", "1.3", "--tls-max", "1.2"}),
            "--tls-min: is above --tls-max");
}

TEST_F(LoadOptionsTest, EachOutputHasAFileOfItsOwn) {
  EXPECT_EQ(error({"mx:25", "--json", "-", "--csv", "-"}),
            "--csv: cannot go to standard output, where --json goes");
  EXPECT_EQ(error({"mx:25", "--html", "a", "--csv", "b", "--json", "a"}),
            "--html: cannot go to a, where --json goes");
  EXPECT_EQ(error({"mx:25", "--html", "a", "--csv", "a"}), "--csv: cannot go to a, where --html goes");
  EXPECT_TRUE(parse({"mx:25", "--json", "-", "--csv", "b", "--html", "a"}));
  EXPECT_TRUE(parse({"mx:25", "--json", "/dev/null", "--csv", "/dev/null"}));
}

TEST_F(LoadOptionsTest, ThresholdsOfAPlanNeedOne) {
  EXPECT_EQ(error({"mx:25", "--threshold", "errors<1%", "--threshold", "rate>=99%"}),
            "--threshold: 'rate>=99%' needs --rate or --stage: a closed loop has no plan");
  EXPECT_TRUE(parse({"mx:25", "--threshold", "rate>=99%", "--rate", "10/s"}));
  EXPECT_TRUE(parse({"mx:25", "--threshold", "lag.p99<1ms", "--stage", "hold:10/s:1m"}));
}

TEST_F(LoadOptionsTest, RunEndsByTimeOrByCount) {
  EXPECT_EQ(error({"mx:25", "--duration", "5s", "--messages", "5"}),
            "--messages: cannot be given together with --duration: the run ends by one of them");
  environment_ = {{"MAILVOID_LOADGEN_MESSAGES", "5"}};
  EXPECT_THAT(error({"mx:25", "--duration", "5s"}), StartsWith("MAILVOID_LOADGEN_MESSAGES: cannot be given"));
}

TEST_F(LoadOptionsTest, MailComesFromOneSource) {
  EXPECT_THAT(error({"mx:25", "--size", "1k", "--mail", "a.eml"}),
              StartsWith("--size: cannot be given together with --mail"));
}

TEST_F(LoadOptionsTest, TargetNamesItsPort) {
  EXPECT_EQ(error({}), "no TARGET given");
  EXPECT_THAT(error({"localhost"}), StartsWith("TARGET: 'localhost' names no port: write localhost:2525"));
}

TEST_F(LoadOptionsTest, SessionsFitTheDescriptors) {
  EXPECT_TRUE(parse({"mx:25", "--sessions", "4032"}));
  EXPECT_THAT(error({"mx:25", "--sessions", "4033"}),
              StartsWith("--sessions: 4033 do not fit the hard limit of 4096 open files"));
  EXPECT_THAT(error({"mx:25", "--sessions", "0"}), StartsWith("--sessions: '0' must be 1 to"));
}

TEST_F(LoadOptionsTest, NeverMoreShardsThanSessions) {
  EXPECT_EQ(parse({"mx:25", "--sessions", "3"})->shards, 3u);
  EXPECT_EQ(error({"mx:25", "--sessions", "3", "--shards", "4"}), "--shards: there are more than --sessions");
}

TEST_F(LoadOptionsTest, TemplatesAreCheckedByTheirCompiler) {
  EXPECT_EQ(error({"mx:25", "--from", "a{session"}), "--from: 'a{session' has '{' at 2 without '}'");
  EXPECT_EQ(error({"mx:25", "--to", "a{session"}), "--to: 'a{session' has '{' at 2 without '}'");
  EXPECT_EQ(error({"mx:25", "--header", "a"}), "--header: 'a' has no colon: write 'NAME: TEXT'");
  EXPECT_EQ(error({"mx:25", "--subject", "}"}), "--subject: '}' has '}' at 1 without '{'");
  EXPECT_EQ(error({"mx:25", "--size", "lognormal:4k"}),
            "--size: 'lognormal:4k' has the sigma '': it must be a number over 0 and up to 10");
  EXPECT_EQ(error({"mx:25", "--recipients", "0"}), "--recipients: '0' has 0: it must be 1 to 100000");
}

TEST_F(LoadOptionsTest, RecipientsAreDrawnFromOnePlace) {
  EXPECT_EQ(parse({"mx:25", "--to-users", "9"})->to, "user{user}@sink.example");
  EXPECT_EQ(parse({"mx:25", "--to-domain", "a.example"})->to, "user{recipient}@{domain}");
  EXPECT_EQ(parse({"mx:25", "--to-users", "9", "--to-domain", "a.example=2"})->to, "user{user}@{domain}");
  EXPECT_EQ(error({"mx:25", "--to", "u{user}@x"}), "--to: has {user}, which needs --to-users");
  EXPECT_EQ(error({"mx:25", "--to", "u@x", "--to-users", "2"}), "--to-users: needs {user} in --to");
  EXPECT_EQ(error({"mx:25", "--to-file", "f", "--to", "u@x"}),
            "--to: cannot be given together with --to-file");
  EXPECT_EQ(error({"mx:25", "--from-file", "f", "--from", "u@x"}),
            "--from: cannot be given together with --from-file");
  EXPECT_EQ(error({"mx:25", "--to-zipf", "1"}), "--to-zipf: needs --to-users or --to-file");
}

TEST_F(LoadOptionsTest, HeadersMayHoldCommasInTheEnvironment) {
  environment_ = {{"MAILVOID_LOADGEN_HEADER", "X: a, b\nY: c"}};
  EXPECT_THAT(parse({"mx:25"})->headers, ElementsAre("X: a, b", "Y: c"));
  environment_.clear();
  EXPECT_THAT(parse({"mx:25", "--header", "X: a, b", "--header", "Y: c"})->headers,
              ElementsAre("X: a, b", "Y: c"));
}

TEST_F(LoadOptionsTest, OnlyTheSenderMayBeEmpty) {
  EXPECT_TRUE(parse({"mx:25", "--from", ""}));
  EXPECT_EQ(error({"mx:25", "--to", ""}), "--to: '' is empty");
}

TEST_F(LoadOptionsTest, OurNameIsADomainOrALiteral) {
  for (const char* good : {"client.example", "[127.0.0.1]", "[IPv6:2001:db8::1]"})
    EXPECT_TRUE(parse({"mx:25", "--helo", good})) << good;
  for (const char* bad : {"a b", "[127.0.0.1", "[::1]", "[IPv6:127.0.0.1]", "a\r\nRSET"}) {
    EXPECT_THAT(error({"mx:25", "--helo", bad}), HasSubstr("is neither a domain name nor an address literal"))
        << bad;
  }
}

TEST_F(LoadOptionsTest, NoColorVariableIsHonoured) {
  environment_ = {{"NO_COLOR", "1"}};
  EXPECT_FALSE(parse({"mx:25"})->color);
  EXPECT_TRUE(parse({"mx:25", "--color"})->color);
  environment_ = {{"NO_COLOR", ""}};
  EXPECT_TRUE(parse({"mx:25"})->color);
}

TEST_F(LoadOptionsTest, PrintsWhatIsResolved) {
  const auto options = parse({"mx:25", "--sessions", "2000", "--print-config"});
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().code, 0);
  for (const char* line :
       {"\ntarget = [\"mx:25\"] ", "\nduration = \"10s\" ", "\nramp = \"400ms\" ", "\nshards = 4 "}) {
    EXPECT_THAT(options.error().text, HasSubstr(line));
  }
}

}  // namespace
}  // namespace mailvoid::loadgen
