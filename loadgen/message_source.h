// SPDX-License-Identifier: Apache-2.0
// The messages of a run, with their envelopes: generated ones, or those of a corpus. Made at start, immutable
// afterwards, read by all shards. What a message is follows from the options and its index alone, whichever
// shard sends it.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/corpus.h"
#include "loadgen/distribution.h"
#include "loadgen/envelope.h"
#include "loadgen/header_field.h"
#include "loadgen/load_options.h"
#include "loadgen/synthetic_message.h"

namespace mailvoid::loadgen {

// One message as it is sent: dot-stuffed parts that end with CRLF (none, if the file was empty), and the same
// without stuffing if a profile sends that. They point into the buffer they were rendered to, and into memory
// of the source.
struct Message {
  SyntheticMessage::Parts parts;
  SyntheticMessage::Parts other;  // the unstuffed form, where it differs
  std::uint32_t parts_used = 0;
  bool differs = false;
  bool eight_bit = false;
  std::uint64_t size_octets = 0;  // RFC 1870

  [[nodiscard]] std::span<const std::string_view> stuffed() const {
    return std::span(parts).first(parts_used);
  }
  [[nodiscard]] std::span<const std::string_view> unstuffed() const {
    return std::span(differs ? other : parts).first(parts_used);
  }
};

class MessageSource {
 public:
  // By --mail, --size, --from, --to and so on. `run` tells this run from others, in Message-IDs: at most
  // kRunOctetsMax octets. The error is one line for the user.
  [[nodiscard]] static std::expected<MessageSource, std::string> open(const LoadOptions& options,
                                                                      std::string run);

  // In a few words: "synthetic, 4.0 KiB", "6,046 messages of corpus/".
  [[nodiscard]] const std::string& description() const { return description_; }
  // Who writes to whom.
  [[nodiscard]] const Envelope& envelope() const { return envelope_; }

  // The buffer that render() needs.
  [[nodiscard]] std::size_t buffer_octets() const { return buffer_octets_; }
  // The message with those values, `values.message` its index in the run and 1 more. No allocation.
  // REQUIRES: buffer.size() >= buffer_octets(); addresses are rendered by envelope().
  void render(const TextTemplate::Values& values, std::span<char> buffer, Message& message) const;

 private:
  std::expected<void, std::string> open_corpus(const LoadOptions& options);
  std::expected<void, std::string> open_generated(const LoadOptions& options);
  std::expected<void, std::string> add_shapes(const LoadOptions& options);
  std::expected<void, std::string> set_edits(const LoadOptions& options);
  [[nodiscard]] HeaderContext header_context(const LoadOptions& options) const;
  [[nodiscard]] std::vector<HeaderField> edits() const;
  [[nodiscard]] std::size_t index_of(std::uint64_t message) const;
  void render_generated(const TextTemplate::Values& values, std::span<char> buffer, Message& message) const;
  void render_corpus(const TextTemplate::Values& values, std::span<char> buffer, Message& message) const;

  Envelope envelope_;
  std::string description_;
  std::size_t buffer_octets_ = 0;
  std::uint64_t seed_ = 0;
  std::string run_;
  std::string null_sender_;  // in the header

  // Generated mail.
  std::vector<SyntheticMessage> shapes_;
  WeightedChoice choice_;  // of them
  Distribution sizes_{0};
  bool eight_bit_header_ = false;  // an address beyond ASCII

  // A corpus.
  std::optional<Corpus> corpus_;
  std::vector<std::uint32_t> shuffled_;  // its order, if it is that
  bool random_order_ = false;
  std::vector<HeaderField> added_;
  std::vector<HeaderField> replaced_;
  TextTemplate corpus_header_;  // in front of each message
};

}  // namespace mailvoid::loadgen
