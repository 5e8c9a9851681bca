// SPDX-License-Identifier: Apache-2.0
#include "loadgen/environment.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <random>
#include <string_view>

#include "base/version.h"
#include "config/host.h"
#include "program/facts.h"
#include "scan/simd.h"

namespace mailvoid::loadgen {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

// The value of the first "KEY : VALUE" in /proc/cpuinfo; x86 and some others name the processor so.
std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return {};
}

// BBR paces what it sends by timers, which shows in the lag and the latencies of a fast run.
std::string tcp_congestion_control() {
  std::ifstream file("/proc/sys/net/ipv4/tcp_congestion_control");
  std::string name;
  std::getline(file, name);
  return name;
}

}  // namespace

Environment Environment::here(std::span<const char* const> command_line) {
  const config::Host host = config::this_host();
  utsname system{};
  ::uname(&system);
  Environment environment;
  environment.host = host.name;
  environment.kernel = fmt::format("{} {} {}", system.sysname, system.release, system.machine);
  environment.cpu = cpu_name();
  environment.cores = host.cores();
  environment.congestion_control = tcp_congestion_control();
  environment.compiler = build_info().compiler;
  environment.build = build_info().type;
  environment.allocator = program::allocator_name();
  environment.simd = scan::simd_in_use();
  for (const char* word : command_line) environment.command_line.emplace_back(word);
  return environment;
}

nlohmann::ordered_json environment_json(const Environment& environment) {
  return {{"host", environment.host},
          {"kernel", environment.kernel},
          {"cpu", environment.cpu},
          {"cores", environment.cores},
          {"congestion_control", environment.congestion_control},
          {"compiler", environment.compiler},
          {"build", environment.build},
          {"allocator", environment.allocator},
          {"simd", environment.simd},
          {"ring_features", environment.ring_features},
          {"command_line", environment.command_line}};
}

std::string new_run_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

std::string iso_time(system_clock::time_point when) {
  using namespace std::chrono;
  const auto day = floor<days>(when);
  const year_month_day date(day);
  const hh_mm_ss time(floor<milliseconds>(when - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int{date.year()}, unsigned{date.month()},
                     unsigned{date.day()}, time.hours().count(), time.minutes().count(),
                     time.seconds().count(), time.subseconds().count());
}

std::optional<system_clock::time_point> parse_iso_time(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.dddZ";
  const auto fits = [](char is, char form) { return form == 'd' ? is >= '0' && is <= '9' : is == form; };
  if (!std::ranges::equal(text, kForm, fits)) return std::nullopt;
  const auto number = [text](std::size_t at, std::size_t digits) {
    int value = 0;
    for (const char digit : text.substr(at, digits)) value = value * 10 + (digit - '0');
    return value;
  };
  const year_month_day date(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                            day(static_cast<unsigned>(number(8, 2))));
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + milliseconds(number(20, 3));
}

}  // namespace mailvoid::loadgen
