// SPDX-License-Identifier: Apache-2.0
// The messages of a run: synthetic ones, or those of a corpus in turn. Made at start, immutable afterwards,
// read by all shards.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "loadgen/corpus.h"
#include "loadgen/load_options.h"
#include "loadgen/synthetic_message.h"

namespace mailvoid::loadgen {

inline constexpr std::size_t kMessagePartsMax = 2;

// One message as it is sent: dot-stuffed parts that end with CRLF (none, if the file was empty), and the same
// without stuffing if a profile sends that. They point into the buffer they were rendered to, and into memory
// of the source.
struct Message {
  std::array<std::string_view, kMessagePartsMax> parts;
  std::array<std::string_view, kMessagePartsMax> unstuffed;
  std::size_t parts_used = 0;
  std::uint64_t size_octets = 0;  // RFC 1870
  bool eight_bit = false;
};

class MessageSource {
 public:
  // By --mail, --size, --from, --to and so on. The error is one line for the user.
  [[nodiscard]] static std::expected<MessageSource, std::string> open(const LoadOptions& options);

  // In a few words: "synthetic, 4.0 KiB", "6,046 messages of corpus/".
  [[nodiscard]] const std::string& description() const { return description_; }

  // The buffer that render() needs.
  [[nodiscard]] std::size_t buffer_octets() const { return buffer_octets_; }
  // The message of that header; of a corpus the one whose turn is `header.message`, as it is. No allocation.
  // REQUIRES: buffer.size() >= buffer_octets(); addresses rendered from the templates of open().
  [[nodiscard]] Message render(const SyntheticMessage::Header& header, std::span<char> buffer) const;

 private:
  std::expected<void, std::string> open_corpus(const LoadOptions& options);
  std::expected<void, std::string> open_synthetic(const LoadOptions& options);

  std::optional<SyntheticMessage> synthetic_;  // one of the two
  std::optional<Corpus> corpus_;
  std::string description_;
  std::size_t buffer_octets_ = 0;
  bool eight_bit_header_ = false;  // of synthetic messages: an address beyond ASCII
};

}  // namespace mailvoid::loadgen
