// SPDX-License-Identifier: Apache-2.0
// Where a writer puts records, and in what format: the seam for formats to come. One store for each writer;
// its calls may block. Errors are errno values, 0 for none; after one only abandon() follows for that record.
#pragma once

#include <string>
#include <string_view>

#include "capture/record.h"

namespace mailvoid::capture {

class RecordStore {
 public:
  virtual ~RecordStore() = default;

  // What goes before the content.
  [[nodiscard]] virtual std::string front(const Record& record) const = 0;
  // Begins the record, with these octets (front and content) of which both may be empty.
  [[nodiscard]] virtual int begin(Record& record, std::string_view front, std::string_view content) = 0;
  [[nodiscard]] virtual int append(Record& record, std::string_view content) = 0;
  // Makes the record visible, whole.
  [[nodiscard]] virtual int commit(Record& record) = 0;
  // Leaves nothing of it. Also of one that never began.
  virtual void abandon(Record& record) = 0;
};

}  // namespace mailvoid::capture
