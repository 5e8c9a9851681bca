// SPDX-License-Identifier: Apache-2.0
#include "loadgen/report_command.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "base/say.h"
#include "config/exit_request.h"
#include "loadgen/html_report.h"
#include "loadgen/result_command.h"
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

std::string output_of(const std::string& input) {
  return input == "-" ? input : std::filesystem::path(input).replace_extension(".html").string();
}

int make(const ResultCommand& command, const std::string& input, const std::string& output) {
  const auto result = read_result(input);
  if (!result) return command.failed(result.error());
  const auto target = result->json.find("target");
  const bool named = target != result->json.end() && target->is_string();
  auto file = program::ResultFile::open("--output", output);
  if (!file) return command.failed(file.error());
  const auto written = file->write(
      html_report(result->text, named ? target->get_ref<const std::string&>() : std::string("?")));
  if (!written) return command.failed(written.error());
  if (output != "-") say(stdout, "{}\n", output);
  return config::kExitDone;
}

}  // namespace

int report_command(int argc, const char* const* argv) {
  ResultCommand command("report", kHelp);
  std::string input;
  std::string output;
  command.options().add_option("RESULT.json", input);
  command.options().add_option("-o,--output", output);
  if (const auto ended = command.parse(argc, argv)) return *ended;
  if (input.empty()) return command.misused("no RESULT.json given");
  if (output.empty()) output = output_of(input);
  if (output == input && output != "-")
    return command.misused("--output " + output + ": is the result itself");
  return make(command, input, output);
}

}  // namespace mailvoid::loadgen
