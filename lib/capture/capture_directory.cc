// SPDX-License-Identifier: Apache-2.0
#include "capture/capture_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace mailvoid::capture {
namespace {

constexpr std::string_view kProbe = ".mailvoid-probe";
constexpr std::string_view kEmlTemporary = ".tmp";

std::string error_text(int error) {
  char text[128];
  return ::strerror_r(error, text, sizeof(text));
}

// The error, or 0.
int make_directory(int at, const char* path) {
  return ::mkdirat(at, path, 0700) == 0 || errno == EEXIST ? 0 : errno;
}

int probe(int directory, const std::string& in) {
  const std::string name = in + std::string(kProbe) + std::to_string(::getpid());
  const UniqueFd file(
      ::openat(directory, name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return errno;
  return ::unlinkat(directory, name.c_str(), 0) == 0 ? 0 : errno;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return '0' <= c && c <= '9'; });
}

}  // namespace

std::expected<CaptureDirectory, std::string> CaptureDirectory::open(const std::string& path, Format format) {
  if (const int error = make_directory(AT_FDCWD, path.c_str()); error != 0) {
    return std::unexpected("cannot be made: " + error_text(error));
  }
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return std::unexpected(errno == ENOTDIR ? "is not a directory" : error_text(errno));
  if (format == Format::maildir) {
    for (const char* const part : {"tmp", "new", "cur"}) {
      if (const int error = make_directory(fd.get(), part); error != 0) {
        return std::unexpected(fmt::format("cannot hold a Maildir: {}/: {}", part, error_text(error)));
      }
    }
    for (const char* const part : {"tmp/", "new/"}) {
      if (const int error = probe(fd.get(), part); error != 0) {
        return std::unexpected(fmt::format("is not writable: {}: {}", part, error_text(error)));
      }
    }
  } else if (const int error = probe(fd.get(), ""); error != 0) {
    return std::unexpected("is not writable: " + error_text(error));
  }
  CaptureDirectory directory(std::move(fd), format);
  // Where files cannot be locked nobody knows whether they are used: they stay.
  if (::flock(directory.descriptor(), LOCK_EX | LOCK_NB) == 0) directory.remove_left_overs();
  ::flock(directory.descriptor(), LOCK_SH | LOCK_NB);
  return directory;
}

std::string CaptureDirectory::temporary_name(Format format, std::string_view stem) {
  if (format == Format::maildir) return fmt::format("tmp/{}", stem);
  return fmt::format(".{}{}", stem, kEmlTemporary);
}

std::string CaptureDirectory::final_name(Format format, std::string_view stem, std::uint64_t octets) {
  if (format == Format::maildir) return fmt::format("new/{},S={}", stem, octets);
  return fmt::format("{}.eml", stem);
}

bool CaptureDirectory::is_left_over(Format format, std::string_view name) {
  if (format == Format::maildir) {
    const std::size_t dot = name.find('.');
    return dot != std::string_view::npos && is_digits(name.substr(0, dot)) &&
           name.substr(dot + 1).starts_with(kIdMark);
  }
  return name.starts_with('.') && name.substr(1).starts_with(kIdMark) && name.ends_with(kEmlTemporary);
}

void CaptureDirectory::remove_left_overs() const {
  const int fd =
      ::openat(descriptor(), format_ == Format::maildir ? "tmp" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(fd), ::closedir);
  if (folder == nullptr) {
    ::close(fd);
    return;
  }
  while (const dirent* const entry = ::readdir(folder.get())) {
    if (is_left_over(format_, entry->d_name)) ::unlinkat(fd, entry->d_name, 0);
  }
}

}  // namespace mailvoid::capture
