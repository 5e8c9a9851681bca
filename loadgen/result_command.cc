// SPDX-License-Identifier: Apache-2.0
#include "loadgen/result_command.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/say.h"
#include "config/exit_request.h"
#include "program/process.h"

namespace mailvoid::loadgen {
namespace {

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

std::optional<ResultKind> kind_of(const nlohmann::ordered_json& result) {
  if (!result.is_object()) return std::nullopt;
  const auto program = result.find("program");
  if (program == result.end()) return std::nullopt;
  if (*program == "mailvoid-loadgen") return ResultKind::run;
  if (*program == "mailvoid-loadgen find-limit") return ResultKind::limit_search;
  return std::nullopt;
}

}  // namespace

ResultCommand::ResultCommand(std::string_view name, std::string_view help) : name_(name), help_(help) {
  app_.set_help_flag();
  app_.add_flag("-h,--help", help_wanted_);
}

std::optional<int> ResultCommand::parse(int argc, const char* const* argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view what = error.what();  // "--with: 1 required TEXT missing"
    return misused(fmt::format("{}: needs a value", what.substr(0, what.find(':'))));
  } catch (const CLI::ParseError& error) {
    return misused(error.what());
  }
  if (!help_wanted_) return std::nullopt;
  say(stdout, "{}", help_);
  return config::kExitDone;
}

int ResultCommand::failed(std::string_view what) const {
  say(stderr, "mailvoid-loadgen {}: {}\n", name_, what);
  return program::kExitRuntime;
}

int ResultCommand::misused(std::string_view what) const {
  say(stderr, "mailvoid-loadgen {0}: {1} (see mailvoid-loadgen {0} --help)\n", name_, what);
  return config::kExitUsage;
}

std::expected<ReadResult, std::string> read_result(const std::string& path) {
  auto text = read_whole(path);
  if (!text) return std::unexpected(text.error());
  auto json = nlohmann::ordered_json::parse(*text, nullptr, false);
  if (json.is_discarded()) return std::unexpected(path + ": is not JSON");
  const std::optional<ResultKind> kind = kind_of(json);
  if (!kind) return std::unexpected(path + ": is not a result of mailvoid-loadgen, as --json writes it");
  return ReadResult{std::move(*text), std::move(json), *kind};
}

std::expected<ReadResult, std::string> read_run_result(const std::string& path) {
  auto result = read_result(path);
  if (result && result->kind != ResultKind::run) {
    return std::unexpected(path + ": is the result of find-limit, not of a run");
  }
  return result;
}

}  // namespace mailvoid::loadgen
