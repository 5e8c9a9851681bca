// SPDX-License-Identifier: Apache-2.0
// Sessions that wait for something to do, the one that has waited longest first: so the load goes round all
// of them. Intrusive, O(1), no allocation: a session may drop out at any time, as when its server hangs up.
#pragma once

#include "loadgen/load_session.h"

namespace mailvoid::loadgen {

class FreeSessions {
 public:
  FreeSessions() { head_.next = head_.previous = &head_; }
  FreeSessions(const FreeSessions&) = delete;
  FreeSessions& operator=(const FreeSessions&) = delete;

  // Nothing happens if it is among them.
  void add(LoadSession& session) {
    FreeLink& link = session;
    if (link.next != nullptr) return;
    link.next = &head_;
    link.previous = head_.previous;
    head_.previous->next = &link;
    head_.previous = &link;
  }

  // Nothing happens if it is not.
  void remove(LoadSession& session) {
    FreeLink& link = session;
    if (link.next == nullptr) return;
    link.previous->next = link.next;
    link.next->previous = link.previous;
    link.next = link.previous = nullptr;
  }

  // Null if there is none.
  [[nodiscard]] LoadSession* take_first() {
    if (head_.next == &head_) return nullptr;
    auto& session = static_cast<LoadSession&>(*head_.next);
    remove(session);
    return &session;
  }

 private:
  FreeLink head_;
};

}  // namespace mailvoid::loadgen
