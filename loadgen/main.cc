// SPDX-License-Identifier: Apache-2.0
// mailvoid-loadgen: thousands of SMTP sessions that pour mail into a server, and what that showed.
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/say.h"
#include "base/units.h"
#include "loadgen/compare_command.h"
#include "loadgen/current_run.h"
#include "loadgen/exit_codes.h"
#include "loadgen/find_limit.h"
#include "loadgen/judge.h"
#include "loadgen/limit_options.h"
#include "loadgen/limit_report.h"
#include "loadgen/live_page.h"
#include "loadgen/live_view.h"
#include "loadgen/load_metrics.h"
#include "loadgen/load_options.h"
#include "loadgen/load_runner.h"
#include "loadgen/measurement.h"
#include "loadgen/merge_command.h"
#include "loadgen/message_source.h"
#include "loadgen/report.h"
#include "loadgen/report_command.h"
#include "loadgen/result_files.h"
#include "loadgen/run_recorder.h"
#include "loadgen/target.h"
#include "program/admin_port.h"
#include "program/facts.h"
#include "program/log.h"
#include "program/process.h"
#include "scan/simd.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kProgram = "mailvoid-loadgen";
constexpr Duration kJudgeInterval = std::chrono::seconds(1);

int fail(const std::string& what, int code = program::kExitRuntime) {
  program::log(program::LogLevel::error, "failed", what);
  return code;
}

int fail(const std::vector<std::string>& faults) {
  for (const std::string& fault : faults) fail(fault);
  return program::kExitRuntime;
}

struct CpuTimes {
  Duration user;
  Duration system;

  [[nodiscard]] static CpuTimes now() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto duration = [](const timeval& time) -> Duration {
      return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
    };
    return {duration(usage.ru_utime), duration(usage.ru_stime)};
  }
};

// How a run came to its end.
struct Ending {
  bool interrupted = false;                                            // by a signal
  std::optional<std::pair<std::size_t, ThresholdOutcome>> aborted_by;  // which threshold, and how it stood
  std::optional<Instant> cut;                                          // when one of these ended the load
  Instant over{};                                                      // when every shard had finished
};

// The threshold that should end the run now, if one should.
std::optional<std::pair<std::size_t, ThresholdOutcome>> broken_promise(const Measurement& measurement,
                                                                       const LoadOptions& options) {
  RunResult moment;
  moment.options = options;
  measurement.fill(moment, now());
  const auto index = aborting(options.thresholds, options.threshold_abort, moment.judged());
  if (!index) return std::nullopt;
  ThresholdOutcome outcome = judge(options.thresholds[*index], moment.judged());
  outcome.aborted = true;
  return std::pair(*index, std::move(outcome));
}

// Shows how it goes until every shard has finished.
Ending watch(LoadRunner& runner, const LoadOptions& options, LiveView* view, RunRecorder& recorder,
             Instant started, Measurement& measurement, program::Signals& signals,
             program::Finished& finished) {
  std::size_t running = runner.shard_count();
  const bool may_abort = any_aborts(options.thresholds, options.threshold_abort);
  Instant judged = started;
  Ending ending;
  while (running > 0) {
    pollfd watched[] = {{signals.descriptor(), POLLIN, 0}, {finished.descriptor(), POLLIN, 0}};
    const Duration interval = view != nullptr ? view->interval() : std::chrono::seconds(may_abort ? 1 : 60);
    const Duration until_next = std::min(measurement.next(), recorder.due()) - now();
    const auto wait =
        std::chrono::ceil<std::chrono::milliseconds>(std::clamp(until_next, Duration(0), interval));
    ::poll(watched, 2, static_cast<int>(wait.count()));
    measurement.observe(now());
    if (signals.take() != program::Signals::Signal::none) {
      if (ending.interrupted) std::_Exit(program::kExitInterrupted);
      ending.interrupted = true;
      if (!ending.cut) ending.cut = now();
      runner.finish();
    }
    if (may_abort && !ending.aborted_by && now() - judged >= kJudgeInterval) {
      judged = now();
      ending.aborted_by = broken_promise(measurement, options);
      if (ending.aborted_by && !ending.cut) ending.cut = judged;
      if (ending.aborted_by) runner.finish();
    }
    running -= finished.take();
    if (running > 0) recorder.update(now());
    if (view != nullptr && running > 0) view->update(runner.totals(), now() - started);
  }
  ending.over = now();
  if (view != nullptr) view->finish();
  return ending;
}

// Where the time ends that the figures are of. Load was to be made until then, so a target that let nothing
// through in the last of it has to answer for that time as well.
Instant end_of_load(const RunResult& result, const Ending& ending, const Measurement& measurement,
                    const LoadRunner& runner) {
  const Instant last = runner.last_outcome();
  const bool undone = ending.cut || result.gave_up();
  const Instant to_be = measurement.planned_end().value_or(undone ? ending.over : last);
  return std::max(last, std::min({to_be, ending.cut.value_or(ending.over), ending.over}));
}

void append_shard_metrics(const LoadRunner& runner, admin::MetricFamilies& families) {
  std::vector<LoadMetrics> shards;
  shards.reserve(runner.shard_count());
  for (std::size_t i = 0; i < runner.shard_count(); ++i) {
    // In place: a thread of the admin port has no stack for one.
    LoadMetrics& shard = shards.emplace_back();
    shard.totals = runner.totals_of(i);
    shard.latencies = runner.latencies_of(i);
  }
  admin::append_shard_families(kMetricPrefix, load_metric_rows(), std::span<const LoadMetrics>(shards),
                               families);
}

void append_metrics(const CurrentRun::Run& run, const admin::Scrape& scrape,
                    admin::MetricFamilies& families) {
  admin::append_families(kMetricPrefix, load_metric_rows(), *metrics_of(run), families);
  if (scrape.per_shard) append_shard_metrics(*run.runner, families);
}

// The metrics and the page of the run that is on, if one is.
program::AdminContent admin_content(CurrentRun& current, const LoadOptions& options,
                                    const std::string& target, bool search) {
  return {[&current](const admin::Scrape& scrape, admin::MetricFamilies& families) {
            current.look([&](const CurrentRun::Run& run) {
              append_metrics(run, scrape, families);
              return true;
            });
          },
          live_page(current, options, target, search)};
}

// For people where a file's result does not go.
void print_table(const LoadOptions& options, std::FILE* people, std::string_view table) {
  // Among lines of JSON it would be of use to nobody.
  if (people == stdout || !options.log.json()) say(people, "{}", table);
}

int conclude(const RunResult& result, ResultFiles& files) {
  // Not one session got as far as mail: there is a cause to name, and no result worth a table.
  const bool nothing = result.totals.sessions_ready == 0 && !result.interrupted;
  if (!result.options.quiet && !nothing) {
    std::FILE* const people = files.people();
    print_table(result.options, people, report_text(result, result.options.color && can_redraw(people)));
  }
  if (const auto faults = files.write(result); !faults.empty()) return fail(faults);
  if (nothing) return fail(nothing_connected_text(result));
  if (result.interrupted) return program::kExitInterrupted;
  if (!result.thresholds_passed()) return kExitThreshold;
  if (!result.invalid_reasons().empty() && !result.options.allow_invalid) return kExitInvalid;
  // A plan that was not kept for that reason is invalid, and may be allowed to.
  return result.gave_up() && !result.options.open_loop() ? fail(gave_up_text(result)) : config::kExitDone;
}

// Where stderr is for a machine, progress is an event as others are.
LiveStyle live_style(const LoadOptions& options) {
  if (!options.log.json()) return {can_redraw(stderr), options.color, 0};
  return {.print = [](std::string_view line) { program::log(program::LogLevel::info, "progress", line); }};
}

// The whole of the run, from the first connection on; nothing if a shard could not take part.
std::optional<RunResult> execute(LoadRunner& runner, RunResult result, HdrExport& hdr,
                                 program::Signals& signals, CurrentRun& current) {
  const LoadOptions& options = result.options;
  LiveView view(stderr, {options.good_sessions(), options.duration, options.messages, options.open_loop()},
                live_style(options));
  program::Finished finished;
  const CpuTimes before = CpuTimes::now();
  const Instant started = now();
  result.started_at = std::chrono::system_clock::now();
  current.started(started);
  runner.start([&finished] { finished.announce(); });
  Measurement measurement(runner, options, started);
  hdr.begin(result.started_at, options.open_loop());
  RunRecorder recorder(runner, options, started, hdr);
  const Ending ending = watch(runner, options, options.quiet ? nullptr : &view, recorder, started,
                              measurement, signals, finished);
  if (!runner.wait()) return std::nullopt;
  recorder.finish(now());
  const CpuTimes after = CpuTimes::now();
  result.cpu_user = after.user - before.user;
  result.cpu_system = after.system - before.system;
  result.totals = runner.totals();
  result.profiles = runner.profile_totals();
  result.targets = runner.target_totals();
  result.error_examples = runner.error_examples();
  result.series = recorder.series();
  result.interrupted = ending.interrupted;
  const Instant end = std::max(started, end_of_load(result, ending, measurement, runner));
  result.elapsed = end - started;
  measurement.fill(result, end);
  result.thresholds = judge(options.thresholds, result.judged());
  if (ending.aborted_by) result.thresholds[ending.aborted_by->first] = ending.aborted_by->second;
  return result;
}

// What runs need that is the same for all of them.
struct Ground {
  std::vector<Destination> destinations;
  std::string run_id;
  MessageSource source;

  [[nodiscard]] static std::expected<Ground, StartFault> of(const LoadOptions& options) {
    if (!scan::force_simd(options.simd)) {
      return std::unexpected("--simd " + options.simd + ": this processor does not have it");
    }
    auto destinations = resolve_targets(options);
    if (!destinations) return std::unexpected(std::move(destinations.error()));
    std::string run_id = new_run_id();
    auto source = MessageSource::open(options, run_id);
    // Synthetic mail depends on nothing but what was asked for.
    if (!source) return std::unexpected(StartFault(std::move(source.error()), options.mail.empty()));
    return Ground{*std::move(destinations), std::move(run_id), *std::move(source)};
  }

  [[nodiscard]] std::string target_text() const {
    std::string all;
    for (const Destination& to : destinations) all += (all.empty() ? "" : ", ") + to.address.text();
    return all;
  }

  [[nodiscard]] RunResult blank_result(const LoadOptions& options) const {
    RunResult result;
    result.options = options;
    result.run_id = run_id;
    result.target = target_text();
    result.target_is_loopback =
        std::ranges::any_of(destinations, [](const Destination& to) { return to.address.is_loopback(); });
    result.mail = source.description();
    result.cores = config::this_host().cores();
    return result;
  }
};

int fail(const StartFault& fault) {
  return fail(fault.text, fault.usage ? config::kExitUsage : program::kExitRuntime);
}

void start_log(const LoadOptions& options) {
  config::LogOptions log = options.log;
  log.color = log.color && options.color;
  program::start_log(kProgram, log);
}

int run(const LoadOptions& options, std::span<const char* const> command_line) {
  start_log(options);
  program::raise_descriptor_limit();
  const auto ground = Ground::of(options);
  if (!ground) return fail(ground.error());
  // From here on: until then, while names are asked for and mail is read, a signal just ends the program.
  program::Signals signals;
  auto runner = LoadRunner::create(options, ground->destinations, ground->source);
  if (!runner) return fail(runner.error());
  CurrentRun current;
  current.begin(**runner, options, ground->target_text(), ground->run_id);
  const auto admin = program::open_admin_port(kProgram, options.admin,
                                              admin_content(current, options, ground->target_text(), false));
  if (!admin) return fail(admin.error());
  auto files = ResultFiles::open(options);
  if (!files) return fail(files.error());

  RunResult result = ground->blank_result(options);
  result.environment = Environment::here(command_line);
  result.environment.ring_features = (*runner)->ring_features();
  if (*admin) (*admin)->set_ready(true);
  const auto executed = execute(**runner, std::move(result), files->hdr, signals, current);
  return executed ? conclude(*executed, *files) : program::kExitRuntime;
}

std::expected<RunResult, std::string> run_probe(const LoadOptions& options, const Ground& ground,
                                                program::Signals& signals, CurrentRun& current) {
  auto runner = LoadRunner::create(options, ground.destinations, ground.source);
  if (!runner) return std::unexpected(std::move(runner.error().text));
  current.begin(**runner, options, ground.target_text(), ground.run_id);
  HdrExport none;
  auto executed = execute(**runner, ground.blank_result(options), none, signals, current);
  current.end();
  if (!executed) return std::unexpected("a shard could not run");
  return *std::move(executed);
}

// False if a signal comes before.
bool rest(Duration pause, program::Signals& signals) {
  pollfd watched{signals.descriptor(), POLLIN, 0};
  ::poll(&watched, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(pause).count()));
  return signals.take() == program::Signals::Signal::none;
}

void tell_of_probe(const LimitResult& so_far, const LoadOptions& options, bool terminal) {
  const std::string line = probe_line(so_far, options.color && terminal && !options.log.json());
  if (!options.log.json()) return say(stderr, "{}", line);
  program::log(program::LogLevel::info, "probe", std::string_view(line).substr(0, line.find('\n')));
}

int search(LimitOptions options) {
  start_log(options.run);
  program::raise_descriptor_limit();
  const bool quiet = options.run.quiet;
  const bool redraw = can_redraw(stderr);
  options.run.quiet = quiet || !redraw;  // a live line in each probe, but no log of them
  const auto ground = Ground::of(options.run);
  if (!ground) return fail(ground.error());
  program::Signals signals;  // as in run()
  CurrentRun current;
  const auto admin = program::open_admin_port(
      kProgram, options.run.admin, admin_content(current, options.run, ground->target_text(), true));
  if (!admin) return fail(admin.error());
  auto files = ResultFiles::open(options.run);
  if (!files) return fail(files.error());
  if (*admin) (*admin)->set_ready(true);
  const auto result = find_limit(
      options, {[&](const LoadOptions& probe) { return run_probe(probe, *ground, signals, current); },
                [&](Duration pause) { return rest(pause, signals); },
                [&](const LimitResult& so_far) {
                  if (!quiet) tell_of_probe(so_far, options.run, redraw);
                }});
  if (!result) return fail(result.error());
  if (!quiet) {
    std::FILE* const people = files->people();
    print_table(options.run, people, limit_report_text(*result, options.run.color && can_redraw(people)));
  }
  if (const auto faults = files->write(*result); !faults.empty()) return fail(faults);
  return exit_code_of(*result);
}

int leave(const config::ExitRequest& request) {
  say(request.to_stdout ? stdout : stderr, "{}", request.text);
  return request.code;
}

int find_limit_command(int argc, const char* const* argv) {
  auto options = parse_limit_options(argc, argv, program::this_context(kProgram));
  return options ? search(*std::move(options)) : leave(options.error());
}

// What the first word may ask for instead of a run. Each is told of itself as argv[0].
constexpr std::pair<std::string_view, int (*)(int, const char* const*)> kCommands[] = {
    {"compare", compare_command},
    {"find-limit", find_limit_command},
    {"merge", merge_command},
    {"report", report_command},
};
}  // namespace
}  // namespace mailvoid::loadgen

int main(int argc, char** argv) {
  using namespace mailvoid;
  for (const auto& [name, command] : loadgen::kCommands) {
    if (argc > 1 && name == argv[1]) return command(argc - 1, argv + 1);
  }
  const auto options = loadgen::parse_load_options(argc, argv, program::this_context(loadgen::kProgram));
  return options ? loadgen::run(*options, {argv, static_cast<std::size_t>(argc)})
                 : loadgen::leave(options.error());
}
