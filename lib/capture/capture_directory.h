// SPDX-License-Identifier: Apache-2.0
// The directory that samples go to: made if it is missing, checked before any mail comes, and rid of what a
// run that was killed has left in it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace mailvoid::capture {

enum class Format : std::uint8_t {
  maildir,  // tmp/, new/, cur/; https://cr.yp.to/proto/maildir.html
  eml,      // a file a message, ID.eml
};

// Every id begins with it, so that our files are told from others' in the same directory.
inline constexpr std::string_view kIdMark = "mv";

class CaptureDirectory {
 public:
  // Makes `path` (0700, not its parents) and what the format has in it, and proves that files can be made in
  // it. A shared lock (flock) is held while this lives; whoever finds the directory unlocked removes
  // left-over temporary files of ours, for nobody writes them any more. The error is a sentence without the
  // path.
  [[nodiscard]] static std::expected<CaptureDirectory, std::string> open(const std::string& path,
                                                                         Format format);

  [[nodiscard]] int descriptor() const { return fd_.get(); }

  // Relative to the directory. The same `stem` for both: "1763769600.ID.HOST" in a Maildir, else the id.
  [[nodiscard]] static std::string temporary_name(Format format, std::string_view stem);
  [[nodiscard]] static std::string final_name(Format format, std::string_view stem, std::uint64_t octets);
  // Whether a name in tmp/, or for eml in the directory itself, is that of a temporary file of ours.
  [[nodiscard]] static bool is_left_over(Format format, std::string_view name);

 private:
  CaptureDirectory(UniqueFd fd, Format format) : fd_(std::move(fd)), format_(format) {}
  void remove_left_overs() const;

  UniqueFd fd_;
  Format format_;
};

}  // namespace mailvoid::capture
