// SPDX-License-Identifier: Apache-2.0
// How another thread reaches a running shard: a set of requests and an eventfd that its ring watches.
#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "io/unique_fd.h"

namespace mailvoid::io {

class Mailbox {
 public:
  enum Request : std::uint32_t {
    drain = 1u << 0,     // finish what is under way, take nothing new
    stop = 1u << 1,      // give up what is left
    returned = 1u << 2,  // a writer of samples has given something back
    reload = 1u << 3,    // take what was configured anew
  };

  Mailbox() : event_(::eventfd(0, EFD_CLOEXEC)) {
    if (!event_) throw std::system_error(errno, std::system_category(), "cannot make an eventfd");
  }

  // From any thread.
  void post(Request request) {
    const std::uint32_t before = requests_.fetch_or(request, std::memory_order_acq_rel);
    if ((before & request) != 0) return;  // who posted it has written, or is about to
    const std::uint64_t one = 1;
    // It cannot fail short of 2^64 unread posts.
    [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof(one));
  }
  // By the shard, when its ring says that the descriptor was written to: everything posted since the last
  // call.
  [[nodiscard]] std::uint32_t take() { return requests_.exchange(0, std::memory_order_acquire); }

  [[nodiscard]] int descriptor() const { return event_.get(); }

 private:
  UniqueFd event_;
  std::atomic<std::uint32_t> requests_{0};
};

}  // namespace mailvoid::io
