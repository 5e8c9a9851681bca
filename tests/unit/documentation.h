// SPDX-License-Identifier: Apache-2.0
// Whether docs/ tells of everything the programs tell: the tests of metrics and result files fail where it
// does not. Define MAILVOID_DOCS, the folder.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "admin/metrics.h"

namespace mailvoid {

inline std::string document(const std::string& name) {
  std::ifstream file(std::string(MAILVOID_DOCS) + '/' + name);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What docs/metrics.md must say of a metric: a row of a Markdown table.
inline std::string documented_metric(std::string_view prefix, const admin::MetricInfo& info) {
  std::string labels;
  for (std::size_t i = 0; i < info.labels.size(); ++i) {
    labels += (i == 0 ? "{" : ",") + std::string(info.labels.names[i]);
  }
  if (!labels.empty()) labels += '}';
  return "| `" + std::string(prefix) + std::string(info.name) + labels + "` | " +
         std::string(admin::to_string(info.type)) + " | " + std::string(info.help) + " |";
}

// The table of docs/metrics.md in the section of that name is exactly this program's. With
// MAILVOID_UPDATE_DOCS in the environment it is written anew: the code has the one table, and docs/ a copy.
template <class Source>
void expect_documented(std::string_view section, std::string_view prefix,
                       std::span<const admin::MetricRow<Source>> rows) {
  std::string wanted;
  for (const admin::MetricRow<Source>& row : rows) wanted += documented_metric(prefix, row.info()) + '\n';
  std::string text = document("metrics.md");
  const std::string rule = "|---|---|---|\n";
  const std::size_t heading = text.find("\n## " + std::string(section) + '\n');
  ASSERT_NE(heading, std::string::npos) << section;
  const std::size_t begin = text.find(rule, heading) + rule.size();
  const std::size_t end = text.find("\n\n", begin) + 1;
  if (std::getenv("MAILVOID_UPDATE_DOCS") != nullptr) {
    text.replace(begin, end - begin, wanted);
    std::ofstream(std::string(MAILVOID_DOCS) + "/metrics.md") << text;
    return;
  }
  EXPECT_EQ(text.substr(begin, end - begin), wanted)
      << "run this test once with MAILVOID_UPDATE_DOCS=1, and look at what it has changed";
}

// The names of members, however deep, that the section of docs/results.md lacks; reply codes need not be
// there.
inline std::set<std::string> undocumented_members(const std::string& section,
                                                  const nlohmann::ordered_json& object) {
  const std::string text = document("results.md");
  const std::size_t begin = text.find("\n## " + section);
  EXPECT_NE(begin, std::string::npos) << section;
  const std::string described = text.substr(begin, text.find("\n## ", begin + 1) - begin);
  std::set<std::string> missing;
  const auto visit = [&](const auto& self, const nlohmann::ordered_json& value) -> void {
    if (!value.is_object()) return;
    for (const auto& [name, member] : value.items()) {
      const bool reply_code = name.find_first_not_of("0123456789") == std::string::npos;
      if (!reply_code && !described.contains('`' + name + '`')) missing.insert(name);
      self(self, member);
    }
  };
  visit(visit, object);
  return missing;
}

}  // namespace mailvoid
