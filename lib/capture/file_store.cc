// SPDX-License-Identifier: Apache-2.0
#include "capture/file_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "capture/trace_header.h"

namespace mailvoid::capture {
namespace {

// Names are never given twice, so what this guards against is a clock set back. Some file systems cannot.
int rename_to_new(int directory, const char* from, const char* to) {
  if (::renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return ::renameat(directory, from, directory, to) == 0 ? 0 : errno;
}

iovec part(std::string_view octets) { return {const_cast<char*>(octets.data()), octets.size()}; }

}  // namespace

std::string FileStore::front(const Record& record) const {
  return options_.raw ? "" : trace_header(record.envelope, options_.hostname, record.id.view());
}

std::string FileStore::stem(const Record& record) const {
  if (options_.format == Format::eml) return std::string(record.id.view());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(record.envelope.begun).time_since_epoch();
  return fmt::format("{}.{}.{}", seconds.count(), record.id.view(), options_.hostname);
}

std::string FileStore::temporary(const Record& record) const {
  return CaptureDirectory::temporary_name(options_.format, stem(record));
}

int FileStore::begin(Record& record, std::string_view front, std::string_view content) {
  record.file.fd = ::openat(directory_, temporary(record).c_str(),
                            O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (record.file.fd < 0) return errno;
  record.file.exists = true;
  ++open_files_;
  return write(record, front, content);
}

int FileStore::append(Record& record, std::string_view content) {
  if (record.file.fd < 0) {
    record.file.fd =
        ::openat(directory_, temporary(record).c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (record.file.fd < 0) return errno;
    ++open_files_;
  }
  return write(record, {}, content);
}

int FileStore::write(Record& record, std::string_view front, std::string_view content) {
  while (!front.empty() || !content.empty()) {
    const iovec parts[] = {part(front), part(content)};
    const ssize_t written = ::writev(record.file.fd, parts, 2);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    const auto octets = static_cast<std::size_t>(written);
    record.file.octets += octets;
    const std::size_t of_front = std::min(octets, front.size());
    front.remove_prefix(of_front);
    content.remove_prefix(octets - of_front);
  }
  return open_files_ > options_.open_files_max ? close(record) : 0;
}

int FileStore::close(Record& record) {
  if (record.file.fd < 0) return 0;
  --open_files_;
  return ::close(std::exchange(record.file.fd, -1)) == 0 ? 0 : errno;
}

int FileStore::commit(Record& record) {
  if (const int error = close(record); error != 0) return error;
  const std::string name = CaptureDirectory::final_name(options_.format, stem(record), record.file.octets);
  const int error = rename_to_new(directory_, temporary(record).c_str(), name.c_str());
  if (error != 0) return error;
  record.file.exists = false;
  if (options_.recent != nullptr) options_.recent->add(record, name);
  return 0;
}

void FileStore::abandon(Record& record) {
  close(record);
  if (!record.file.exists) return;
  ::unlinkat(directory_, temporary(record).c_str(), 0);
  record.file.exists = false;
}

}  // namespace mailvoid::capture
