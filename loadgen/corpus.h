// SPDX-License-Identifier: Apache-2.0
// Messages read from files, made ready to be sent: line ends and dots are taken care of once, at start, and the
// result is shared by all sessions.
//
// A path may be
//   one message    its header begins the file; an mbox "From " line before it is dropped
//   an mbox        a file that begins with "From ", and has another "From " line behind an empty line; ">From " lines
//                  stay as they are
//   a directory    every file below it in order of their paths (each one message or an mbox); files that do not
//                  begin as mail does, and hidden ones, are skipped
//
// Each message goes through smtp::canonicalize (every line ends with CRLF) and smtp::dot_stuff.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailvoid::loadgen {

struct CorpusMessage {
  std::string_view stuffed;        // ends with CRLF
  std::uint64_t size_octets = 0;   // RFC 1870: of the canonical text, without stuffing
  bool eight_bit = false;
};

class Corpus {
 public:
  // The error is one line that names the file. A corpus without a message, or one that takes more than
  // `memory_max` bytes, is an error.
  [[nodiscard]] static std::expected<Corpus, std::string> load(const std::string& path, std::uint64_t memory_max);

  [[nodiscard]] std::size_t size() const { return messages_.size(); }
  [[nodiscard]] const CorpusMessage& operator[](std::size_t index) const { return messages_[index]; }
  // Files of a directory that are not mail.
  [[nodiscard]] std::uint64_t files_skipped() const { return files_skipped_; }
  // Messages with a line of more than 998 octets (RFC 5322 2.1.1), which some servers refuse.
  [[nodiscard]] std::uint64_t long_lined() const { return long_lined_; }

 private:
  friend class CorpusLoader;
  std::vector<CorpusMessage> messages_;
  std::vector<std::unique_ptr<char[]>> memory_;
  std::uint64_t files_skipped_ = 0;
  std::uint64_t long_lined_ = 0;
};

}  // namespace mailvoid::loadgen
