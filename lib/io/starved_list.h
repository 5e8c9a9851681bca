// SPDX-License-Identifier: Apache-2.0
// Sessions whose receive ended for want of a buffer, until the turn's buffers are back. Those that got
// nothing are served first: a few bulk senders could otherwise empty the buffers turn after turn before
// anybody else.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "io/token.h"

namespace mailvoid::io {

class StarvedList {
 public:
  // `token` names the receive that ended; `fed` says whether it brought anything before. The caller lists a
  // session once at a time, so the list is bounded by the number of sessions.
  void add(const Token& token, bool fed) { (fed ? fed_ : hungry_).push_back({token.slot, token.generation}); }

  // Calls rearm(slot, generation) for each and forgets them; one that starves again waits for the next call.
  template <class Rearm>
  void take_all(Rearm&& rearm) {
    std::swap(hungry_, taken_);
    taken_.insert(taken_.end(), fed_.begin(), fed_.end());
    fed_.clear();
    for (const Name& name : taken_) rearm(name.slot, name.generation);
    taken_.clear();
  }

 private:
  struct Name {
    std::uint32_t slot;
    std::uint32_t generation;
  };
  std::vector<Name> hungry_;
  std::vector<Name> fed_;
  std::vector<Name> taken_;  // kept for its memory
};

}  // namespace mailvoid::io
