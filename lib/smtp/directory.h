// SPDX-License-Identifier: Apache-2.0
// The users and mailing lists that VRFY and EXPN know (RFC 5321 3.5), with their replies rendered beforehand.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/reply.h"

namespace mailvoid::smtp {

struct DirectoryUser {
  std::string mailbox;    // local-part@domain
  std::string full_name;  // may be empty
};

struct DirectoryList {
  std::string name;                  // a local part or a mailbox
  std::vector<std::string> members;  // mailboxes, at least one
};

struct DirectoryOptions {
  std::vector<DirectoryUser> users;
  std::vector<DirectoryList> lists;
};

class Directory {
 public:
  // The error is a sentence for a person who wrote the option.
  [[nodiscard]] static std::expected<Directory, std::string> make(const DirectoryOptions& options,
                                                                  bool enhanced);
  Directory() = default;

  struct Answer {
    ReplyId id;
    std::string_view bytes;  // empty: those of `id`; else whole lines that begin with its code
  };
  // VRFY: a user is meant by mailbox, with or without brackets, by local part, or by a word of the full name,
  // in any case (ASCII). One: 250; several: 553 with as many as fit; none: 252. An answer that would not be
  // ASCII is given only to a client that said SMTPUTF8. The bytes may lie in `memory`.
  [[nodiscard]] Answer verify(std::string_view user, bool utf8,
                              std::span<char, kReplyOctetsMax> memory) const;

  // EXPN: the index of the list, or lists() if there is none.
  [[nodiscard]] std::size_t find_list(std::string_view name, bool utf8) const;
  [[nodiscard]] std::size_t lists() const { return lists_.size(); }
  // All lines of the 250 that names the members; each is at most 512 octets.
  [[nodiscard]] std::string_view expansion(std::size_t list) const { return lists_[list].reply; }

 private:
  struct User {
    std::string mailbox;
    std::string full_name;
    std::string described;  // "Full Name <mailbox>"
    std::string reply;
    bool ascii;
  };
  struct List {
    std::string name;
    std::string reply;
    bool ascii;
  };
  [[nodiscard]] std::string_view ambiguous(std::span<const User* const> found,
                                           std::span<char, kReplyOctetsMax> memory) const;

  std::vector<User> users_;
  std::vector<List> lists_;
  bool enhanced_ = true;
};

}  // namespace mailvoid::smtp
