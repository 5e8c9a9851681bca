// SPDX-License-Identifier: Apache-2.0
// The command line of a program on a machine of four cores and 4,096 descriptors, for the tests of its
// options.
#pragma once

#include <gtest/gtest.h>

#include <expected>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "config/exit_request.h"
#include "config/program_context.h"

namespace mailvoid::config {

template <class Options>
class ProgramOptionsTest : public testing::Test {
 protected:
  using Outcome = std::expected<Options, ExitRequest>;
  using Parser = Outcome (*)(int argc, const char* const* argv, const ProgramContext& context);

  ProgramOptionsTest(std::string program, const std::string& host_name, Parser parser)
      : program_(std::move(program)), parser_(parser) {
    context_.host.cpus = {0, 1, 2, 3};
    context_.host.descriptors_max = 4096;
    context_.host.name = host_name;
    context_.host.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto variable = environment_.find(name);
      if (variable == environment_.end()) return std::nullopt;
      return variable->second;
    };
    context_.simd_names = {"scalar", "wide"};
    context_.ring_features = {"min_wait", "bundle"};
    context_.version = [] { return std::string("version\n"); };
  }

  Outcome parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), program_.c_str());
    return parser_(static_cast<int>(arguments.size()), arguments.data(), context_);
  }

  // The same, from words between blanks.
  Outcome parse_words(const std::string& words) {
    std::istringstream stream(words);
    const std::vector<std::string> split{std::istream_iterator<std::string>(stream), {}};
    std::vector<const char*> arguments;
    for (const std::string& word : split) arguments.push_back(word.c_str());
    return parse(std::move(arguments));
  }

  // The usage error, without what stands before and behind it.
  std::string error(std::vector<const char*> arguments) {
    const auto options = parse(std::move(arguments));
    if (options) return "no error";
    EXPECT_EQ(options.error().code, 2);
    EXPECT_FALSE(options.error().to_stdout);
    const std::string& text = options.error().text;
    const std::string before = program_ + ": ", behind = " (see " + program_ + " --help)\n";
    EXPECT_TRUE(text.starts_with(before) && text.ends_with(behind)) << text;
    return text.substr(before.size(), text.size() - before.size() - behind.size());
  }

  std::map<std::string, std::string> environment_;
  ProgramContext context_;

 private:
  std::string program_;
  Parser parser_;
};

}  // namespace mailvoid::config
