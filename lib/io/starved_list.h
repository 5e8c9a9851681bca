// SPDX-License-Identifier: Apache-2.0
// Sessions whose receive ended for want of a buffer, until the turn's buffers are back.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "io/token.h"

namespace mailvoid::io {

class StarvedList {
 public:
  // `token` names the receive that ended. The caller lists a session once at a time, so the list is bounded by
  // the number of sessions.
  void add(const Token& token) { waiting_.push_back({token.slot, token.generation}); }

  // Calls rearm(slot, generation) for each and forgets them; one that starves again waits for the next call.
  template <class Rearm>
  void take_all(Rearm&& rearm) {
    std::swap(waiting_, taken_);
    for (const Name& name : taken_) rearm(name.slot, name.generation);
    taken_.clear();
  }

 private:
  struct Name {
    std::uint32_t slot;
    std::uint32_t generation;
  };
  std::vector<Name> waiting_;
  std::vector<Name> taken_;  // kept for its memory
};

}  // namespace mailvoid::io
