// SPDX-License-Identifier: Apache-2.0
#include "sink/sink_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/block_pool.h"
#include "capture/record.h"
#include "config/command_line.h"
#include "smtp/server_config.h"

namespace mailvoid::sink {
namespace {

using namespace std::chrono_literals;
using config::CommandLine;
using config::ExitRequest;
using config::Host;

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::uint32_t kConnectionsDefault = 20'000;
// Listeners, rings, mailboxes, the admin server's clients, and connections on their way out.
constexpr std::uint64_t kDescriptorsForOthers = 256;
constexpr auto kTimeoutMax = 24h * 365;

const config::About kAbout{
    "mailvoid-sink",
    "A blackhole SMTP server: it speaks SMTP as a real one does, says 250 to all mail and keeps none of it. "
    "Give it "
    "to a mail system under test as the place where its mail goes. It listens on this machine only unless "
    "told "
    "otherwise, and never connects to anything.",
    "[OPTION]...",
    "MAILVOID_SINK_",
    {{"mailvoid-sink", "Takes mail on 127.0.0.1:2525 until Ctrl-C, then prints what came."},
     {"mailvoid-sink --listen 0.0.0.0:25 --listen [::]:25 --user nobody",
      "The mail port on every interface, root dropped after binding."},
     {"mailvoid-sink --capture /tmp/samples --sample 1/1000",
      "Keeps one message in a thousand as a Maildir, to look at with any mail program."},
     {"mailvoid-sink --trace", "Shows one session's dialogue: what is that client doing?"},
     {"mailvoid-sink --exit-after 100000 --json -", "Leaves after 100,000 messages; the result as JSON."}}};

std::uint64_t connections_possible(const Host& host) {
  const std::uint64_t others = std::min(kDescriptorsForOthers, host.descriptors_max / 2);
  return std::max<std::uint64_t>(host.descriptors_max - others, 1);
}

SinkOptions defaults(const Host& host) {
  SinkOptions options;
  options.listener.address = *SocketAddress::numeric("127.0.0.1", 2525);
  options.admin = config::default_admin(host, 9525);
  options.log = config::default_log(host);
  options.shards = 0;
  options.listener.hostname = host.name;
  options.connections_max =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(kConnectionsDefault, connections_possible(host)));
  options.listener.message_octets_max = 64 * kMiB;  // Exim takes 50 MB, Gmail 25 MB, Postfix 10 MB
  options.listener.recipients_max = 1000;           // Postfix's smtpd_recipient_limit
  options.idle_timeout = 5min;                      // RFC 5321 section 4.5.3.2.7
  options.drain_timeout = 10s;
  options.ring_entries = 1024;
  options.recv_buffer_bytes = 64 * 1024;
  options.recv_buffers = 8;  // 512 KiB stay in a core's L2
  options.block_pool_bytes = 64 * kMiB;
  options.held_octets_max = 4 * kMiB;
  options.backlog = 4096;
  options.socket_mode = 0660;
  // A proxy on this machine; one elsewhere must be named.
  options.listener.peers.proxy_from = {*config::parse_network("127.0.0.0/8"), *config::parse_network("::1"),
                                       *config::parse_network("unix")};
  options.capture_format = "maildir";
  options.capture_when_behind = "drop";
  options.capture_memory_bytes = 64 * kMiB;
  return options;
}

std::string check_nonempty(std::string_view text) { return text.empty() ? "is empty" : ""; }

void describe_listening(CommandLine& line, std::vector<ListenText>& listen, SinkOptions& options,
                        const Host& host) {
  line.group("Where and how");
  line.list("listen", listen, listen_text(),
            "where mail arrives: ADDR:PORT, IPv6 as [::1]:2525, port 0 for a free one; or a UNIX socket as "
            "unix:/path, or unix:@name for an abstract one. Behind it, with commas, what is different there: "
            "protocol=lmtp,hostname=mx2.example")
      .split = split_listen_texts;
  line.value("socket-mode", options.socket_mode, config::file_mode(),
             "permissions of a UNIX socket's file, as chmod(1) takes them in octal: who may connect");
  config::describe_admin(line, options.admin);
  line.value("shards", options.shards, config::count<unsigned>(0, 1024),
             "threads that serve mail, each with its own listeners; 0 for one a usable core")
      .default_text = fmt::format("0: {} here", host.cores());
  line.value(
      "pin", options.pin, config::pin(),
      "keep each shard on a CPU of its own: auto for those this process may use, in order, or a list such as "
      "0,2-3; there must be one for each shard");
  line.value("user", options.user, config::text("NAME", check_nonempty),
             "become this user once the ports are bound (for port 25)");
  line.value("backlog", options.backlog, config::count<std::uint32_t>(1, 1u << 20),
             "connections that may wait to be accepted (bounded by net.core.somaxconn); beyond it the peer's "
             "connect is retried by its kernel and seems slow");
}

void describe_limits(CommandLine& line, SinkOptions& options) {
  line.group("Limits, and what the peer sees when one is reached");
  line.value("max-connections", options.connections_max, config::count<std::uint32_t>(1),
             "connections at a time; more are answered 421 and closed");
  line.value("idle-timeout", options.idle_timeout, config::duration(10ms, kTimeoutMax),
             "silence of the peer that is borne; then 421 and close");
  line.value(
      "drain-timeout", options.drain_timeout, config::duration(0s, kTimeoutMax),
      "on SIGTERM or SIGINT sessions get 421 at the end of their transaction; what is still open after this "
      "time is cut");
  line.value("exit-after", options.exit_after_messages, config::count<std::uint64_t>(0),
             "drain and leave once so many messages are accepted; 0 for never");
  line.value(
      "held-input", options.held_octets_max, config::bytes<std::uint64_t>(4096),
      "what a session may have received while it takes none of its replies; beyond it the connection is "
      "closed");
  line.value(
      "block-pool", options.block_pool_bytes,
      config::bytes<std::size_t>(BlockPool::kBlockBytes, std::size_t{1} << 40),
      "memory a shard may use for half-received commands, envelopes and replies not yet sent; without it "
      "left a session is answered 421 and closed");
}

// "all", "1/N".
config::Parsed<std::uint64_t> parse_sample(std::string_view text) {
  if (text == "all") return 1;
  if (!text.starts_with("1/")) return std::unexpected("is neither all nor 1/N");
  const auto every = config::parse_count(text.substr(2), 1, std::uint64_t{1} << 40);
  if (!every) return std::unexpected("is not 1/N: N " + every.error());
  return *every;
}

config::Value<std::uint64_t> sample() {
  return {"all|1/N", parse_sample, [](const std::uint64_t& every) {
            return every == 1 ? std::string("all") : fmt::format("1/{}", every);
          }};
}

constexpr std::string_view kCaptureSettings[] = {"capture-format",   "sample",         "capture-when-behind",
                                                 "capture-raw",      "capture-memory", "capture-threads",
                                                 "capture-max-bytes"};

void describe_capture(CommandLine& line, SinkOptions& options) {
  line.group("Samples of the mail that comes");
  line.value(
      "capture", options.capture_directory, config::text("DIR", check_nonempty),
      "keep samples there, octet for octet; made if it is missing (0700), files are 0600. The 250 of a "
      "sampled message tells its id, which is in the name of its file");
  line.value("capture-format", options.capture_format, config::choice("maildir|eml", {"maildir", "eml"}),
             "a Maildir, or a directory of ID.eml files");
  line.value("sample", options.capture_every, sample(),
             "which: all, or exactly one transaction in N, the first of each N that a shard sees");
  line.value("capture-when-behind", options.capture_when_behind,
             config::choice("drop|wait", {"drop", "wait"}),
             "when samples come faster than they can be written: drop some and count them, the mail is not "
             "slowed; or wait: each 250 comes once the file is there");
  line.flag("capture-raw", options.capture_raw,
            "the message alone, without the header fields that tell of its envelope");
  line.value("capture-max-bytes", options.capture_bytes_max, config::bytes<std::uint64_t>(0),
             "of all files together; the first sample that does not fit ends the sampling; 0 for no limit");
  line.value("capture-memory", options.capture_memory_bytes,
             config::bytes<std::uint64_t>(capture::kBlockBytes, std::uint64_t{1} << 40),
             "for what waits to be written, over all shards");
  line.value("capture-threads", options.capture_threads, config::count<unsigned>(1, 64),
             "threads that write samples");
}

void describe_output(CommandLine& line, SinkOptions& options) {
  line.group("What it tells");
  line.flag("trace", options.trace,
            "one session's dialogue on stderr: the first that connects while none is traced");
  line.value("json", options.json, config::text("FILE|-", check_nonempty),
             "the summary as JSON, too; - for stdout");
  line.flag("quiet", options.quiet, "no ready line and no summary").letter = 'q';
  config::describe_log(line, options.log);
}

void describe_tuning(CommandLine& line, SinkOptions& options, const SinkContext& context) {
  config::describe_tuning(line, options, context);
  line.value("recv-buffer-size", options.recv_buffer_bytes, config::bytes<std::uint32_t>(512, 16 * kMiB),
             "one receive buffer; without incremental-buffers larger ones are cut into pieces of 16KiB");
  line.value(
      "recv-buffers", options.recv_buffers, config::power_of_two<std::uint32_t>(1, 32768),
      "receive buffers of a shard, a power of two; without one left sessions wait their turn (counted)");
}

// "" if no two listeners, and no listener and the admin port, want the same place.
std::string check_together(const SinkOptions& options) {
  const auto& all = options.listeners;
  for (auto listener = all.begin(); listener != all.end(); ++listener) {
    const SocketAddress& address = listener->address;
    if (listener->tls == "implicit" && !options.tls.on()) {
      return fmt::format("{}: tls=implicit needs a certificate: --tls-cert or --tls-self-signed",
                         address.text());
    }
    if (!address.is_unix() && address.port() == 0) continue;
    if (std::find_if(all.begin(), listener, [&](const auto& other) { return other.address == address; }) !=
        listener) {
      return fmt::format("{} is named twice", address.text());
    }
    if (address == options.admin.address)
      return fmt::format("{} is the admin address as well", address.text());
  }
  return "";
}

// What the command line or the environment says of listeners replaces those of the file.
bool commanded(const CommandLine& line) { return line.given("listen") && !line.from_file("listen"); }

// The [[listener]]s that count.
std::span<const config::FileTable> tables_of(const CommandLine& line) {
  return commanded(line) ? std::span<const config::FileTable>() : std::span(line.tables());
}

// Those of `listen`, then those of the tables. `listen` is emptied if it is only the default and there are
// tables.
std::expected<std::vector<ListenerOptions>, ExitRequest> listeners_of(const CommandLine& line,
                                                                      std::vector<ListenText>& listen,
                                                                      const ListenerOptions& defaults) {
  if (!line.given("listen") && !tables_of(line).empty()) listen.clear();
  std::vector<ListenerOptions> listeners;
  for (const ListenText& text : listen) {
    auto listener = listener_of(text, defaults);
    if (!listener) return std::unexpected(line.error("listen", listener.error()));
    listeners.push_back(*std::move(listener));
  }
  for (const config::FileTable& table : tables_of(line)) {
    auto listener = listener_of(table, defaults);
    if (!listener) return std::unexpected(line.error(listener.error()));
    listeners.push_back(*std::move(listener));
  }
  return listeners;
}

// For --print-config.
std::string tables_text(const CommandLine& line, const SinkOptions& options) {
  const auto tables = tables_of(line);
  const std::size_t first = options.listeners.size() - tables.size();
  std::string text;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    text += listener_table_text(options.listeners[first + i], fmt::format("line {}", tables[i].line));
  }
  return text;
}

struct Fault {
  std::string_view name;
  std::string what;
};

// REQUIRES: the number of shards is known.
std::optional<Fault> capture_fault(const CommandLine& line, const SinkOptions& options) {
  if (options.capture_directory.empty()) {
    for (const std::string_view name : kCaptureSettings) {
      if (line.given(name)) return Fault{name, "means nothing without --capture"};
    }
  }
  const std::uint64_t least = std::uint64_t{options.shards} * capture::kBlockBytes;
  if (!options.capture_directory.empty() && options.capture_memory_bytes < least) {
    return Fault{"capture-memory", fmt::format("is too little for {} shards: at least {}", options.shards,
                                               config::exact_bytes(least))};
  }
  return std::nullopt;
}

}  // namespace

std::expected<SinkOptions, ExitRequest> parse_sink_options(int argc, const char* const* argv,
                                                           const SinkContext& context) {
  SinkOptions options = defaults(context.host);
  CommandLine line(kAbout, context.host, context.version);
  line.allow_tables({"listener"});
  std::vector<ListenText> listen{{options.listener.address, {}}};
  describe_listening(line, listen, options, context.host);
  describe_listener(line, options.listener);
  describe_auth(line, options.auth);
  describe_tls(line, options.tls);
  describe_limits(line, options);
  describe_capture(line, options);
  describe_output(line, options);
  describe_tuning(line, options, context);
  if (auto parsed = line.parse(argc, argv); !parsed) return std::unexpected(std::move(parsed.error()));

  auto listeners = listeners_of(line, listen, options.listener);
  if (!listeners) return std::unexpected(std::move(listeners.error()));
  options.listeners = *std::move(listeners);
  if (const std::string wrong = check_together(options); !wrong.empty()) {
    return std::unexpected(line.error("listen", wrong));
  }
  if (const auto wrong = fault_of(line, options.tls)) {
    return std::unexpected(line.error(wrong->setting, wrong->what));
  }
  if (const auto possible = connections_possible(context.host); options.connections_max > possible) {
    return std::unexpected(line.error(
        "max-connections",
        fmt::format("{} do not fit the hard limit of {} open files: at most {}, or raise it (ulimit -Hn)",
                    options.connections_max, context.host.descriptors_max, possible)));
  }
  if (options.shards == 0) options.shards = std::min(context.host.cores(), options.connections_max);
  if (options.shards > options.connections_max) {
    return std::unexpected(line.error("shards", "there are more than --max-connections"));
  }
  auto cpus = config::cpus_of_shards(options.pin, options.shards, context.host.cpus);
  if (!cpus) return std::unexpected(line.error("pin", cpus.error()));
  options.shard_cpus = std::move(*cpus);
  if (options.trace && options.log.json()) {
    return std::unexpected(
        line.error("trace", "is a dialogue on stderr for people to read: without --log-format json"));
  }
  if (const auto [name, wrong] = config::admin_fault(line, options.admin); !name.empty()) {
    return std::unexpected(line.error(name, wrong));
  }
  if (const auto wrong = capture_fault(line, options)) {
    return std::unexpected(line.error(wrong->name, wrong->what));
  }
  if (const auto [name, wrong] = auth_fault(line, options.auth, options.tls.on()); !name.empty()) {
    return std::unexpected(line.error(name, wrong));
  }
  options.block_pool_bytes -= options.block_pool_bytes % BlockPool::kBlockBytes;
  if (line.print_config()) return std::unexpected(line.effective(tables_text(line, options)));
  if (line.check_config()) return std::unexpected(line.checked());
  options.in_force = line.in_force();
  return options;
}

}  // namespace mailvoid::sink
