// SPDX-License-Identifier: Apache-2.0
// UNIX sockets as listeners, and the files that they have.
#include "io/socket_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "io/listener.h"

namespace mailvoid::io {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::SizeIs;

class SocketFileTest : public testing::Test {
 protected:
  SocketFileTest() {
    std::string pattern = testing::TempDir() + "mailvoid-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SocketFileTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name = "sink") const { return folder_ + "/" + name; }
  [[nodiscard]] SocketAddress address(const std::string& name = "sink") const {
    return *SocketAddress::unix_socket(path(name));
  }
  [[nodiscard]] std::string error_of(const SocketAddress& where) const {
    const auto listener = listen_on(where, {1, 16});
    return listener ? "listens" : listener.error();
  }
  // What a program that was killed leaves behind.
  void leave_stale(int type = SOCK_STREAM) const {
    const UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(fd.get(), address().get(), address().length()), 0);
  }

  std::string folder_;
};

// Nobody may write in the folder meanwhile, not even root, who becomes somebody else for it.
class WithoutRights {
 public:
  explicit WithoutRights(std::string folder) : folder_(std::move(folder)), was_(::geteuid()) {
    fs::permissions(folder_, fs::perms(0555));
    if (was_ == 0) {
      EXPECT_EQ(::seteuid(65534), 0);
    }
  }
  ~WithoutRights() {
    if (was_ == 0) {
      EXPECT_EQ(::seteuid(0), 0);
    }
    fs::permissions(folder_, fs::perms(0700));
  }

 private:
  std::string folder_;
  uid_t was_;
};

int connect_error(const SocketAddress& address) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), address.get(), address.length()) == 0 ? 0 : errno;
}

TEST_F(SocketFileTest, AllDescriptorsAreOfOneSocket) {
  const auto listener = listen_on(address(), {3, 16});
  ASSERT_TRUE(listener) << listener.error();
  EXPECT_THAT(listener->sockets, SizeIs(3));
  EXPECT_EQ(listener->address.text(), "unix:" + path());
  for (const UniqueFd& socket : listener->sockets) {
    ASSERT_EQ(connect_error(address()), 0);
    EXPECT_TRUE(UniqueFd(::accept(socket.get(), nullptr, nullptr)));
    EXPECT_EQ(::accept(socket.get(), nullptr, nullptr), -1);
    EXPECT_EQ(errno, EAGAIN);
  }
}

TEST_F(SocketFileTest, HasThePermissionsAskedForWhateverTheUmask) {
  const mode_t before = ::umask(077);
  const auto listener = listen_on(address(), {1, 16, 0640});
  EXPECT_EQ(::umask(before), 077u);
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
}

TEST_F(SocketFileTest, IsRemovedAtTheEnd) {
  { const auto listener = listen_on(address(), {1, 16}); }
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(SocketFileTest, StaysWhereAnotherHasTakenItsPlace) {
  {
    auto first = listen_on(address(), {1, 16});
    fs::rename(path(), path("moved"));
    std::ofstream(path()) << "mine";
  }
  EXPECT_TRUE(fs::is_regular_file(path()));
}

TEST_F(SocketFileTest, RemovalSaysWhyItFailed) {
  auto listener = listen_on(address(), {1, 16});
  const WithoutRights scope(folder_);
  EXPECT_EQ(listener->file.remove().error(), EACCES);
}

TEST_F(SocketFileTest, AStaleSocketIsReplaced) {
  leave_stale();
  ASSERT_EQ(connect_error(address()), ECONNREFUSED);
  const auto listener = listen_on(address(), {1, 16});
  ASSERT_TRUE(listener) << listener.error();
  EXPECT_EQ(connect_error(address()), 0);
}

TEST_F(SocketFileTest, ALiveSocketIsLeftAlone) {
  const auto first = listen_on(address(), {1, 16});
  EXPECT_EQ(error_of(address()), "unix:" + path() + ": cannot listen there: another program listens on it");
  EXPECT_EQ(connect_error(address()), 0);
}

TEST_F(SocketFileTest, ALiveSocketWithAFullBacklogIsLeftAlone) {
  const auto first = listen_on(address(), {1, 0});
  const UniqueFd waiting(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(waiting.get(), address().get(), address().length()), 0);
  EXPECT_THAT(error_of(address()), HasSubstr("another program listens on it"));
  EXPECT_TRUE(fs::exists(path()));
}

TEST_F(SocketFileTest, ADatagramSocketInUseIsLeftAlone) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(fd.get(), address().get(), address().length()), 0);
  EXPECT_THAT(error_of(address()), HasSubstr("another program listens on it"));
  EXPECT_TRUE(fs::exists(path()));
}

TEST_F(SocketFileTest, WhatIsNoSocketIsLeftAlone) {
  std::ofstream(path()) << "precious";
  EXPECT_THAT(error_of(address()), HasSubstr("there is a file of that name, which is no socket"));
  EXPECT_EQ(fs::file_size(path()), 8u);
  fs::create_directory(path("folder"));
  EXPECT_THAT(error_of(address("folder")), HasSubstr("which is no socket"));
  fs::create_symlink("/nowhere", path("link"));
  EXPECT_THAT(error_of(address("link")), HasSubstr("which is no socket"));
}

TEST_F(SocketFileTest, NamesAFolderThatIsMissingOrNone) {
  EXPECT_THAT(error_of(address("a/b")), HasSubstr("the folder " + path("a") + " does not exist"));
  std::ofstream(path("file")) << "";
  EXPECT_THAT(error_of(address("file/b")), HasSubstr(path("file") + " is no folder"));
}

TEST_F(SocketFileTest, NamesAFolderThatIsNotOurs) {
  const WithoutRights scope(folder_);
  EXPECT_THAT(error_of(address()), HasSubstr("no file may be made in " + folder_));
}

TEST_F(SocketFileTest, CanBeGivenToAnotherUser) {
  const auto listener = listen_on(address(), {1, 16});
  const auto given = listener->file.give_to(65534, 65533);
  if (::geteuid() != 0) {
    EXPECT_EQ(given.error(), EPERM);
    return;
  }
  ASSERT_TRUE(given);
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 65534u);
  EXPECT_EQ(status.st_gid, 65533u);
}

TEST_F(SocketFileTest, GivesNothingElseAway) {
  const auto listener = listen_on(address(), {1, 16});
  fs::rename(path(), path("moved"));
  std::ofstream(path()) << "root's own";
  EXPECT_EQ(listener->file.give_to(65534, 65534).error(), ENOENT);
}

TEST_F(SocketFileTest, AnAbstractSocketHasNoFile) {
  const SocketAddress name = *SocketAddress::unix_socket("@mailvoid-test-" + std::to_string(::getpid()));
  {
    const auto listener = listen_on(name, {2, 16});
    ASSERT_TRUE(listener) << listener.error();
    EXPECT_TRUE(listener->file.empty());
    EXPECT_EQ(connect_error(name), 0);
    EXPECT_THAT(error_of(name), HasSubstr("another program listens on it"));
  }
  EXPECT_EQ(error_of(name), "listens");
}

}  // namespace
}  // namespace mailvoid::io
