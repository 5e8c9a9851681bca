// SPDX-License-Identifier: Apache-2.0
#include "sink/sink_options.h"

#include <gmock/gmock.h>

#include "tests/unit/config/program_options_fixture.h"

namespace mailvoid::sink {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class SinkOptionsTest : public config::ProgramOptionsTest<SinkOptions> {
 protected:
  SinkOptionsTest()
      : ProgramOptionsTest("mailvoid-sink", "mx.test",
                           [](int argc, const char* const* argv, const config::ProgramContext& context) {
                             return parse_sink_options(argc, argv, context);
                           }) {}
};

TEST_F(SinkOptionsTest, DefaultsServeThisMachineOnly) {
  const auto options = parse({});
  ASSERT_TRUE(options) << options.error().text;
  ASSERT_EQ(options->listeners.size(), 1u);
  EXPECT_EQ(options->listeners[0].address.text(), "127.0.0.1:2525");
  EXPECT_EQ(options->admin.address.value().text(), "127.0.0.1:9525");
  EXPECT_FALSE(options->admin.named);
  EXPECT_THAT(options->admin.hosts, ElementsAre("mx.test", "mx"));
  EXPECT_EQ(options->admin.token_file, "");
  EXPECT_EQ(options->shards, 4u) << "one for each core";
  EXPECT_EQ(options->listener.hostname, "mx.test");
  EXPECT_EQ(options->connections_max, 4096u - 256u) << "what the descriptors allow";
  EXPECT_EQ(options->listener.message_octets_max, 64u << 20);
  EXPECT_EQ(options->listener.recipients_max, 1000u);
  EXPECT_EQ(options->idle_timeout, 5min);
  EXPECT_EQ(options->drain_timeout, 10s);
  EXPECT_EQ(options->exit_after_messages, 0u);
  EXPECT_EQ(options->user, "");
  EXPECT_FALSE(options->trace);
  EXPECT_EQ(options->json, "");
  EXPECT_FALSE(options->quiet);
  EXPECT_EQ(options->simd, "auto");
  EXPECT_TRUE(options->ring_disable.empty());
  EXPECT_LE(options->recv_buffer_bytes * options->recv_buffers, 1u << 20) << "receive buffers stay in L2";
}

TEST_F(SinkOptionsTest, KeepsNoSamplesUnlessAsked) {
  const auto options = parse({});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->capture_directory, "");
  const auto asked = parse({"--capture", "/samples"});
  ASSERT_TRUE(asked) << asked.error().text;
  EXPECT_EQ(asked->capture_directory, "/samples");
  EXPECT_EQ(asked->capture_format, "maildir");
  EXPECT_EQ(asked->capture_every, 1u);
  EXPECT_EQ(asked->capture_when_behind, "drop");
  EXPECT_FALSE(asked->capture_raw);
  EXPECT_EQ(asked->capture_bytes_max, 0u);
  EXPECT_EQ(asked->capture_memory_bytes, 64u << 20);
  EXPECT_EQ(asked->capture_threads, 1u);
}

TEST_F(SinkOptionsTest, TakesEveryFlagAboutSamples) {
  const auto options = parse_words(
      "--capture d --capture-format eml --sample 1/1000 --capture-when-behind wait --capture-raw "
      "--capture-max-bytes 1G --capture-memory 1M --capture-threads 3");
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->capture_format, "eml");
  EXPECT_EQ(options->capture_every, 1000u);
  EXPECT_EQ(options->capture_when_behind, "wait");
  EXPECT_TRUE(options->capture_raw);
  EXPECT_EQ(options->capture_bytes_max, 1u << 30);
  EXPECT_EQ(options->capture_memory_bytes, 1u << 20);
  EXPECT_EQ(options->capture_threads, 3u);
}

TEST_F(SinkOptionsTest, RefusesWhatMakesNoSenseAboutSamples) {
  EXPECT_EQ(error({"--sample", "1/10"}), "--sample: means nothing without --capture");
  EXPECT_EQ(error({"--capture-raw"}), "--capture-raw: means nothing without --capture");
  EXPECT_THAT(error({"--capture", ""}), StartsWith("--capture: "));
  EXPECT_THAT(error({"--capture", "d", "--capture-format", "mbox"}), StartsWith("--capture-format: "));
  for (const char* const sample : {"some", "1/0", "1/", "2/10", "1/x", "10", "1/-1", "1/1.5"}) {
    EXPECT_THAT(error({"--capture", "d", "--sample", sample}), StartsWith("--sample: "));
  }
  EXPECT_EQ(error({"--capture", "d", "--shards", "4", "--capture-memory", "63k"}),
            "--capture-memory: is too little for 4 shards: at least 64KiB");
}

TEST_F(SinkOptionsTest, TakesEveryFlagAboutTls) {
  const auto options = parse_words(
      "--listen [::1]:465,tls=implicit --listen [::1]:25 --tls-cert mx.pem:mx.key --tls-cert rsa.pem "
      "--tls-self-signed --tls-min 1.3 --tls-max 1.3 --tls-ciphers ECDHE+AESGCM --tls-ciphersuites "
      "TLS_AES_128_GCM_SHA256 --tls-groups X25519 --tls-client-cert required --tls-client-ca ca.pem "
      "--tls-keylog keys");
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->listeners[0].address.text(), "[::1]:465");
  EXPECT_EQ(options->listeners[0].tls, "implicit");
  EXPECT_EQ(options->listeners[1].tls, "starttls");
  const TlsOptions& tls = options->tls;
  EXPECT_THAT(tls.certificates, testing::ElementsAre("mx.pem:mx.key", "rsa.pem"));
  EXPECT_TRUE(tls.self_signed);
  EXPECT_EQ(tls.min, "1.3");
  EXPECT_EQ(tls.max, "1.3");
  EXPECT_EQ(tls.ciphers, "ECDHE+AESGCM");
  EXPECT_EQ(tls.ciphersuites, "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(tls.groups, "X25519");
  EXPECT_EQ(tls.client_certificate, "required");
  EXPECT_EQ(tls.client_authorities, "ca.pem");
  EXPECT_EQ(tls.key_log, "keys");
}

TEST_F(SinkOptionsTest, RefusesWhatMakesNoSenseAboutTls) {
  EXPECT_EQ(error({"--listen", "[::1]:465,tls=implicit"}),
            "--listen: [::1]:465: tls=implicit needs a certificate: --tls-cert or --tls-self-signed");
  EXPECT_EQ(error({"--tls-min", "1.3"}), "--tls-min: means nothing without --tls-cert or --tls-self-signed");
  EXPECT_EQ(error({"--tls-cert", "a", "--tls-cert", "b", "--tls-key", "k"}),
            "--tls-key: needs exactly one --tls-cert; with several write --tls-cert FILE:KEYFILE");
  EXPECT_EQ(error({"--tls-cert", "a:b", "--tls-key", "k"}), "--tls-key: is given in --tls-cert already");
  EXPECT_EQ(error({"--tls-self-signed", "--tls-min", "1.3", "--tls-max", "1.2"}),
            "--tls-min: is above --tls-max");
  EXPECT_THAT(error({"--tls-self-signed", "--tls-min", "1.1"}), StartsWith("--tls-min: '1.1'"));
  EXPECT_EQ(error({"--tls-self-signed", "--tls-client-cert", "required"}),
            "--tls-client-cert: required needs --tls-client-ca to check certificates against");
  EXPECT_EQ(error({"--tls-self-signed", "--tls-client-ca", "ca.pem"}),
            "--tls-client-ca: means nothing without --tls-client-cert optional or required");
}

TEST_F(SinkOptionsTest, TakesEveryFlag) {
  const auto options = parse_words(
      "--listen [::1]:0 --listen=127.0.0.1:26 --admin 127.0.0.1:9000 --shards 2 --hostname "
      "a.b --max-connections 50 --max-message-size 1M --max-recipients 7 --idle-timeout 1s "
      "--drain-timeout 0 --exit-after 9 --user nobody --trace --json - -q --simd scalar "
      "--ring-disable bundle --ring-disable min_wait --ring-entries 64 --recv-buffer-size 4k "
      "--recv-buffers 8 --block-pool 10000 --held-input 9k --backlog 3 "
      "--listen unix:/run/sink --socket-mode 600");
  ASSERT_TRUE(options) << options.error().text;
  ASSERT_EQ(options->listeners.size(), 3u);
  EXPECT_EQ(options->listeners[0].address.text(), "[::1]:0");
  EXPECT_EQ(options->listeners[1].address.text(), "127.0.0.1:26");
  EXPECT_EQ(options->listeners[2].address.text(), "unix:/run/sink");
  EXPECT_EQ(options->socket_mode, 0600u);
  EXPECT_EQ(options->admin.address.value().text(), "127.0.0.1:9000");
  EXPECT_TRUE(options->admin.named);
  EXPECT_EQ(options->shards, 2u);
  EXPECT_EQ(options->listener.hostname, "a.b");
  EXPECT_EQ(options->connections_max, 50u);
  EXPECT_EQ(options->listener.message_octets_max, 1u << 20);
  EXPECT_EQ(options->listener.recipients_max, 7u);
  EXPECT_EQ(options->idle_timeout, 1s);
  EXPECT_EQ(options->drain_timeout, 0s);
  EXPECT_EQ(options->exit_after_messages, 9u);
  EXPECT_EQ(options->user, "nobody");
  EXPECT_TRUE(options->trace);
  EXPECT_EQ(options->json, "-");
  EXPECT_TRUE(options->quiet);
  EXPECT_EQ(options->simd, "scalar");
  EXPECT_THAT(options->ring_disable, ElementsAre("bundle", "min_wait"));
  EXPECT_EQ(options->ring_entries, 64u);
  EXPECT_EQ(options->recv_buffer_bytes, 4096u);
  EXPECT_EQ(options->recv_buffers, 8u);
  EXPECT_EQ(options->block_pool_bytes, 8192u) << "whole blocks";
  EXPECT_EQ(options->held_octets_max, 9216u);
  EXPECT_EQ(options->backlog, 3u);
}

TEST_F(SinkOptionsTest, EnvironmentHasThePrefixOfTheProgram) {
  environment_ = {{"MAILVOID_SINK_LISTEN", "127.0.0.1:1,[::1]:2"},
                  {"MAILVOID_SINK_ADMIN", "off"},
                  {"MAILVOID_SINK_PORT", "tcp://10.0.0.1:25"}};
  const auto options = parse({});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->listeners.size(), 2u);
  EXPECT_EQ(options->admin.address, std::nullopt);
}

TEST_F(SinkOptionsTest, ConnectionsFitTheDescriptors) {
  EXPECT_EQ(parse({"--max-connections", "3840"})->connections_max, 3840u);
  EXPECT_EQ(error({"--max-connections", "3841"}),
            "--max-connections: 3841 do not fit the hard limit of 4096 open files: at most 3840, or raise it "
            "(ulimit -Hn)");
  EXPECT_EQ(error({"--max-connections", "0"}), "--max-connections: '0' must be at least 1");
  context_.host.descriptors_max = ~0ull;
  EXPECT_EQ(parse({})->connections_max, 20'000u);
  context_.host.descriptors_max = 64;
  EXPECT_EQ(parse({})->connections_max, 32u);
}

TEST_F(SinkOptionsTest, NeverMoreShardsThanConnections) {
  EXPECT_EQ(parse({"--max-connections", "3"})->shards, 3u);
  EXPECT_EQ(error({"--max-connections", "3", "--shards", "4"}),
            "--shards: there are more than --max-connections");
}

TEST_F(SinkOptionsTest, ListenersDifferFromEachOtherAndFromTheAdminPort) {
  EXPECT_EQ(error({"--listen", "[::1]:25", "--listen", "[::1]:25"}), "--listen: [::1]:25 is named twice");
  EXPECT_EQ(error({"--listen", "127.0.0.1:9525"}), "--listen: 127.0.0.1:9525 is the admin address as well");
  EXPECT_TRUE(parse({"--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}));
}

TEST_F(SinkOptionsTest, RefusesWhatIsOutOfRangeOrUnknown) {
  EXPECT_THAT(error({"--listen", ":25"}), StartsWith("--listen: ':25' names no address"));
  EXPECT_THAT(error({"--hostname", "a_b"}), StartsWith("--hostname: 'a_b' is not a domain name"));
  EXPECT_THAT(error({"--shards", "1025"}), StartsWith("--shards: '1025' must be 0 to 1024"));
  EXPECT_THAT(error({"--max-recipients", "0"}), StartsWith("--max-recipients: '0' must be 1 to"));
  EXPECT_THAT(error({"--idle-timeout", "0"}), StartsWith("--idle-timeout: '0' must be at least 10ms"));
  EXPECT_THAT(error({"--simd", "neon"}),
              StartsWith("--simd: 'neon' is unknown; it can be auto, scalar, wide"));
  EXPECT_THAT(error({"--ring-disable", "minwait"}), HasSubstr("did you mean min_wait?"));
  EXPECT_THAT(error({"--recv-buffers", "12"}), HasSubstr("must be a power of two"));
  EXPECT_THAT(error({"--block-pool", "4095"}), HasSubstr("must be at least 4KiB"));
  EXPECT_THAT(error({"mail"}), "unexpected argument 'mail'");
}

TEST_F(SinkOptionsTest, PrintsWhatIsResolved) {
  const auto options = parse({"--print-config"});
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().code, 0);
  EXPECT_TRUE(options.error().to_stdout);
  EXPECT_THAT(options.error().text, HasSubstr("\nshards = 4 "));
  EXPECT_THAT(options.error().text, HasSubstr("\nlisten = [\"127.0.0.1:2525\"] "));
}

TEST_F(SinkOptionsTest, HelpSaysWhatThePeerSeesOfEachLimit) {
  const std::string help = parse({"--help"}).error().text;
  const std::size_t from = help.find("\nLimits, ");
  ASSERT_NE(from, std::string::npos);
  const std::string limits = help.substr(from, help.find("\n\n", from) - from);
  std::size_t options = 0, described = 0;
  for (std::size_t at = limits.find("\n  --"); at != std::string::npos; at = limits.find("\n  --", at + 1))
    ++options;
  for (const char* reply : {"421 and", "552", "452", "cut", "connection is"}) {
    for (std::size_t at = limits.find(reply); at != std::string::npos; at = limits.find(reply, at + 1))
      ++described;
  }
  EXPECT_EQ(options, 6u);
  EXPECT_GE(described, 5u) << limits << "\n(--exit-after has no limit to describe)";
}

TEST_F(SinkOptionsTest, VersionIsAskedOfTheProgram) {
  EXPECT_EQ(parse({"--version"}).error().text, "version\n");
}

TEST_F(SinkOptionsTest, TakesWhoMayLogIn) {
  EXPECT_EQ(parse({})->auth.mode, AuthMode::off);
  EXPECT_EQ(parse({"--auth", "accept"})->auth.mode, AuthMode::accept);
  EXPECT_EQ(parse({"--auth", "fail"})->auth.mode, AuthMode::fail);
  const auto options = parse({"--auth", "file:/etc/users", "--auth-mechanisms", "plain,Scram-SHA-256"});
  EXPECT_EQ(options->auth.path, "/etc/users");
  EXPECT_EQ(offered_mechanisms(options->auth.mechanisms).names(), "SCRAM-SHA-256 PLAIN");
}

TEST_F(SinkOptionsTest, SaysWhatIsWrongAboutLoggingIn) {
  EXPECT_EQ(error({"--auth", "any"}), "--auth: 'any' is none of accept, file:PATH, fail and off");
  EXPECT_EQ(error({"--auth", "file:"}), "--auth: 'file:' names no file: write file:/etc/mailvoid/users");
  EXPECT_EQ(error({"--auth-required"}), "--auth-required: means nothing without --auth");
  EXPECT_EQ(error({"--auth", "accept", "--auth-mechanisms", "SCRAM-SHA-256"}),
            "--auth-mechanisms: SCRAM-SHA-256 needs --auth file:PATH: the server must know the password");
  EXPECT_EQ(error({"--auth", "file:/etc/users", "--auth-mechanisms", "plain,scram-sha-256-plus"}),
            "--auth-mechanisms: SCRAM-SHA-256-PLUS binds to TLS: give --tls-cert or --tls-self-signed");
  EXPECT_TRUE(
      parse({"--auth", "file:/etc/users", "--auth-mechanisms", "scram-sha-256-plus", "--tls-self-signed"}));
  EXPECT_THAT(
      error({"--auth", "accept", "--auth-mechanisms", "NTLM"}),
      StartsWith(
          "--auth-mechanisms: 'NTLM' is unknown; it can be SCRAM-SHA-256-PLUS SCRAM-SHA-256 CRAM-MD5 PLAIN"));
}

TEST_F(SinkOptionsTest, TrustsProxiesOfThisMachineUnlessToldWhom) {
  const auto names = [](const SinkOptions& options) {
    std::string all;
    for (const config::Network& network : options.listener.peers.proxy_from) all += to_string(network) + ' ';
    return all;
  };
  EXPECT_FALSE(parse({})->listener.peers.proxy_protocol);
  EXPECT_EQ(names(*parse({"--proxy-protocol"})), "127.0.0.0/8 ::1 unix ");
  EXPECT_EQ(names(*parse({"--proxy-from", "10.0.0.0/8,192.0.2.7", "--proxy-from", "fd00::/8"})),
            "10.0.0.0/8 192.0.2.7 fd00::/8 ");
  EXPECT_EQ(error({"--proxy-from", "::1,10.0.0.0/33"}),
            "--proxy-from: '10.0.0.0/33' must end in a prefix of 0 to 32 bits");
}

}  // namespace
}  // namespace mailvoid::sink
