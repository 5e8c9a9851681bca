// SPDX-License-Identifier: Apache-2.0
// The scanners with every instruction set of this machine, beside what others do. The goal
// (docs/architecture.md): discard_data is at least 40 times as fast as byte_machine at 64 KiB with 5 % of the
// lines stuffed.
//
//   scan_bench --benchmark_filter=Data.*/65536
#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "bench/micro/byte_machine.h"
#include "bench/micro/memchr_command.h"
#include "bench/micro/memchr_lines.h"
#include "bench/micro/memmem_end.h"
#include "scan/data_scan.h"
#include "scan/line_find.h"
#include "scan/simd.h"

namespace mailvoid {
namespace {

// Lines of 76 characters, `dot_percent` of them with a stuffed dot before, at random, and the end of the
// data.
const std::string& message(std::size_t octets, int dot_percent) {
  static std::map<std::pair<std::size_t, int>, std::string> made;
  std::string& text = made[{octets, dot_percent}];
  std::mt19937 random(7);
  while (text.size() + 90 < octets) {
    if (static_cast<int>(random() % 100) < dot_percent) {
      text += '.';
    }
    const std::size_t line = text.size();
    text.append(76, ' ');
    for (std::size_t i = line; i < text.size(); ++i) {
      text[i] = static_cast<char>('a' + random() % 26);
    }
    text += "\r\n";
  }
  if (!text.ends_with(".\r\n")) {
    text.append(octets - text.size() - 5, 'z');
    text += "\r\n.\r\n";
  }
  return text;
}

void report(benchmark::State& state, std::size_t octets) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(octets));
}

using Scanner = scan::DataScan (*)(std::string_view, scan::DataState&, scan::DataCounts&);

// All rivals must agree on what they have in common, or the comparison means nothing.
void require_same_outputs(std::string_view text) {
  scan::DataState state = scan::DataState::crlf;
  scan::DataCounts ours;
  const std::size_t end = scan::discard_data(text, state, ours).consumed;
  const bench::MemchrLines lines = bench::memchr_lines(text);
  bool same = lines.ended && lines.lines == ours.lines && lines.stuffed_dots == ours.stuffed_dots &&
              bench::memmem_end(text) == end;
  for (const Scanner machine :
       {&bench::byte_machine, &bench::byte_machine_registers, &bench::byte_machine_table}) {
    state = scan::DataState::crlf;
    scan::DataCounts counts;
    const scan::DataScan scan = machine(text, state, counts);
    same = same && scan.ended && scan.consumed == end && counts == ours && state == scan::DataState::crlf;
  }
  if (!same) {
    std::cerr << "scan_bench: the rivals do not agree\n";
    std::exit(1);
  }
}

using Data = const std::string&;

void data_discard(benchmark::State& state, std::string_view simd, Data text) {
  scan::force_simd(simd);
  for (auto _ : state) {
    scan::DataState carried = scan::DataState::crlf;
    scan::DataCounts counts;
    benchmark::DoNotOptimize(scan::discard_data(text, carried, counts));
    benchmark::DoNotOptimize(counts);
  }
  report(state, text.size());
}

void data_deliver(benchmark::State& state, std::string_view simd, Data text) {
  scan::force_simd(simd);
  std::array<std::string_view, 32> spans;
  for (auto _ : state) {
    scan::DataState carried = scan::DataState::crlf;
    scan::DataCounts counts;
    for (std::string_view rest = text; !rest.empty();) {
      const scan::DataDelivery delivery = scan::deliver_data(rest, spans, carried, counts);
      benchmark::DoNotOptimize(spans);
      rest.remove_prefix(delivery.consumed);
    }
    benchmark::DoNotOptimize(counts);
  }
  report(state, text.size());
}

template <Scanner kMachine>
void data_machine(benchmark::State& state, Data text) {
  for (auto _ : state) {
    scan::DataState carried = scan::DataState::crlf;
    scan::DataCounts counts;
    benchmark::DoNotOptimize(carried);
    benchmark::DoNotOptimize(counts);
    benchmark::DoNotOptimize(kMachine(text, carried, counts));
    benchmark::DoNotOptimize(counts);
  }
  report(state, text.size());
}

void data_memchr_lines(benchmark::State& state, Data text) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(bench::memchr_lines(text));
  }
  report(state, text.size());
}

void data_memmem_end(benchmark::State& state, Data text) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(bench::memmem_end(text));
  }
  report(state, text.size());
}

// `length` octets before the CRLF, alone in the buffer as a client that does not pipeline sends them.
std::string command(std::size_t length) {
  std::string text = "RCPT TO:<" + std::string(length, 'a');
  text.resize(length);
  return text + "\r\n";
}

void command_find(benchmark::State& state, std::string_view simd, const std::string& text) {
  scan::force_simd(simd);
  for (auto _ : state) {
    std::string_view in = text;
    benchmark::DoNotOptimize(in);
    benchmark::DoNotOptimize(scan::find_command_line(in));
  }
  report(state, text.size());
}

template <auto kFind>
void command_rival(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    std::string_view in = text;
    benchmark::DoNotOptimize(in);
    benchmark::DoNotOptimize(kFind(in));
  }
  report(state, text.size());
}

void register_all() {
  using benchmark::RegisterBenchmark;
  for (const std::size_t octets : {std::size_t{64} << 10, std::size_t{64} << 20}) {
    for (const int percent : {0, 5}) {
      const auto name = [&](const std::string& what) {
        return "Data/" + std::to_string(octets) + "/dots:" + std::to_string(percent) + "%/" + what;
      };
      const auto run = [octets, percent](auto function, auto... arguments) {
        return [=](benchmark::State& state) { function(state, arguments..., message(octets, percent)); };
      };
      RegisterBenchmark(name("byte_machine").c_str(), run(data_machine<bench::byte_machine>));
      RegisterBenchmark(name("byte_machine_registers").c_str(),
                        run(data_machine<bench::byte_machine_registers>));
      RegisterBenchmark(name("byte_machine_table").c_str(), run(data_machine<bench::byte_machine_table>));
      RegisterBenchmark(name("memchr_lines").c_str(), run(data_memchr_lines));
      RegisterBenchmark(name("memmem_end").c_str(), run(data_memmem_end));
      for (const std::string_view simd : scan::simd_available()) {
        RegisterBenchmark(name("discard/" + std::string(simd)).c_str(), run(data_discard, simd));
      }
      for (const std::string_view simd : scan::simd_available()) {
        RegisterBenchmark(name("deliver/" + std::string(simd)).c_str(), run(data_deliver, simd));
      }
    }
  }
  for (const std::size_t length : {4U, 20U, 40U, 60U, 500U, 12288U}) {
    const std::string text = command(length);
    const std::string name = "Command/" + std::to_string(length) + "/";
    RegisterBenchmark((name + "memchr").c_str(), command_rival<bench::memchr_command>, text);
    RegisterBenchmark((name + "memchr_with_flags").c_str(), command_rival<bench::memchr_command_with_flags>,
                      text);
    for (const std::string_view simd : scan::simd_available()) {
      RegisterBenchmark((name + "find_command_line/" + std::string(simd)).c_str(), command_find, simd, text);
    }
  }
}

}  // namespace
}  // namespace mailvoid

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (const int percent : {0, 5}) {
    mailvoid::require_same_outputs(mailvoid::message(64 << 10, percent));
  }
  mailvoid::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
