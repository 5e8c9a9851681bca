// SPDX-License-Identifier: Apache-2.0
// Messages read from files and made ready to be sent: line ends and dots are taken care of once, at start,
// and the result is shared by all sessions.
//
// A path may be
//   one message   any file; an mbox "From " line before it is dropped
//   an mbox       a file that begins with "From " and has another such line where a message can begin
//   (mbox.h);
//                 not if its name ends with .eml
//   a Maildir     a directory that holds cur, new and tmp: the files of cur, then of new, in order of their
//   names,
//                 each one message; then its folders (.Sent and so on) likewise
//   a directory   every file below it in order of their paths, each one message or an mbox. Maildirs among
//   them
//                 are read as such. Hidden files and those that do not begin as mail does (with a header
//                 field or "From ") are skipped, and links to directories are not followed
// With maildir: in front, the path must be a Maildir.
//
// Each message goes through smtp::canonicalize() and smtp::dot_stuff(): lines that end with LF, in files of
// one kind or mixed, end with CRLF; a bare CR stays; a missing CRLF at the end is added. Nothing else
// changes, neither octets over 127 nor NUL nor the length of lines.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/reserved_memory.h"

namespace mailvoid::loadgen {

struct CorpusMessage {
  std::string_view stuffed;       // ends with CRLF, or is empty
  std::string_view unstuffed;     // the same text as it is, if CorpusOptions::unstuffed
  std::uint64_t size_octets = 0;  // RFC 1870: of the canonical text, without stuffing
  bool eight_bit = false;         // octets over 127
};

struct CorpusOptions {
  std::uint64_t memory_max = 0;  // bytes that the messages may take together
  bool unstuffed = false;        // keep that form, too; it takes memory only where a line begins with a dot
  std::vector<std::string> fields_dropped{};  // header fields of these names are left out, in any case
};

// Immutable once loaded; any thread may read it.
class Corpus {
 public:
  // The error is one line that names the file and the reason. A directory without a message, and messages
  // that take too much memory, are errors.
  [[nodiscard]] static std::expected<Corpus, std::string> load(const std::string& path,
                                                               const CorpusOptions& options);

  [[nodiscard]] std::size_t size() const { return messages_.size(); }
  [[nodiscard]] const CorpusMessage& operator[](std::size_t index) const { return messages_[index]; }
  // Files of a directory that are not mail.
  [[nodiscard]] std::uint64_t files_skipped() const { return files_skipped_; }
  // Messages with a line of more than 998 octets (RFC 5322 §2.1.1), which some servers refuse.
  [[nodiscard]] std::uint64_t long_lined() const { return long_lined_; }

 private:
  friend class CorpusLoader;
  Corpus() = default;

  std::unique_ptr<ReservedMemory> memory_;
  std::vector<CorpusMessage> messages_;
  std::uint64_t files_skipped_ = 0;
  std::uint64_t long_lined_ = 0;
};

}  // namespace mailvoid::loadgen
