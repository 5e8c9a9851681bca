// SPDX-License-Identifier: Apache-2.0
#include "admin/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace mailvoid::admin {
namespace {

constexpr std::array kBuildInfo{
    MetricRow<BuildInfo>{"build_info",
                         "What was built, in the labels; the value is always 1.",
                         MetricType::gauge,
                         {"version", "revision", "compiler", "allocator", "simd", "backend"},
                         [](const BuildInfo& b, MetricSamples& out) {
                           out.add({b.version, b.revision, b.compiler, b.allocator, b.simd, b.backend}, 1);
                         }},
};

// A sample if there is a value.
template <auto kMember>
void add_if_known(const ProcessState& state, MetricSamples& out) {
  if (state.*kMember) out.add(*(state.*kMember));
}

using P = ProcessState;
constexpr std::array kProcess{
    MetricRow<P>{"cpu_seconds_total",
                 "User and system CPU time spent in seconds.",
                 MetricType::counter,
                 {},
                 add_if_known<&P::cpu_seconds>},
    MetricRow<P>{"start_time_seconds",
                 "Start of the process since the Unix epoch in seconds.",
                 MetricType::gauge,
                 {},
                 add_if_known<&P::start_time_seconds>},
    MetricRow<P>{"virtual_memory_bytes",
                 "Virtual memory size in bytes.",
                 MetricType::gauge,
                 {},
                 add_if_known<&P::virtual_memory_bytes>},
    MetricRow<P>{"resident_memory_bytes",
                 "Resident memory size in bytes.",
                 MetricType::gauge,
                 {},
                 add_if_known<&P::resident_memory_bytes>},
    MetricRow<P>{
        "threads", "Number of OS threads in the process.", MetricType::gauge, {}, add_if_known<&P::threads>},
    MetricRow<P>{
        "open_fds", "Number of open file descriptors.", MetricType::gauge, {}, add_if_known<&P::open_fds>},
    MetricRow<P>{"max_fds",
                 "Maximum number of open file descriptors.",
                 MetricType::gauge,
                 {},
                 add_if_known<&P::max_fds>},
};

std::string whole_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::uint64_t> number_at(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

// The fields of /proc/self/stat by their number in proc_pid_stat(5), from 3 up: what comes before is the
// name in parentheses, in which anything may stand.
class StatFields {
 public:
  StatFields() : text_(whole_file("/proc/self/stat")) {
    const std::size_t name_end = text_.rfind(") ");
    if (name_end != std::string::npos) rest_ = std::string_view(text_).substr(name_end + 2);
  }

  [[nodiscard]] std::optional<std::uint64_t> number(int field) const {
    std::string_view at = rest_;
    for (int i = 3; i < field; ++i) {
      const std::size_t space = at.find(' ');
      if (space == std::string_view::npos) return std::nullopt;
      at.remove_prefix(space + 1);
    }
    return number_at(at);
  }

 private:
  std::string text_;
  std::string_view rest_;
};

std::optional<std::uint64_t> boot_time_seconds() {
  const std::string stat = whole_file("/proc/stat");
  const std::size_t at = stat.find("\nbtime ");
  return at == std::string::npos ? std::nullopt : number_at(std::string_view(stat).substr(at + 7));
}

std::optional<std::uint64_t> open_fds() {
  std::error_code error;
  const std::filesystem::directory_iterator fds("/proc/self/fd", error);
  if (error) return std::nullopt;
  const auto listed = std::distance(fds, std::filesystem::directory_iterator());
  return static_cast<std::uint64_t>(listed) - 1;  // the one that is open to read the list
}

std::optional<std::uint64_t> max_fds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return limit.rlim_cur;
}

}  // namespace

constinit const std::span<const MetricRow<BuildInfo>> kBuildInfoRows = kBuildInfo;
constinit const std::span<const MetricRow<ProcessState>> kProcessRows = kProcess;

ProcessState ProcessState::read() {
  const StatFields stat;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto seconds = [&](std::uint64_t ticks) { return static_cast<double>(ticks) / ticks_per_second; };

  ProcessState state;
  const auto user = stat.number(14);
  const auto system = stat.number(15);
  if (user && system) state.cpu_seconds = seconds(*user + *system);
  const auto booted = boot_time_seconds();
  const auto started = stat.number(22);
  if (booted && started) state.start_time_seconds = static_cast<double>(*booted) + seconds(*started);
  state.virtual_memory_bytes = stat.number(23);
  if (const auto pages = stat.number(24)) {
    state.resident_memory_bytes = *pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
  state.threads = stat.number(20);
  state.open_fds = admin::open_fds();
  state.max_fds = admin::max_fds();
  return state;
}

void append_common_metrics(const BuildInfo& build, MetricFamilies& families) {
  append_families(kBuildInfoPrefix, kBuildInfoRows, build, families);
  append_families(kProcessPrefix, kProcessRows, ProcessState::read(), families);
}

}  // namespace mailvoid::admin
