// SPDX-License-Identifier: Apache-2.0
#include "config/config_file.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "config/setting_table.h"

namespace mailvoid::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A file that is gone with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    const int fd = ::mkstemp(path_.data());
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/mailvoid-test-XXXXXX";
};

std::expected<ConfigFile, FileFault> read(std::string_view text) {
  const TemporaryFile file(text);
  const std::string tables[] = {"listener"};
  return read_config_file(file.path(), tables);
}

std::string fault(std::string_view text) {
  const auto file = read(text);
  return file ? "" : fault_text("f.toml", file.error());
}

TEST(ConfigFileTest, GivesKeysTextsAndLines) {
  const auto file = read("# c\nmax = 5\nname = 'x y'\nlist = ['a', 'b']\nquick = true\nhalf = 0.5\n");
  ASSERT_TRUE(file);
  ASSERT_EQ(file->entries.size(), 5u);
  EXPECT_EQ(file->entries[0].key, "max");
  EXPECT_EQ(file->entries[0].type, FileEntry::Type::number);
  EXPECT_EQ(file->entries[0].line, 2u);
  EXPECT_THAT(file->entries[1].texts, ElementsAre("x y"));
  EXPECT_TRUE(file->entries[2].array);
  EXPECT_THAT(file->entries[2].texts, ElementsAre("a", "b"));
  EXPECT_EQ(file->entries[2].line, 4u);
  EXPECT_THAT(file->entries[3].texts, ElementsAre("true"));
  EXPECT_THAT(file->entries[4].texts, ElementsAre("0.5"));
}

TEST(ConfigFileTest, KeepsTablesInTheirOrder) {
  const auto file = read("z = 1\n[[listener]]\nb = 2\na = 1\n[[listener]]\n");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->entries.size(), 1u);
  ASSERT_EQ(file->tables.size(), 2u);
  EXPECT_EQ(file->tables[0].name, "listener");
  EXPECT_EQ(file->tables[0].line, 2u);
  ASSERT_EQ(file->tables[0].entries.size(), 2u);
  EXPECT_EQ(file->tables[0].entries[0].key, "b");
  EXPECT_EQ(file->tables[1].line, 5u);
  EXPECT_THAT(file->tables[1].entries, IsEmpty());
}

TEST(ConfigFileTest, SaysWhereTheFileIsNoToml) {
  EXPECT_THAT(fault("a = 1\nb = = 2\n"), testing::StartsWith("f.toml:2: "));
  EXPECT_THAT(fault("a = 1\na = 2\n"), testing::StartsWith("f.toml:2: "));
}

TEST(ConfigFileTest, RefusesTablesThatThereAreNot) {
  EXPECT_EQ(fault("[[listeners]]\n"),
            "f.toml:1: listeners: there is no table of that name; did you mean [[listener]]?");
  EXPECT_EQ(fault("\n[x]\na = 1\n"), "f.toml:2: x: there is no table of that name, only [[listener]]");
  EXPECT_EQ(fault("[listener]\na = 1\n"),
            "f.toml:1: listener: stands as [[listener]], for there may be several");
}

TEST(ConfigFileTest, RefusesValuesThatNoSettingCanBe) {
  EXPECT_EQ(fault("when = 2020-01-01\n"),
            "f.toml:1: when: must be a string, a number, true, false or an array of them");
  EXPECT_EQ(fault("a = ['x', 1]\n"), "f.toml:1: a: must hold strings only, or numbers only");
  EXPECT_EQ(fault("[[listener]]\na = { b = 1 }\n"),
            "f.toml:2: a: must be a string, a number, true, false or an array of them");
}

TEST(ConfigFileTest, SaysThatAFileCannotBeRead) {
  const auto file = read_config_file("/nonexistent/f.toml", {});
  ASSERT_FALSE(file);
  EXPECT_EQ(fault_text("f.toml", file.error()), "f.toml: cannot be read: No such file or directory");
  const auto directory = read_config_file("/tmp", {});
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().what, "cannot be read: Is a directory");
  const auto endless = read_config_file("/dev/zero", {});
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().what, "is too large for a configuration");
  EXPECT_EQ(fault(""), "");
}

// What a table of each kind of setting says of a file.
class SettingTableTest : public testing::Test {
 protected:
  SettingTableTest() {
    table_.value("count", count_, config::count<unsigned>(1, 100), "");
    table_.value("size", size_, bytes<std::uint64_t>(0), "");
    table_.list("name", names_, text("NAME", [](std::string_view t) { return t == "bad" ? "is bad" : ""; }),
                "");
    table_.list("extra", extra_, text("NAME", [](std::string_view) { return ""; }), "");
    table_.flag("quiet", quiet_, "");
  }

  std::string assign(std::string_view text) {
    const auto file = read(text);
    if (!file) return "no file";
    const auto assigned = table_.assign(file->entries);
    return assigned ? "" : fault_text("f", assigned.error());
  }

  unsigned count_ = 7;
  std::uint64_t size_ = 1;
  std::vector<std::string> names_{"default"};
  std::vector<std::string> extra_;
  bool quiet_ = false;
  SettingTable table_;
};

TEST_F(SettingTableTest, TakesEveryKind) {
  EXPECT_EQ(assign("count = 9\nsize = '2k'\nname = ['a', 'b']\nquiet = true\n"), "");
  EXPECT_EQ(count_, 9u);
  EXPECT_EQ(size_, 2048u);
  EXPECT_THAT(names_, ElementsAre("a", "b"));
  EXPECT_TRUE(quiet_);
  EXPECT_EQ(table_.settings().front().source, Setting::Source::file);
  EXPECT_EQ(assign("size = 4096\nname = 'one'\nextra = []\n"), "");
}

TEST_F(SettingTableTest, TakesPlainNumbersAndSingleTextsWhereTheyAreMeant) {
  EXPECT_EQ(assign("size = 4096\nname = 'one'\nextra = []\n"), "");
  EXPECT_EQ(size_, 4096u);
  EXPECT_THAT(names_, ElementsAre("one"));
}

TEST_F(SettingTableTest, NamesTheLineAndTheKeyOfWhatIsWrong) {
  EXPECT_EQ(assign("\ncuont = 9\n"), "f:2: cuont: there is no setting of that name; did you mean count?");
  EXPECT_EQ(assign("count = 101\n"), "f:1: count: '101' must be 1 to 100");
  EXPECT_EQ(assign("count = '9'\n"), "f:1: count: must be a number, without quotes");
  EXPECT_EQ(assign("count = [9]\n"), "f:1: count: must be one value, not an array");
  EXPECT_EQ(assign("quiet = 'yes'\n"), "f:1: quiet: must be true or false");
  EXPECT_EQ(assign("name = true\n"), "f:1: name: must be a string: NAME");
  EXPECT_EQ(assign("name = []\n"), "f:1: name: must not be empty");
  EXPECT_EQ(assign("name = ['a', 'bad']\n"), "f:1: name: 'bad' is bad");
  EXPECT_THAT(names_, ElementsAre("default"));
}

}  // namespace
}  // namespace mailvoid::config
