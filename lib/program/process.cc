// SPDX-License-Identifier: Apache-2.0
#include "program/process.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "base/cpus.h"

namespace mailvoid::program {

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::expected<void, std::string> enter_shard(std::string_view name, std::size_t index,
                                             std::optional<unsigned> cpu) {
  ::prctl(PR_SET_NAME, fmt::format("{}-{}", name, index).c_str());
  const int error = cpu ? pin_this_thread(*cpu) : 0;
  if (error == 0) return {};
  return std::unexpected(
      fmt::format("--pin: shard {} cannot stay on CPU {}: {}", index, *cpu, std::strerror(error)));
}

Signals::Signals(bool hangup_reloads) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (hangup_reloads) sigaddset(&signals, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  fd_.reset(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) throw std::system_error(errno, std::system_category(), "cannot make a signalfd");
}

Signals::Signal Signals::take() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof(info)) != sizeof(info)) return Signal::none;
  return info.ssi_signo == SIGHUP ? Signal::reload : Signal::stop;
}

Finished::Finished() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!fd_) throw std::system_error(errno, std::system_category(), "cannot make an eventfd");
}

void Finished::announce() {
  const std::uint64_t one = 1;
  // It cannot fail short of 2^64 announcements.
  [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof(one));
}

std::uint64_t Finished::take() {
  std::uint64_t count = 0;
  return ::read(fd_.get(), &count, sizeof(count)) == sizeof(count) ? count : 0;
}

}  // namespace mailvoid::program
