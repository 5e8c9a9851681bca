// SPDX-License-Identifier: Apache-2.0
#include "capture/file_store.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>

#include "tests/unit/capture/scratch.h"

namespace mailvoid::capture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class FileStoreTest : public testing::TestWithParam<Format> {
 protected:
  FileStoreTest() : directory_(CaptureDirectory::open(scratch_.path(), GetParam()).value()) {
    options_.format = GetParam();
    options_.hostname = "mx";
    record_.id.assign("mv1-2-0-7");
    record_.envelope.begun = std::chrono::system_clock::time_point(std::chrono::seconds(17));
  }
  FileStore& store() {
    if (!store_) {
      store_ = std::make_unique<FileStore>(options_);
      store_->open(directory_.descriptor());
    }
    return *store_;
  }
  [[nodiscard]] std::string finals() const { return GetParam() == Format::maildir ? "new" : "."; }
  // Of final names; a Maildir's folders are not among them.
  [[nodiscard]] std::vector<std::string> files() const { return scratch_.names(finals()); }

  Scratch scratch_;
  CaptureDirectory directory_;
  FileStoreOptions options_;
  std::unique_ptr<FileStore> store_;
  Record record_;
};

TEST_P(FileStoreTest, ShowsAFileOnlyWhenItIsWhole) {
  EXPECT_EQ(store().begin(record_, "front ", "one "), 0);
  EXPECT_EQ(store().append(record_, "two"), 0);
  if (GetParam() == Format::maildir) {
    EXPECT_THAT(files(), IsEmpty());
  } else {
    EXPECT_THAT(files(), ElementsAre(".mv1-2-0-7.tmp"));
  }
  EXPECT_EQ(store().commit(record_), 0);
  const std::string name = GetParam() == Format::maildir ? "17.mv1-2-0-7.mx,S=13" : "mv1-2-0-7.eml";
  EXPECT_THAT(files(), ElementsAre(name));
  EXPECT_EQ(scratch_.content(finals() + "/" + name), "front one two");
  EXPECT_EQ(record_.file.octets, 13u);
  struct stat facts{};
  ASSERT_EQ(::stat(scratch_.path(finals() + "/" + name).c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600u);
  if (GetParam() == Format::maildir) {
    EXPECT_THAT(scratch_.names("tmp"), IsEmpty());
  }
}

TEST_P(FileStoreTest, LeavesNothingOfWhatIsAbandoned) {
  EXPECT_EQ(store().begin(record_, "", "one"), 0);
  store().abandon(record_);
  store().abandon(record_);
  EXPECT_THAT(files(), IsEmpty());
  if (GetParam() == Format::maildir) {
    EXPECT_THAT(scratch_.names("tmp"), IsEmpty());
  }
  Record never_begun;
  store().abandon(never_begun);
}

TEST_P(FileStoreTest, WritesManyRecordsAtOnceWithFewDescriptors) {
  options_.open_files_max = 2;
  std::vector<Record> records(10);
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].id.assign("mv1-2-0-1" + std::to_string(i));
    EXPECT_EQ(store().begin(records[i], "", "a" + std::to_string(i)), 0);
  }
  EXPECT_LE(std::ranges::count_if(records, [](const Record& r) { return r.file.fd >= 0; }), 3);
  for (Record& record : records) EXPECT_EQ(store().append(record, "b"), 0);
  for (Record& record : records) EXPECT_EQ(store().commit(record), 0);
  ASSERT_EQ(files().size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(scratch_.content(finals() + "/" + files()[i]), "a" + std::to_string(i) + "b");
  }
}

TEST_P(FileStoreTest, OverwritesNothing) {
  EXPECT_EQ(store().begin(record_, "", "first"), 0);
  EXPECT_EQ(store().commit(record_), 0);
  Record again;
  again.id = record_.id;
  again.envelope = record_.envelope;
  EXPECT_EQ(store().begin(again, "", "again"), 0);
  EXPECT_EQ(store().commit(again), EEXIST);
  store().abandon(again);
  ASSERT_EQ(files().size(), 1u);
  EXPECT_EQ(scratch_.content(finals() + "/" + files()[0]), "first");
}

TEST_P(FileStoreTest, GivesTheErrorOfAFileThatMayNotGrow) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit little{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  EXPECT_EQ(store().begin(record_, "", std::string(1500, 'x')), EFBIG);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  store().abandon(record_);
  EXPECT_THAT(files(), IsEmpty());
}

TEST_P(FileStoreTest, HasTraceLinesUnlessRaw) {
  record_.envelope.hello.assign("client");
  EXPECT_THAT(store().front(record_), StartsWith("Return-Path: <>\r\nReceived: from client"));
  options_.raw = true;
  store_.reset();
  EXPECT_EQ(store().front(record_), "");
}

INSTANTIATE_TEST_SUITE_P(Formats, FileStoreTest, testing::Values(Format::maildir, Format::eml),
                         [](const auto& format) {
                           return format.param == Format::maildir ? "maildir" : "eml";
                         });

}  // namespace
}  // namespace mailvoid::capture
