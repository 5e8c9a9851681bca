// SPDX-License-Identifier: Apache-2.0
#include "loadgen/merge_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "config/exit_request.h"
#include "loadgen/json_text.h"
#include "loadgen/merge_results.h"
#include "program/process.h"
#include "program/result_file.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kHelp =
    R"(usage: mailvoid-loadgen merge A.json B.json... [-o FILE]

Makes one result of those of several processes or hosts that made one load
together: counts and histograms are added exactly, and the time series are
laid over each other by the time at which each began. It is valid if all are.

  A.json B.json...     results that --json wrote
  -o, --output FILE    where the result goes (standard output)
  -h, --help           this text

example:
  mailvoid-loadgen mta.test:25 --rate 2000/s --shard-of 0/2 --json a.json &
  mailvoid-loadgen mta.test:25 --rate 2000/s --shard-of 1/2 --json b.json; wait
  mailvoid-loadgen merge a.json b.json -o both.json
)";

int fail(std::string_view what, int code = program::kExitRuntime) {
  fmt::print(stderr, "mailvoid-loadgen merge: {}{}\n", what,
             code == config::kExitUsage ? " (see mailvoid-loadgen merge --help)" : "");
  return code;
}

}  // namespace

int merge_command(int argc, const char* const* argv) {
  CLI::App app;
  app.set_help_flag();
  std::vector<std::string> paths;
  std::string output = "-";
  bool help = false;
  app.add_option("A.json", paths);
  app.add_option("-o,--output", output);
  app.add_flag("-h,--help", help);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return fail(error.what(), config::kExitUsage);
  }
  if (help) {
    fmt::print("{}", kHelp);
    return config::kExitDone;
  }
  if (paths.size() < 2) return fail("two results at least are needed", config::kExitUsage);
  std::vector<NamedResult> parts;
  for (const std::string& path : paths) {
    std::ifstream file(path);
    if (!file) return fail(path + ": cannot open: " + std::strerror(errno));
    auto result = nlohmann::ordered_json::parse(file, nullptr, false);
    if (!result.is_object() || result.value("program", "") != "mailvoid-loadgen") {
      return fail(path + ": is not a result of mailvoid-loadgen, as --json writes it");
    }
    parts.push_back({path, std::move(result)});
  }
  const auto merged = merge_results(parts);
  if (!merged) return fail(merged.error());
  auto file = program::ResultFile::open("--output", output);
  if (!file) return fail(file.error());
  if (const auto written = file->write(json_text(*merged)); !written) return fail(written.error());
  return config::kExitDone;
}

}  // namespace mailvoid::loadgen
