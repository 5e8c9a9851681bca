// SPDX-License-Identifier: Apache-2.0
#include "smtp/feature.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "smtp/help.h"
#include "smtp/server_config.h"

namespace mailvoid::smtp {
namespace {

TEST(Feature, IsFoundByItsNameInAnyCase) {
  EXPECT_EQ(feature_named("CHUNKING"), FeatureSet(Verb::bdat));
  EXPECT_EQ(feature_named("bdat"), FeatureSet(Verb::bdat));
  EXPECT_EQ(feature_named("8bitmime"), FeatureSet(Extension::eight_bit_mime));
  EXPECT_EQ(feature_named("Mt-Priority"), FeatureSet(Extension::mt_priority));
  EXPECT_EQ(feature_named("SMTPUTF"), std::nullopt);
  EXPECT_EQ(feature_named(""), std::nullopt);
}

TEST(Feature, HasADistinctNameEach) {
  std::set<std::string> names;
  for (const FeatureName& row : feature_names()) {
    EXPECT_TRUE(names.emplace(row.name).second) << row.name;
    EXPECT_EQ(feature_named(row.name), row.feature);
    EXPECT_FALSE(row.feature.empty());
  }
}

TEST(FeatureSet, AddsAndRemoves) {
  FeatureSet set = FeatureSet(Verb::mail) | Extension::dsn;
  EXPECT_TRUE(set.has(Verb::mail));
  EXPECT_TRUE(set.has(FeatureSet(Extension::size) | Extension::dsn));
  EXPECT_FALSE(set.has(Extension::size));
  set -= FeatureSet(Extension::dsn) | Extension::size;
  EXPECT_EQ(set, FeatureSet(Verb::mail));
}

// Switching one feature off takes exactly its own line out of EHLO (and those of what needs it).
TEST(FeatureSet, DecidesWhatEhloAnnounces) {
  const ServerOptions all{
      .hostname = "a", .starttls = true, .auth_mechanisms = {"PLAIN"}, .xclient = true, .xforward = true};
  const auto lines_without = [&](FeatureSet disabled) {
    ServerOptions options = all;
    options.disabled = disabled;
    const ServerConfig config = make_server_config(options).value();
    std::multiset<std::string> words;
    for (const auto& variant : config.variants) {
      std::string_view reply = variant.ehlo_reply;
      while (!reply.empty()) {
        words.emplace(reply.substr(4, reply.find_first_of(" \r", 4) - 4));
        reply.remove_prefix(reply.find('\n') + 1);
      }
    }
    return words;
  };
  const auto everything = lines_without({});
  for (const FeatureName& row : feature_names()) {
    const std::string name = row.name == "BDAT" ? "CHUNKING" : std::string(row.name);
    if (!everything.contains(name)) continue;
    EXPECT_FALSE(lines_without(row.feature).contains(name)) << name;
  }
  EXPECT_FALSE(lines_without(Verb::bdat).contains("BINARYMIME"));
  EXPECT_FALSE(lines_without(Extension::eight_bit_mime).contains("SMTPUTF8"));
  EXPECT_EQ(lines_without(Extension::dsn).size(), everything.size() - 4);
}

TEST(Help, ListsExactlyWhatIsServed) {
  EXPECT_EQ(render_help_overview(FeatureSet(Verb::mail) | Verb::quit, true),
            "214-2.0.0 Commands: MAIL QUIT\r\n214 2.0.0 HELP <command> explains one\r\n");
  EXPECT_EQ(render_help_overview(Verb::quit, false),
            "214-Commands: QUIT\r\n214 HELP <command> explains one\r\n");
}

TEST(Help, ExplainsEveryVerbInOneLine) {
  for (std::size_t i = 0; i < kVerbCount; ++i) {
    const auto verb = static_cast<Verb>(i);
    const std::string help = render_help_on(verb, true);
    if (command_info(verb).name.empty()) {
      EXPECT_EQ(help, "");
      continue;
    }
    EXPECT_TRUE(help.starts_with("214 2.0.0 " + std::string(command_info(verb).name))) << help;
    EXPECT_TRUE(help.find("\r\n") == help.size() - 2 && help.size() <= 512) << help;
  }
}

}  // namespace
}  // namespace mailvoid::smtp
