// SPDX-License-Identifier: Apache-2.0
// What a program of ours does to its own process before it starts threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/unique_fd.h"

namespace mailvoid::program {

// Exit codes beside config::kExitDone and config::kExitUsage.
inline constexpr int kExitRuntime = 1;
inline constexpr int kExitInterrupted = 130;

// The soft limit of file descriptors becomes the hard one.
void raise_descriptor_limit();

// The CPU that shard `index` stays on, of one for each shard or of none.
[[nodiscard]] inline std::optional<unsigned> cpu_of(std::span<const unsigned> cpus, std::size_t index) {
  return cpus.empty() ? std::nullopt : std::optional(cpus[index]);
}
// To be called first by the thread of that shard, before it touches memory: names it "NAME-INDEX", and keeps
// it on its CPU. The error is one line for the user.
[[nodiscard]] std::expected<void, std::string> enter_shard(std::string_view name, std::size_t index,
                                                           std::optional<unsigned> cpu);

// SIGTERM and SIGINT, read from a descriptor instead of interrupting somebody. They are blocked in this
// thread and in all that it starts from here on; SIGPIPE and SIGXFSZ are ignored, so that writing fails
// instead.
class Signals {
 public:
  // `hangup_reloads`: SIGHUP, too, which otherwise ends the program as ever.
  explicit Signals(bool hangup_reloads = false);
  [[nodiscard]] int descriptor() const { return fd_.get(); }
  enum class Signal : std::uint8_t { none, stop, reload };
  // Takes one signal that has come.
  [[nodiscard]] Signal take();

 private:
  io::UniqueFd fd_;
};

// How threads tell the one that waits for them that they have ended.
class Finished {
 public:
  Finished();
  [[nodiscard]] int descriptor() const { return fd_.get(); }
  // From any thread.
  void announce();
  // How many announcements there were since the last call; 0 if none.
  [[nodiscard]] std::uint64_t take();

 private:
  io::UniqueFd fd_;
};

}  // namespace mailvoid::program
