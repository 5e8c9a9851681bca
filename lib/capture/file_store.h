// SPDX-License-Identifier: Apache-2.0
// Records as files of their own: written under a temporary name, renamed when they are whole, 0600. A process
// that is killed leaves nothing half-written under a final name; a machine that loses power may, for nothing
// is flushed to the disk.
#pragma once

#include <string>

#include "capture/capture_directory.h"
#include "capture/recent_samples.h"
#include "capture/record_store.h"

namespace mailvoid::capture {

struct FileStoreOptions {
  Format format = Format::maildir;
  std::string hostname;             // in Received, and in names of a Maildir
  bool raw = false;                 // the message alone
  RecentSamples* recent = nullptr;  // to be told of each record that is committed; outlives the store
  std::size_t open_files_max = 64;  // of records not complete; beyond it they are opened again for each block
};

class FileStore final : public RecordStore {
 public:
  explicit FileStore(FileStoreOptions options) : options_(std::move(options)) {}
  // Of a CaptureDirectory, which outlives the use of this. To be called before anything else.
  void open(int directory) { directory_ = directory; }

  [[nodiscard]] std::string front(const Record& record) const override;
  [[nodiscard]] int begin(Record& record, std::string_view front, std::string_view content) override;
  [[nodiscard]] int append(Record& record, std::string_view content) override;
  [[nodiscard]] int commit(Record& record) override;
  void abandon(Record& record) override;

 private:
  [[nodiscard]] std::string stem(const Record& record) const;
  [[nodiscard]] std::string temporary(const Record& record) const;
  [[nodiscard]] int write(Record& record, std::string_view front, std::string_view content);
  int close(Record& record);

  int directory_ = -1;
  FileStoreOptions options_;
  std::size_t open_files_ = 0;
};

}  // namespace mailvoid::capture
