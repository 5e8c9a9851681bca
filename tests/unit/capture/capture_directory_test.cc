// SPDX-License-Identifier: Apache-2.0
#include "capture/capture_directory.h"

#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "tests/unit/capture/scratch.h"

namespace mailvoid::capture {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

unsigned mode(const std::string& path) {
  struct stat facts{};
  EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
  return facts.st_mode & 07777;
}

TEST(CaptureDirectory, IsMadeForItsOwnerAlone) {
  const Scratch scratch;
  ASSERT_TRUE(CaptureDirectory::open(scratch.path("mail"), Format::maildir));
  EXPECT_EQ(mode(scratch.path("mail")), 0700u);
  EXPECT_THAT(scratch.names("mail"), ElementsAre("cur", "new", "tmp"));
  EXPECT_EQ(mode(scratch.path("mail/new")), 0700u);
  EXPECT_THAT(scratch.names("mail/tmp"), IsEmpty()) << "the probe is gone";
  EXPECT_THAT(scratch.names("mail/new"), IsEmpty());
}

TEST(CaptureDirectory, OfEmlHasNothingInIt) {
  const Scratch scratch;
  ASSERT_TRUE(CaptureDirectory::open(scratch.path("mail"), Format::eml));
  EXPECT_THAT(scratch.names("mail"), IsEmpty());
}

TEST(CaptureDirectory, SaysWhyItCannotBe) {
  const Scratch scratch;
  scratch.put("file");
  EXPECT_EQ(CaptureDirectory::open(scratch.path("file"), Format::eml).error(), "is not a directory");
  EXPECT_THAT(CaptureDirectory::open(scratch.path("no/mail"), Format::eml).error(),
              HasSubstr("cannot be made: No such file"));
  scratch.put("tmp");
  EXPECT_THAT(CaptureDirectory::open(scratch.path(), Format::maildir).error(),
              HasSubstr("not writable: tmp/"));
}

TEST(CaptureDirectory, NamesFilesByTheirId) {
  EXPECT_EQ(CaptureDirectory::temporary_name(Format::maildir, "17.mv1-2-0-7.mx"), "tmp/17.mv1-2-0-7.mx");
  EXPECT_EQ(CaptureDirectory::final_name(Format::maildir, "17.mv1-2-0-7.mx", 1234),
            "new/17.mv1-2-0-7.mx,S=1234");
  EXPECT_EQ(CaptureDirectory::temporary_name(Format::eml, "mv1-2-0-7"), ".mv1-2-0-7.tmp");
  EXPECT_EQ(CaptureDirectory::final_name(Format::eml, "mv1-2-0-7", 1234), "mv1-2-0-7.eml");
}

TEST(CaptureDirectory, RemovesWhatAKilledRunLeftAndNothingElse) {
  const Scratch scratch;
  const auto folder = [&](Format format) {
    return CaptureDirectory::open(scratch.path(), format).has_value();
  };
  ASSERT_TRUE(folder(Format::maildir));
  for (const char* name : {"tmp/17.mv1-2-0-7.mx", "tmp/17.M5P6.mx", "tmp/x.mv1", "new/17.mv1-2-0-7.mx,S=3",
                           ".mv1-2-0-7.tmp", ".other.tmp", "mv1-2-0-8.eml", ".mv1-2-0-7.eml"}) {
    scratch.put(name);
  }
  ASSERT_TRUE(folder(Format::maildir));
  EXPECT_THAT(scratch.names("tmp"), ElementsAre("17.M5P6.mx", "x.mv1"));
  EXPECT_THAT(scratch.names("new"), ElementsAre("17.mv1-2-0-7.mx,S=3"));
  ASSERT_TRUE(folder(Format::eml));
  EXPECT_THAT(scratch.names(""),
              ElementsAre(".mv1-2-0-7.eml", ".other.tmp", "cur", "mv1-2-0-8.eml", "new", "tmp"));
}

TEST(CaptureDirectory, LeavesTemporaryFilesAloneWhileAnotherUsesIt) {
  const Scratch scratch;
  {
    const auto first = CaptureDirectory::open(scratch.path(), Format::eml);
    ASSERT_TRUE(first);
    scratch.put(".mv1-2-0-7.tmp");
    ASSERT_TRUE(CaptureDirectory::open(scratch.path(), Format::eml));
    EXPECT_THAT(scratch.names(""), ElementsAre(".mv1-2-0-7.tmp"));
  }
  ASSERT_TRUE(CaptureDirectory::open(scratch.path(), Format::eml));
  EXPECT_THAT(scratch.names(""), IsEmpty());
}

}  // namespace
}  // namespace mailvoid::capture
