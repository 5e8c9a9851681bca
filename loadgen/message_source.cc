// SPDX-License-Identifier: Apache-2.0
#include "loadgen/message_source.h"

#include <fmt/format.h>

#include <chrono>
#include <new>
#include <utility>

#include "base/units.h"
#include "loadgen/address_template.h"

namespace mailvoid::loadgen {
namespace {

// Different from run to run, so that Message-IDs are.
std::string run_id() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
  return fmt::format("{:016x}", static_cast<std::uint64_t>(nanoseconds));
}

}  // namespace

std::expected<MessageSource, std::string> MessageSource::open(const LoadOptions& options) {
  MessageSource source;
  auto opened = options.mail.empty() ? source.open_synthetic(options) : source.open_corpus(options);
  if (!opened) return std::unexpected(std::move(opened.error()));
  return source;
}

std::expected<void, std::string> MessageSource::open_corpus(const LoadOptions& options) {
  auto corpus = Corpus::load(options.mail, {options.memory_max, options.any_bdat()});
  if (!corpus) return std::unexpected("--mail: " + corpus.error());
  description_ = fmt::format("{} message{} of {}", format_count(corpus->size()),
                             corpus->size() == 1 ? "" : "s", options.mail);
  if (corpus->files_skipped() > 0) {
    description_ += fmt::format(" ({} other files skipped)", format_count(corpus->files_skipped()));
  }
  corpus_ = std::move(*corpus);
  return {};
}

std::expected<void, std::string> MessageSource::open_synthetic(const LoadOptions& options) {
  const auto from = AddressTemplate::parse(options.from);
  if (!from) return std::unexpected("--from: " + from.error());
  const auto to = AddressTemplate::parse(options.to);
  if (!to) return std::unexpected("--to: " + to.error());
  const std::size_t from_max = from->octets_max();
  const std::size_t to_max = to->octets_max();
  const std::uint64_t least = SyntheticMessage::octets_min(from_max, to_max, options.helo);
  if (options.message_octets < least) {
    return std::unexpected(
        fmt::format("--size {}: the header of a synthetic message with these addresses takes up to {} octets",
                    options.message_octets, least));
  }
  const std::string size = format_size(static_cast<double>(options.message_octets));
  try {
    synthetic_.emplace(options.message_octets, run_id(), options.helo);
  } catch (const std::bad_alloc&) {
    return std::unexpected(fmt::format("--size {}: there is not enough memory for a message of {}",
                                       options.message_octets, size));
  }
  eight_bit_header_ = !from->is_ascii() || !to->is_ascii();
  buffer_octets_ = synthetic_->front_octets_max(from_max, to_max);
  description_ = "synthetic, " + size;
  return {};
}

Message MessageSource::render(const SyntheticMessage::Header& header, std::span<char> buffer) const {
  if (corpus_) {
    const CorpusMessage& message = (*corpus_)[header.message % corpus_->size()];
    return {{message.stuffed},
            {message.unstuffed},
            message.stuffed.empty() ? 0U : 1U,
            message.size_octets,
            message.eight_bit};
  }
  const SyntheticMessage::Parts parts = synthetic_->render(header, buffer);
  return {{parts.front, parts.rest},
          {parts.front, parts.rest},
          parts.rest.empty() ? 1U : 2U,
          synthetic_->octets(),
          eight_bit_header_};
}

}  // namespace mailvoid::loadgen
