// SPDX-License-Identifier: Apache-2.0
// What one command costs: its verb, its address and parameters, and the whole way through a session with its
// verdict and reply. Items are commands.
#include <benchmark/benchmark.h>
#include <strings.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "smtp/address.h"
#include "smtp/command.h"
#include "smtp/mail_parameters.h"
#include "smtp/server_session.h"

namespace mailvoid::smtp {
namespace {

constexpr std::string_view kLines[] = {"EHLO client.example.com",
                                       "MAIL FROM:<sender.name@example.com> SIZE=1024 BODY=8BITMIME",
                                       "RCPT TO:<recipient@example.org>",
                                       "DATA",
                                       "RSET",
                                       "QUIT"};

// The rival: the table from its top, compared without regard to case, as most servers do.
Verb search_verb(std::string_view line) {
  for (std::size_t i = 0; i < kVerbCount; ++i) {
    const CommandInfo& info = command_info(static_cast<Verb>(i));
    if (info.name.empty() || line.size() < info.name.size()) continue;
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the line is long enough
    if (::strncasecmp(line.data(), info.name.data(), info.name.size()) != 0) continue;
    if (line.size() == info.name.size() || line[info.name.size()] == ' ') return info.verb;
  }
  return Verb::unknown;
}

void verb_by_hash(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    for (std::string_view line : kLines) {
      benchmark::DoNotOptimize(line);
      benchmark::DoNotOptimize(parse_command(line));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(std::size(kLines)));
}
BENCHMARK(verb_by_hash)->Name("verb/hash");

void verb_by_search(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    for (std::string_view line : kLines) {
      benchmark::DoNotOptimize(line);
      benchmark::DoNotOptimize(search_verb(line));
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(std::size(kLines)));
}
BENCHMARK(verb_by_search)->Name("verb/search");

void path(benchmark::State& state) {
  std::string_view text = "<sender.name@example.com> SIZE=1024 BODY=8BITMIME";
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(text);
    benchmark::DoNotOptimize(parse_path(text));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(path)->Name("path");

void mail_parameters(benchmark::State& state) {
  std::string_view text = "SIZE=1024 BODY=8BITMIME";
  const ParameterRules rules{.served = FeatureSet(Extension::size) | Extension::eight_bit_mime};
  MailParameters parameters;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(text);
    benchmark::DoNotOptimize(parse_mail_parameters(text, rules, parameters));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(mail_parameters)->Name("mail_parameters");

// Feeds `first`, then `turn` over and over, and sends what is answered. A turn counts as `items`.
void run_session(benchmark::State& state, std::string_view first, std::string_view turn, std::int64_t items) {
  const ServerConfig config = make_server_config({.hostname = "sink.example"}).value();
  BlockPool blocks(4);
  ServerTally tally;
  const ServerEnvironment environment{config, blocks, tally};
  ServerSession session(environment);
  const auto feed = [&](std::string_view input) {
    for (;;) {
      const ServerEvent event = session.pump(input);
      if (!awaits_verdict(event.kind)) break;
      session.answer({});
    }
    while (session.output_pending()) session.end_send(session.begin_send().size());
  };
  feed(first);
  for ([[maybe_unused]] auto _ : state) feed(turn);
  state.SetItemsProcessed(state.iterations() * items);
}

void session_noop(benchmark::State& state) { run_session(state, "HELO client\r\n", "NOOP\r\n", 1); }
BENCHMARK(session_noop)->Name("session/noop");

void session_mail_rset(benchmark::State& state) {
  run_session(state, "HELO client\r\n",
              "MAIL FROM:<sender.name@example.com> SIZE=1024 BODY=8BITMIME\r\nRSET\r\n", 2);
}
BENCHMARK(session_mail_rset)->Name("session/mail_rset");

// As the load generator pipelines: a message of 998 octets, its dot and the next MAIL, RCPT and DATA in one
// turn. An item is the whole transaction.
void session_transaction(benchmark::State& state) {
  const std::string commands =
      "MAIL FROM:<sender@example.com>\r\nRCPT TO:<recipient@example.org>\r\nDATA\r\n";
  run_session(state, "HELO client\r\n" + commands, std::string(996, 'x') + "\r\n.\r\n" + commands, 1);
}
BENCHMARK(session_transaction)->Name("session/transaction");

}  // namespace
}  // namespace mailvoid::smtp
