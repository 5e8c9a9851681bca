// SPDX-License-Identifier: Apache-2.0
#include "smtp/directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "smtp/address.h"
#include "smtp/ascii.h"
#include "smtp/utf8.h"

namespace mailvoid::smtp {
namespace {

constexpr std::size_t kLineOctetsOfText = 512 - 12;  // without code, status and CRLF
constexpr std::size_t kCandidatesMax = 16;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_line(std::string_view text) {
  const auto printable = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; };
  return text.size() <= kLineOctetsOfText && std::ranges::all_of(text, printable) && is_utf8(text);
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_upper_ascii, to_upper_ascii);
}

bool has_word(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    const std::string_view first = text.substr(0, text.find(' '));
    if (same(first, word)) return true;
    text.remove_prefix(std::min(first.size() + 1, text.size()));
  }
  return false;
}

std::string_view local_part(std::string_view mailbox) {
  const std::string_view domain = domain_of(mailbox);
  return domain.empty() ? mailbox : mailbox.substr(0, mailbox.size() - domain.size() - 1);
}

std::string_view without_brackets(std::string_view text) {
  return text.size() >= 2 && text.front() == '<' && text.back() == '>' ? text.substr(1, text.size() - 2)
                                                                       : text;
}

std::string line_of(ReplyId id, char separator, std::string_view text, bool enhanced) {
  const EnhancedStatus status = reply_enhanced(id);
  if (!enhanced) return fmt::format("{}{}{}\r\n", reply_code(id), separator, text);
  return fmt::format("{}{}{}.{}.{} {}\r\n", reply_code(id), separator, status.cls, status.subject,
                     status.detail, text);
}

}  // namespace

std::expected<Directory, std::string> Directory::make(const DirectoryOptions& options, bool enhanced) {
  constexpr AddressRules kRules{.utf8 = true};
  Directory directory;
  directory.enhanced_ = enhanced;
  for (const DirectoryUser& user : options.users) {
    const std::string described = user.full_name.empty()
                                      ? fmt::format("<{}>", user.mailbox)
                                      : fmt::format("{} <{}>", user.full_name, user.mailbox);
    if (!check_mailbox(user.mailbox, kRules))
      return std::unexpected(fmt::format("'{}' is not a mailbox", user.mailbox));
    if (!is_line(described)) {
      return std::unexpected(fmt::format("the name of user '{}' does not fit into a reply", user.mailbox));
    }
    directory.users_.push_back({user.mailbox, user.full_name, described,
                                line_of(ReplyId::user_found, ' ', described, enhanced), is_ascii(described)});
  }
  for (const DirectoryList& list : options.lists) {
    if (!check_mailbox(list.name, kRules))
      return std::unexpected(fmt::format("'{}' is not the name of a list", list.name));
    if (list.members.empty()) return std::unexpected(fmt::format("the list '{}' has no members", list.name));
    std::string reply;
    for (const std::string& member : list.members) {
      if (!check_mailbox(member, kRules)) {
        return std::unexpected(fmt::format("'{}' in the list '{}' is not a mailbox", member, list.name));
      }
      const char separator = &member == &list.members.back() ? ' ' : '-';
      reply += line_of(ReplyId::list_members, separator, fmt::format("<{}>", member), enhanced);
    }
    const bool ascii = is_ascii(reply);
    directory.lists_.push_back({list.name, std::move(reply), ascii});
  }
  return directory;
}

Directory::Answer Directory::verify(std::string_view user, bool utf8,
                                    std::span<char, kReplyOctetsMax> memory) const {
  const std::string_view wanted = without_brackets(user);
  std::array<const User*, kCandidatesMax> found{};
  std::size_t count = 0;
  for (const User& candidate : users_) {
    if (same(wanted, candidate.mailbox)) {
      found[0] = &candidate;
      count = 1;
      break;
    }
    const bool meant = same(wanted, local_part(candidate.mailbox)) || same(wanted, candidate.full_name) ||
                       has_word(candidate.full_name, wanted);
    if (meant && count < found.size()) found[count++] = &candidate;
  }
  const auto candidates = std::span(found).first(count);
  if (!utf8 && !std::ranges::all_of(candidates, [](const User* candidate) { return candidate->ascii; })) {
    return {ReplyId::cannot_verify, {}};
  }
  if (count == 0) return {ReplyId::cannot_verify, {}};
  if (count == 1) return {ReplyId::user_found, found[0]->reply};
  return {ReplyId::user_ambiguous, ambiguous(candidates, memory)};
}

std::string_view Directory::ambiguous(std::span<const User* const> found,
                                      std::span<char, kReplyOctetsMax> memory) const {
  std::string lines = line_of(ReplyId::user_ambiguous, '-', "Ambiguous; it may be", enhanced_);
  const std::string others = line_of(ReplyId::user_ambiguous, ' ', "or another", enhanced_);
  for (const User* candidate : found) {
    const bool last = candidate == found.back();
    const std::string line =
        line_of(ReplyId::user_ambiguous, last ? ' ' : '-', candidate->described, enhanced_);
    if (lines.size() + line.size() + (last ? 0 : others.size()) > memory.size()) {
      lines += others;
      break;
    }
    lines += line;
  }
  std::ranges::copy(lines, memory.begin());
  return {memory.data(), lines.size()};
}

std::size_t Directory::find_list(std::string_view name, bool utf8) const {
  const std::string_view wanted = without_brackets(name);
  const auto found = std::ranges::find_if(lists_, [&](const List& list) {
    return (utf8 || list.ascii) && (same(wanted, list.name) || same(wanted, local_part(list.name)));
  });
  return static_cast<std::size_t>(found - lists_.begin());
}

}  // namespace mailvoid::smtp
