// SPDX-License-Identifier: Apache-2.0
// A directory of a test's own, and what is in it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace mailvoid::capture {

class Scratch {
 public:
  Scratch() {
    std::string name = testing::TempDir() + "mailvoid-capture-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::string path(const std::string& below = "") const {
    return below.empty() ? path_.string() : (path_ / below).string();
  }
  // The names in a folder, sorted.
  [[nodiscard]] std::vector<std::string> names(const std::string& below) const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path_ / below)) {
      all.push_back(entry.path().filename());
    }
    std::ranges::sort(all);
    return all;
  }
  [[nodiscard]] std::string content(const std::string& below) const {
    std::ifstream file(path_ / below, std::ios::binary);
    EXPECT_TRUE(file) << below;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  void put(const std::string& below, const std::string& content = "") const {
    std::ofstream(path_ / below, std::ios::binary) << content;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace mailvoid::capture
