// SPDX-License-Identifier: Apache-2.0
// The features that may be switched off, and what people are told when there is no ring to be had.
#include "io/ring_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>

#include "io/uring.h"

namespace mailvoid::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(RingFeaturesTest, EachCanBeRemovedByName) {
  for (std::size_t i = 0; i < kRingFeatureNames.size(); ++i) {
    RingFeatures features = RingFeatures::all();
    EXPECT_TRUE(features.remove(kRingFeatureNames[i]));
    for (std::size_t j = 0; j < kRingFeatureNames.size(); ++j) {
      EXPECT_EQ(features.has(static_cast<RingFeature>(j)), i != j) << kRingFeatureNames[i];
    }
  }
}

TEST(RingFeaturesTest, ANameThatIsNoneRemovesNothing) {
  RingFeatures features = RingFeatures::all();
  EXPECT_FALSE(features.remove("min_wait"));
  EXPECT_FALSE(features.remove(""));
  EXPECT_EQ(features.text(), "min-wait incremental-buffers receive-cap registered-ring");
}

TEST(RingFeaturesTest, SaysNoneWhenAllAreRemoved) {
  RingFeatures features = RingFeatures::all();
  for (const std::string_view name : kRingFeatureNames) features.remove(name);
  EXPECT_EQ(features.text(), "none");
}

// A /proc that says what a test wants it to.
class ExplainRingFailureTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(proc_ + "/sys/kernel");
    std::filesystem::create_directories(proc_ + "/self");
    write("/self/status", "Name:\tmailvoid-sink\nNoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n");
  }
  void TearDown() override { std::filesystem::remove_all(proc_); }
  void write(const std::string& path, const std::string& text) const { std::ofstream(proc_ + path) << text; }
  [[nodiscard]] std::string explain(int error) const { return explain_ring_failure(error, proc_); }

  const std::string proc_ = testing::TempDir() + "proc-" + std::to_string(::getpid());
};

TEST_F(ExplainRingFailureTest, NamesTheSysctlThatForbidsItToEverybody) {
  write("/sys/kernel/io_uring_disabled", "2\n");
  EXPECT_EQ(explain(EPERM),
            "io_uring is not available: kernel.io_uring_disabled is 2, which forbids it to everybody; "
            "allow it with: sysctl kernel.io_uring_disabled=0");
}

TEST_F(ExplainRingFailureTest, NamesTheSysctlThatAllowsItToAGroup) {
  write("/sys/kernel/io_uring_disabled", "1\n");
  EXPECT_THAT(explain(EPERM),
              AllOf(HasSubstr("kernel.io_uring_disabled is 1"), HasSubstr("kernel.io_uring_group"),
                    HasSubstr("sysctl kernel.io_uring_disabled=0")));
}

TEST_F(ExplainRingFailureTest, NamesASeccompFilter) {
  write("/sys/kernel/io_uring_disabled", "0\n");
  write("/self/status", "Name:\tmailvoid-sink\nSeccomp:\t2\nSeccomp_filters:\t1\n");
  for (const int error : {EPERM, EACCES, ENOSYS}) {
    EXPECT_THAT(explain(error), AllOf(HasSubstr("seccomp filter"), HasSubstr("io_uring_setup"),
                                      HasSubstr("io_uring_enter"), HasSubstr("io_uring_register")));
  }
}

TEST_F(ExplainRingFailureTest, GuessesAPolicyWhenNothingElseExplainsIt) {
  EXPECT_THAT(explain(EACCES), AllOf(HasSubstr("security policy"), HasSubstr("audit log")));
}

TEST_F(ExplainRingFailureTest, NamesTheKernelThatHasNone) {
  utsname names{};
  ::uname(&names);
  for (const int error : {ENOSYS, EINVAL}) {
    EXPECT_THAT(explain(error), AllOf(HasSubstr(names.release), HasSubstr("Linux 6.1 or newer is needed"),
                                      Not(HasSubstr("seccomp"))));
  }
}

TEST_F(ExplainRingFailureTest, NamesTheLimitThatWasHit) {
  EXPECT_THAT(explain(ENOMEM), AllOf(HasSubstr("ulimit -l"), HasSubstr("--recv-buffers")));
  EXPECT_THAT(explain(EMFILE), HasSubstr("ulimit -n"));
}

TEST_F(ExplainRingFailureTest, SaysTheErrorThatItDoesNotKnow) {
  EXPECT_EQ(explain(ENXIO), "io_uring is not available: No such device or address");
}

// A real filter, in a child: what container engines do.
void forbid(long call, int error) {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(filter), filter};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    ::_exit(77);
  }
}

// What Uring::create says where that call is forbidden; "made" if it says nothing.
std::string created_without(long call, int error) {
  int pipe[2];
  if (::pipe(pipe) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    forbid(call, error);
    const auto ring = Uring::create({});
    const std::string text = ring ? "made" : ring.error();
    const auto written = ::write(pipe[1], text.data(), text.size());
    ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  ::close(pipe[1]);
  std::string text(4096, '\0');
  const ssize_t got = ::read(pipe[0], text.data(), text.size());
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : "the child failed";
}

TEST(SeccompTest, AFilterThatForbidsAnyOfTheCallsIsNamed) {
  for (const long call : {SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register}) {
    for (const int error : {EPERM, ENOSYS}) {
      EXPECT_THAT(created_without(call, error),
                  AllOf(StartsWith("io_uring is not available: "), HasSubstr("seccomp filter")))
          << call << ' ' << error;
    }
  }
}

TEST(SeccompTest, AFilterThatForbidsSomethingElseDoesNotMatter) {
  EXPECT_EQ(created_without(SYS_reboot, EPERM), "made");
}

}  // namespace
}  // namespace mailvoid::io
