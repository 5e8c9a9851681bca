// SPDX-License-Identifier: Apache-2.0
#include "loadgen/load_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "config/command_line.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using config::CommandLine;
using config::ExitRequest;
using config::Host;

constexpr std::uint64_t kDescriptorsForOthers = 64;  // rings, mailboxes, the admin server's clients
constexpr auto kTimeMax = 24h * 365;
constexpr std::chrono::nanoseconds kDurationDefault = 10s;
// A receiver's accept queue (often 4,096, or 128 on old systems) must not see all sessions at once.
constexpr std::int64_t kRampConnectionsPerSecond = 5'000;

const config::About kAbout{
    "mailvoid-loadgen",
    "Sends mail over many SMTP sessions at once, as fast as the target takes it or by a plan (--rate), and "
    "says how fast that was, how long each step took and what went wrong. Meant for mailvoid-sink and for "
    "mail systems under test that you own: public addresses are refused unless you insist.",
    "[OPTION]... TARGET...",
    "MAILVOID_LOADGEN_",
    {{"mailvoid-loadgen localhost:2525", "100 sessions for 10 seconds to a sink on this machine."},
     {"mailvoid-loadgen 127.0.0.1:2525 --sessions 2000 --duration 1m --size 64k",
      "Many sessions, larger mail."},
     {"mailvoid-loadgen mta.test:25 --rate 1000/s --duration 1m",
      "1,000 messages a second whatever the target does: latency counts from when each should have started."},
     {"mailvoid-loadgen mta.test:25 --stage ramp:0..2000/s:2m --arrivals poisson",
      "Rising load; arrivals by chance, as real mail comes."},
     {"mailvoid-loadgen mta.test:25 --messages 50000 --messages-per-session 1",
      "50,000 messages, each with a connection of its own."},
     {"mailvoid-loadgen mx:example.test --resolver 10.0.0.53",
      "The mail servers of a domain in a lab with a DNS of its own."},
     {"mailvoid-loadgen localhost:2525 --bdat 256k --size 10M", "Large messages in BDAT chunks of 256 KiB."},
     {"mailvoid-loadgen localhost:2525 --html report.html",
      "Charts of the run, in one page that needs no network."},
     {"mailvoid-loadgen report result.json",
      "The same later, of what --json wrote (report --help tells more)."},
     {"mailvoid-loadgen find-limit mta.test:25 --threshold 'message.p99<250ms'",
      "The highest rate that keeps it (find-limit --help tells more)."},
     {"mailvoid-loadgen compare old*.json --with new*.json",
      "What changed between repeated runs, and whether that means anything."},
     {"mailvoid-loadgen merge a.json b.json -o ab.json",
      "One result of several processes that shared a load (--shard-of)."},
     {"mailvoid-loadgen localhost:2525 --mail corpus/ --messages 6000",
      "Real mail, the files of a directory in turn."}}};

LoadOptions defaults(const Host& host) {
  LoadOptions options;
  static_cast<MailOptions&>(options) = default_mail();
  options.shards = 0;
  options.sessions = 100;
  options.helo = host.name;
  options.resolver_timeout = 5s;
  options.connect_timeout = 10s;
  options.reply_timeout = 30s;
  options.grace = 10s;
  options.interval = 1s;
  options.admin = config::default_admin(host, 9526);
  options.log = config::default_log(host);
  options.color = options.log.color;
  options.ring_entries = 1024;
  return options;
}

std::string check_nonempty(std::string_view text) { return text.empty() ? "is empty" : ""; }

void describe_load(CommandLine& line, LoadOptions& options, const Host& host) {
  line.group("The load");
  config::Setting& target =
      line.list("target", options.targets, target_option(),
                "the SMTP server: HOST:PORT, IPv6 as [::1]:2525; a UNIX socket, "
                "unix:/path or unix:@name; or mx:DOMAIN[:PORT], the servers that take "
                "the mail of a domain. Several share the sessions, equally or by weight: "
                "a.test:25=3 b.test:25=1");
  target.positional = "TARGET";
  target.may_be_empty = false;
  line.value("sessions", options.sessions, config::count<std::uint32_t>(1, 1'000'000),
             "SMTP sessions at a time");
  line.value("duration", options.duration, config::duration(1ms, kTimeMax),
             "how long messages are started; excludes --messages")
      .default_text = config::exact_time(kDurationDefault);
  line.value("messages", options.messages, config::count<std::uint64_t>(1),
             "how many messages to send, in all");
  line.value("ramp", options.ramp, config::duration(0s, kTimeMax),
             "spread the first connections over this time; 0 for at once")
      .default_text = fmt::format("{} connections a second", kRampConnectionsPerSecond);
  describe_pacing(line, options);
  line.value("shards", options.shards, config::count<unsigned>(0, 1024),
             "threads that send; 0 for one a usable core")
      .default_text = fmt::format("0: {} here", host.cores());
  line.value(
      "pin", options.pin, config::pin(),
      "keep each shard on a CPU of its own: auto for those this process may use, in order, or a list such as "
      "0,2-3; there must be one for each shard");
  line.list("source", options.sources, config::ip_address(), "local address to connect from, in turn")
      .default_text = "the system's; several 127.0.0.x where a loopback target would run out of ports";
  line.value(
          "resolver", options.resolver, name_server(),
          "the DNS server to ask about targets, and nothing else (no /etc/hosts); with port 53 unless said "
          "otherwise")
      .default_text = "the system's";
  line.value("resolver-timeout", options.resolver_timeout, config::duration(1ms, kTimeMax),
             "until the DNS answered, for each question");
  line.flag("allow-public-target", options.allow_public_target,
            "send to an address that is not private; only to systems you own");
}

void describe_times(CommandLine& line, LoadOptions& options) {
  line.group("Patience");
  line.value("connect-timeout", options.connect_timeout, config::duration(1ms, kTimeMax),
             "until a connection stands");
  line.value("reply-timeout", options.reply_timeout, config::duration(1ms, kTimeMax),
             "until a command is answered");
  line.value(
      "grace", options.grace, config::duration(0s, kTimeMax),
      "at the end, for messages on their way and for retries that fall due within it; what is on its way "
      "then has failed, what waits for a retry is rejected");
}

void describe_thresholds(CommandLine& line, LoadOptions& options) {
  line.group("What it must keep");
  line.list(
      "threshold", options.thresholds, threshold_value(),
      "fail with exit code 99 unless this holds: message.p99<250ms, errors<0.1%, rate>=1000/s; metrics are "
      "phases and service phases with p50 to p99.9, mean or max, lag likewise, started, accepted, "
      "rejected, failed, missed and errors as numbers or %, and rate; 'abort' or 'abort after 30s' behind "
      "one ends the run early");
  line.flag("threshold-abort", options.threshold_abort,
            "end the run as soon as any threshold is seen to fail");
}

void describe_output(CommandLine& line, LoadOptions& options) {
  line.group("What it tells");
  config::describe_admin(line, options.admin);
  line.value("json", options.json, config::text("FILE|-", check_nonempty),
             "the result as JSON, too; with - on stdout, and the tables on stderr");
  line.value("html", options.html, config::text("FILE|-", check_nonempty),
             "the result as a page with charts, whole in one file: open it in a browser, keep it, send it");
  line.value("csv", options.csv, config::text("FILE|-", check_nonempty),
             "the time series as CSV: rates, counts and latencies of each interval");
  line.value("hdr", options.hdr, config::text("DIR", check_nonempty),
             "latencies for HdrHistogram's tools: run.hlog, an interval log with a tag a phase, and "
             "PHASE.hgrm, percentile tables");
  line.value("interval", options.interval, config::duration(10ms, 24h),
             "length of an interval in the time series of --json, --csv and --hdr; it doubles whenever there "
             "would be more than 600 points");
  line.flag("quiet", options.quiet, "no progress and no tables").letter = 'q';
  line.negatable_flag("color", options.color, "colours on a terminal; NO_COLOR switches them off as well");
  config::describe_log(line, options.log);
}

// The setting whose file another one would overwrite, and why; "" if there is none.
std::pair<std::string, std::string> output_fault(const LoadOptions& options) {
  const std::pair<const char*, const std::string&> outputs[] = {
      {"json", options.json}, {"html", options.html}, {"csv", options.csv}};
  for (std::size_t i = 1; i < std::size(outputs); ++i) {
    const auto& [name, path] = outputs[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (path.empty() || path == "/dev/null" || path != outputs[j].second) continue;
      return {name, fmt::format("cannot go to {}, where --{} goes", path == "-" ? "standard output" : path,
                                outputs[j].first)};
    }
  }
  return {};
}

// The setting of `talk` that does not go with the others, and why; "" if all do.
std::pair<std::string, std::string> talk_fault(const ProfileOptions& talk, const LoadOptions& options) {
  if (talk.body == "binarymime" && talk.bdat_octets == 0) {
    return {"body", "binarymime needs --bdat: a message of any octets has no line that ends it"};
  }
  if (talk.tls_min > talk.tls_max) return {"tls-min", "is above --tls-max"};
  if (talk.auth_mechanism == "scram-sha-256-plus" && talk.tls == "off") {
    return {"auth-mechanism", "scram-sha-256-plus binds to TLS, which needs --tls"};
  }
  if (talk.auth_user.empty() != talk.auth_password_file.empty()) {
    return talk.auth_user.empty() ? std::pair("auth-password-file", "needs --auth-user")
                                  : std::pair("auth-user", "needs --auth-password-file");
  }
  if (const auto names = beyond_ascii(options); !talk.smtp_utf8 && !names.empty()) {
    return {names.front(), "has octets beyond ASCII, which need --smtputf8"};
  }
  return {};
}

// What --print-config says of it.
std::expected<std::string, config::FileFault> add_mix_part(const config::FileTable& table,
                                                           LoadOptions& options) {
  MixPart part{fmt::format("mix-{}", options.mix.size() + 1), 1, options};
  config::SettingTable settings;
  settings.value("name", part.name, config::text("NAME", check_nonempty), "");
  settings.value("weight", part.weight, config::count<std::uint32_t>(1, 1'000'000), "");
  describe_profile(settings, part.talk);
  if (auto assigned = settings.assign(table.entries); !assigned) return std::unexpected(assigned.error());
  if (auto [key, what] = talk_fault(part.talk, options); !key.empty()) {
    return std::unexpected(config::FileFault{table.line, key, what});
  }
  if (std::ranges::find(options.mix, part.name, &MixPart::name) != options.mix.end()) {
    return std::unexpected(
        config::FileFault{table.line, "name", fmt::format("'{}' is that of another [[mix]]", part.name)});
  }
  std::string text = "\n[[mix]]\n";
  for (const config::Setting& setting : settings.settings()) {
    const std::string value = setting.show();
    if (!value.empty()) text += fmt::format("{} = {}\n", setting.key(), value);
  }
  options.mix.push_back(std::move(part));
  return text;
}

// What is wrong with settings that do not go together: the setting to blame and the reason, or nothing.
std::optional<ExitRequest> check_together(const CommandLine& line, LoadOptions& options, const Host& host) {
  if (const std::string wrong = check_targets(options.targets); !wrong.empty())
    return line.error("target", wrong);
  if (options.duration && options.messages) {
    return line.error("messages", "cannot be given together with --duration: the run ends by one of them");
  }
  if (const auto [name, what] = config::admin_fault(line, options.admin); !name.empty()) {
    return line.error(name, what);
  }
  const auto given = [&line](std::string_view name) { return line.given(name); };
  if (const auto [name, what] = settle_mail(options, given); !name.empty()) return line.error(name, what);
  if (auto wrong = check_pacing(line, options, options.duration, options.messages)) return wrong;
  if (const auto [name, what] = talk_fault(options, options); !name.empty() && options.mix.empty()) {
    return line.error(name, what);
  }
  const std::uint64_t others = std::min(kDescriptorsForOthers, host.descriptors_max / 2);
  if (options.sessions > host.descriptors_max - others) {
    return line.error(
        "sessions",
        fmt::format("{} do not fit the hard limit of {} open files: at most {}, or raise it (ulimit -Hn)",
                    options.sessions, host.descriptors_max, host.descriptors_max - others));
  }
  if (const auto planless = std::ranges::find_if(options.thresholds, &Threshold::needs_plan);
      planless != options.thresholds.end() && !options.open_loop()) {
    return line.error("threshold", fmt::format("'{}' needs --rate or --stage: a closed loop has no plan",
                                               planless->expression));
  }
  if (auto wrong = check_retries(line, options)) return wrong;
  if (const auto [name, what] = output_fault(options); !name.empty()) return line.error(name, what);
  if (!options.any_tls()) {
    for (const char* name : {"tls-insecure", "tls-ca", "tls-server-name", "tls-cert", "tls-key", "tls-min",
                             "tls-max", "tls-resume"}) {
      if (line.given(name)) return line.error(name, "needs --tls, without which mail goes in the clear");
    }
  }
  if (options.shards > options.sessions) return line.error("shards", "there are more than --sessions");
  if (options.bad_percent == 0) {
    for (const char* name : {"bad-kinds", "bad-time", "bad-pause"}) {
      if (line.given(name)) return line.error(name, "needs --bad-clients");
    }
  } else if (options.bad_sessions(options.sessions) + std::max(options.shards, 1u) > options.sessions) {
    return line.error("bad-clients", fmt::format("leaves fewer of the {} --sessions than there are --shards",
                                                 options.sessions));
  }
  return std::nullopt;
}

}  // namespace

bool LoadOptions::any_bdat() const {
  if (mix.empty()) return bdat_octets != 0;
  return std::ranges::any_of(mix, [](const MixPart& part) { return part.talk.bdat_octets != 0; });
}

bool LoadOptions::any_reconnects() const {
  if (mix.empty()) return messages_per_session != 0;
  return std::ranges::any_of(mix, [](const MixPart& part) { return part.talk.messages_per_session != 0; });
}

bool LoadOptions::any_tls() const {
  if (mix.empty()) return tls != "off";
  return std::ranges::any_of(mix, [](const MixPart& part) { return part.talk.tls != "off"; });
}

bool LoadOptions::all_smtp_utf8() const {
  if (mix.empty()) return smtp_utf8;
  return std::ranges::all_of(mix, [](const MixPart& part) { return part.talk.smtp_utf8; });
}

std::expected<LoadOptions, ExitRequest> parse_load_options(int argc, const char* const* argv,
                                                           const LoadContext& context,
                                                           const Subcommand* subcommand) {
  LoadOptions options = defaults(context.host);
  if (subcommand != nullptr) subcommand->change_defaults(options);
  CommandLine line(subcommand != nullptr ? subcommand->about : kAbout, context.host, context.version);
  describe_load(line, options, context.host);
  line.group("The mail");
  describe_mail(line, options);
  describe_profile(line, options);
  describe_bad_clients(line, options);
  describe_retries(line, options);
  describe_times(line, options);
  describe_thresholds(line, options);
  describe_output(line, options);
  config::describe_tuning(line, options, context);
  if (subcommand != nullptr) subcommand->describe(line);
  line.allow_tables({"mix", "stage", "target"});
  if (auto parsed = line.parse(argc, argv); !parsed) return std::unexpected(std::move(parsed.error()));
  if (auto added = add_stages(line.tables(), options); !added)
    return std::unexpected(line.error(added.error()));
  if (auto added = add_targets(line.tables(), options.targets); !added)
    return std::unexpected(line.error(added.error()));
  std::string mix_text;
  for (const config::FileTable& table : line.tables()) {
    if (table.name != "mix") continue;
    auto text = add_mix_part(table, options);
    if (!text) return std::unexpected(line.error(text.error()));
    mix_text += *text;
  }
  if (subcommand != nullptr) {
    if (auto wrong = subcommand->prepare(line, options)) return std::unexpected(*std::move(wrong));
  }
  if (auto wrong = check_together(line, options, context.host)) return std::unexpected(*std::move(wrong));

  if (!options.duration && !options.messages && options.stages.empty()) options.duration = kDurationDefault;
  if (options.shards == 0) options.shards = std::min<unsigned>(context.host.cores(), options.good_sessions());
  auto cpus = config::cpus_of_shards(options.pin, options.shards, context.host.cpus);
  if (!cpus) return std::unexpected(line.error("pin", cpus.error()));
  options.shard_cpus = std::move(*cpus);
  if (!line.given("ramp"))
    options.ramp = std::chrono::nanoseconds(1s) * options.sessions / kRampConnectionsPerSecond;
  if (line.print_config()) return std::unexpected(line.effective(mix_text));
  if (line.check_config()) return std::unexpected(line.checked());
  if (!options.stages.empty()) options.duration = options.stages_time();
  options.in_force = line.in_force();
  options.scenario = std::filesystem::path(line.config_path()).stem().string();
  return options;
}

}  // namespace mailvoid::loadgen
