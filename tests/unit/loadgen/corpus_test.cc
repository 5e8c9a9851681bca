// SPDX-License-Identifier: Apache-2.0
#include "loadgen/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace mailvoid::loadgen {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t kPlenty = 1U << 30;

// What travels, one octet at a time and without the code under test: CRLF for every line feed, and at the
// end.
std::string canonical(std::string_view text) {
  std::string out;
  for (const char octet : text) {
    if (octet == '\n' && !out.ends_with('\r')) out += '\r';
    out += octet;
  }
  if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
  return out;
}

// What a server takes from the wire up to CRLF.CRLF (RFC 5321 §4.5.2), or why it cannot.
std::string received(std::string_view wire) {
  std::string text;
  while (true) {
    const std::size_t end = wire.find("\r\n");
    if (end == std::string_view::npos) return "the message does not end";
    std::string_view line = wire.substr(0, end + 2);
    wire.remove_prefix(line.size());
    if (line == ".\r\n") return wire.empty() ? text : "the message ends early";
    if (line.starts_with('.')) line.remove_prefix(1);
    text += line;
  }
}

std::string received(const CorpusMessage& message) {
  return received(std::string(message.stuffed) + ".\r\n");
}

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class CorpusFiles : public testing::Test {
 protected:
  CorpusFiles() {
    std::string name = (fs::temp_directory_path() / "mailvoid-corpus-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~CorpusFiles() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  static std::vector<std::string> texts(const std::string& path) {
    const auto corpus = Corpus::load(path, {kPlenty, false});
    if (!corpus) return {"error: " + corpus.error()};
    std::vector<std::string> all;
    for (std::size_t i = 0; i < corpus->size(); ++i) all.push_back(received((*corpus)[i]));
    return all;
  }

  fs::path folder_;
};

TEST_F(CorpusFiles, ReadsOneMessage) {
  const auto corpus = Corpus::load(write("a.eml", "A: 1\n\n.dot\n\xE9\n"), {kPlenty, false});
  ASSERT_TRUE(corpus) << corpus.error();
  ASSERT_EQ(corpus->size(), 1U);
  EXPECT_EQ((*corpus)[0].stuffed, "A: 1\r\n\r\n..dot\r\n\xE9\r\n");
  EXPECT_EQ((*corpus)[0].size_octets, 17U);
  EXPECT_TRUE((*corpus)[0].eight_bit);
  EXPECT_EQ(corpus->long_lined(), 0U);
}

TEST_F(CorpusFiles, KeepsTheUnstuffedFormTwiceOnlyWhereItDiffers) {
  const auto dotted = Corpus::load(write("a.eml", "A: 1\n\n.dot\n"), {kPlenty, true});
  ASSERT_TRUE(dotted);
  EXPECT_EQ((*dotted)[0].unstuffed, "A: 1\r\n\r\n.dot\r\n");
  EXPECT_EQ((*dotted)[0].stuffed, "A: 1\r\n\r\n..dot\r\n");
  const auto plain = Corpus::load(write("b.eml", "A: 1\n\ndot\n"), {kPlenty, true});
  ASSERT_TRUE(plain);
  EXPECT_EQ((*plain)[0].unstuffed, (*plain)[0].stuffed);
  EXPECT_EQ((*plain)[0].unstuffed.data(), (*plain)[0].stuffed.data());
  const auto without = Corpus::load(write("c.eml", "A: 1\n\n.dot\n"), {kPlenty, false});
  EXPECT_TRUE((*without)[0].unstuffed.empty());
  EXPECT_FALSE(Corpus::load(write("d.eml", "A: 1\n\n.dot\n"), {15 + 14 - 1, true})) << "both forms count";
}

TEST_F(CorpusFiles, DropsAFromLineAndNothingElse) {
  EXPECT_THAT(texts(write("a.txt", "From a@x Thu Aug 22 12:36:23 2002\nA: 1\n\n>From me\n\n")),
              ElementsAre("A: 1\r\n\r\n>From me\r\n\r\n"));
}

TEST_F(CorpusFiles, ReadsAnMbox) {
  const std::string mbox = "From a@x Thu Aug 22 12:36:23 2002\nA: 1\n\n>From me\n\nFrom b@x 12:37\nB: 2\n\n";
  EXPECT_THAT(texts(write("inbox", mbox)), ElementsAre("A: 1\r\n\r\nFrom me\r\n", "B: 2\r\n"));
  EXPECT_THAT(texts(write("one.eml", mbox)), ElementsAre(canonical(mbox.substr(mbox.find('\n') + 1))));
}

TEST_F(CorpusFiles, ReadsADirectoryInOrderAndSkipsWhatIsNotMail) {
  write("mail/b", "B: 2\n");
  write("mail/a/z.txt", "Z: 3\n");
  write("mail/c.mbox", "From a 12:36\nC: 4\n\nFrom b 12:37\nD: 5\n");
  write("mail/.hidden", "H: 6\n");
  write("mail/.git/h", "H: 6\n");
  write("mail/list.json", R"({"id":"00001","text":"A: 1"})");
  write("mail/data.js", "module.exports = {};\n");
  write("mail/empty", "");
  write("mail/colon", ": x\n");
  const auto corpus = Corpus::load((folder_ / "mail").string(), {kPlenty, false});
  ASSERT_TRUE(corpus) << corpus.error();
  EXPECT_THAT(texts((folder_ / "mail").string()),
              ElementsAre("Z: 3\r\n", "B: 2\r\n", "C: 4\r\n", "D: 5\r\n"));
  EXPECT_EQ(corpus->files_skipped(), 4U);
}

TEST_F(CorpusFiles, ReadsAMaildirAndItsFolders) {
  for (const char* const folder : {"box/", "box/.Sent/", "mail/nested/"}) {
    for (const char* const part : {"cur", "new", "tmp"}) fs::create_directories(folder_ / folder / part);
  }
  write("box/cur/2.host:2,S", "A: 2\n");
  write("box/cur/1.host:2,", "From a@x 12:36\nA: 1\n\nFrom b@x 12:37\nB: 9\n");
  write("box/new/0.host", "A: 3\n");
  write("box/tmp/5.host", "A: half a mess");
  write("box/.Sent/cur/9.host:2,S", "A: 0\n");
  write("box/subscriptions", "A: no message\n");
  write("box/dovecot/new", "A: no message\n");
  const std::string box = (folder_ / "box").string();
  const std::vector<std::string> expected{"A: 0\r\n", "A: 1\r\n\r\nFrom b@x 12:37\r\nB: 9\r\n", "A: 2\r\n",
                                          "A: 3\r\n"};
  EXPECT_EQ(texts(box), expected);
  EXPECT_EQ(texts("maildir:" + box), expected);
  write("mail/nested/new/1", "A: 1\n");
  write("mail/nested/tmp/2", "A: 2\n");
  write("mail/other", "B: 1\n");
  EXPECT_THAT(texts((folder_ / "mail").string()), ElementsAre("A: 1\r\n", "B: 1\r\n"));
  EXPECT_THAT(texts("maildir:" + (folder_ / "mail").string()), ElementsAre(HasSubstr("is not a Maildir")));
}

TEST_F(CorpusFiles, LeavesOutFieldsThatAreNotWanted) {
  const auto corpus = Corpus::load(write("a.eml", "X: 1\n 2\nDate: 3\nx : 4\n\t5\nA: 6\n\nX: text\n"),
                                   {kPlenty, false, {"x", "Z"}});
  ASSERT_TRUE(corpus);
  EXPECT_EQ((*corpus)[0].stuffed, "Date: 3\r\nA: 6\r\n\r\nX: text\r\n");
  EXPECT_EQ((*corpus)[0].size_octets, 26u);
}

TEST_F(CorpusFiles, NotesLongLines) {
  const auto fits = Corpus::load(write("a", "A: 1\n\n" + std::string(998, 'x') + "\n"), {kPlenty, false});
  const auto longer = Corpus::load(write("b", "A: 1\n\n" + std::string(999, 'x') + "\n"), {kPlenty, false});
  ASSERT_TRUE(fits && longer);
  EXPECT_EQ(fits->long_lined(), 0U);
  EXPECT_EQ(longer->long_lined(), 1U);
}

TEST_F(CorpusFiles, NamesWhatCannotBeRead) {
  EXPECT_THAT(texts((folder_ / "nowhere").string()),
              ElementsAre(AllOf(HasSubstr("nowhere"), HasSubstr("No such file"))));
  fs::create_directories(folder_ / "none");
  EXPECT_THAT(texts((folder_ / "none").string()), ElementsAre(HasSubstr("none holds no file that is mail")));
}

TEST_F(CorpusFiles, StaysWithinItsMemoryAndNamesTheFileThatDidNotFit) {
  write("mail/a", "A: 1\n\n" + std::string(3000, 'x') + "\n");
  write("mail/b", "B: 1\n\n" + std::string(3000, 'x') + "\n");
  const std::string directory = (folder_ / "mail").string();
  EXPECT_TRUE(Corpus::load(directory, {2 * 3010, false}));
  const auto corpus = Corpus::load(directory, {2 * 3010 - 1, false});
  ASSERT_FALSE(corpus);
  EXPECT_THAT(corpus.error(), AllOf(HasSubstr("mail/b"), HasSubstr("--memory-limit")));
  EXPECT_FALSE(Corpus::load("/dev/zero", {4000, false})) << "read to its end";
}

// smtp.md 95: whatever the file holds, the server receives the canonical text, and nothing behind it.
TEST_F(CorpusFiles, HorrorsArriveAsTheyAre) {
  const std::string nul(1, '\0');
  std::string dots;
  for (int i = 0; i < 100; ++i)
    dots += std::string(static_cast<std::size_t>(i % 4), '.') + (i % 2 == 0 ? "\n" : "\r\n");
  for (const std::string& text : {std::string(), std::string("."), std::string("\n"), std::string("\r"),
                                  std::string("\r\n"), std::string(".\r"), std::string("\r\n.\r\n"),
                                  std::string("\n.\n"), std::string("a\r.\rb\n.\r\r\n.\n\r.\r\n"),
                                  nul + "." + nul + "\n" + nul + ".\n.", std::string("\xFF\xFE.\n.\x80"),
                                  dots, std::string(200'000, 'x'), "\n." + std::string(200'000, '.')}) {
    EXPECT_THAT(texts(write("a.eml", text)), ElementsAre(canonical(text)));
  }
}

TEST_F(CorpusFiles, RandomOctetsArriveAsTheyAre) {
  std::mt19937 random(1);
  constexpr std::string_view kOctets("..\r\n\r\na\0\xFF", 9);
  for (int round = 0; round < 500; ++round) {
    std::string text(random() % 40, ' ');
    for (char& octet : text) octet = kOctets[random() % kOctets.size()];
    ASSERT_THAT(texts(write("a.eml", text)), ElementsAre(canonical(text)));
  }
}

// 6,046 real messages, with all that real mail has: leading dots, 8-bit, bare CRs, long lines, mixed line
// ends.
TEST(RealMail, ArrivesAsItIs) {
  const fs::path directory = MAILVOID_CORPUS;
  if (!fs::is_directory(directory)) {
    FAIL() << "the corpus of real mail is not there: run `scripts/setup corpus` (looked for " << directory
           << ")";
  }
  const auto corpus = Corpus::load(directory.string(), {kPlenty, false});
  ASSERT_TRUE(corpus) << corpus.error();
  ASSERT_EQ(corpus->size(), 6046U);
  EXPECT_EQ(corpus->long_lined(), 24U);

  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  ASSERT_EQ(files.size(), corpus->size());
  std::uint64_t eight_bit = 0;
  std::uint64_t stuffed = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::string text = contents(files[i]);
    if (text.starts_with("From ")) text.erase(0, text.find('\n') + 1);
    const CorpusMessage& message = (*corpus)[i];
    ASSERT_EQ(received(message), canonical(text)) << files[i];
    EXPECT_EQ(message.size_octets, canonical(text).size());
    if (message.eight_bit) ++eight_bit;
    if (message.stuffed.size() > message.size_octets) ++stuffed;
  }
  EXPECT_EQ(eight_bit, 514U);
  EXPECT_EQ(stuffed, 279U);
}

}  // namespace
}  // namespace mailvoid::loadgen
