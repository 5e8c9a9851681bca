// SPDX-License-Identifier: Apache-2.0
#include "loadgen/report_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <expected>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "config/exit_request.h"
#include "loadgen/html_report.h"
#include "program/process.h"
#include "program/result_file.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kHelp =
    R"(usage: mailvoid-loadgen report RESULT.json [-o REPORT.html]

Makes the page of a run from the result that --json wrote: charts, percentiles,
replies, errors and the environment, whole in one file that loads nothing.

  RESULT.json          what --json wrote, of this version or an older one, of a
                       run or of find-limit; - for standard input
  -o, --output FILE    where the page goes; - for standard output
                       (RESULT.html; from standard input: standard output)
  -h, --help           this text

examples:
  mailvoid-loadgen localhost:2525 --json a.json; mailvoid-loadgen report a.json
      The page in a.html.
  ssh bench cat a.json | mailvoid-loadgen report - -o a.html
      From another machine.
)";

int fail(std::string_view what, int code = program::kExitRuntime) {
  fmt::print(stderr, "mailvoid-loadgen report: {}{}\n", what,
             code == config::kExitUsage ? " (see mailvoid-loadgen report --help)" : "");
  return code;
}

std::expected<std::string, std::string> read_whole(const std::string& path) {
  using Characters = std::istreambuf_iterator<char>;
  if (path == "-") return std::string(Characters(std::cin), Characters());
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return std::unexpected(path + ": is a directory");
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected(fmt::format("{}: cannot open: {}", path, std::strerror(errno)));
  std::string text(Characters(file), Characters{});
  if (file.bad()) return std::unexpected(path + ": cannot read it");
  return text;
}

std::string output_of(const std::string& input) {
  return input == "-" ? input : std::filesystem::path(input).replace_extension(".html").string();
}

int make(const std::string& input, const std::string& output) {
  const auto text = read_whole(input);
  if (!text) return fail(text.error());
  const auto result = nlohmann::json::parse(*text, nullptr, false);
  if (result.is_discarded()) return fail(input + ": is not JSON");
  const auto program = result.find("program");
  const bool known = result.is_object() && program != result.end() &&
                     (*program == "mailvoid-loadgen" || *program == "mailvoid-loadgen find-limit");
  if (!known) {
    return fail(input + ": is not a result of mailvoid-loadgen, as --json writes it");
  }
  const auto target = result.find("target");
  const bool named = target != result.end() && target->is_string();
  auto file = program::ResultFile::open("--output", output);
  if (!file) return fail(file.error());
  const auto written =
      file->write(html_report(*text, named ? target->get_ref<const std::string&>() : std::string("?")));
  if (!written) return fail(written.error());
  if (output != "-") fmt::print("{}\n", output);
  return config::kExitDone;
}

}  // namespace

int report_command(int argc, const char* const* argv) {
  CLI::App app;
  app.set_help_flag();
  std::string input;
  std::string output;
  bool help = false;
  app.add_option("RESULT.json", input);
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
  if (input.empty()) return fail("no RESULT.json given", config::kExitUsage);
  if (output.empty()) output = output_of(input);
  if (output == input && output != "-")
    return fail("--output " + output + ": is the result itself", config::kExitUsage);
  return make(input, output);
}

}  // namespace mailvoid::loadgen
