// SPDX-License-Identifier: Apache-2.0
#include "loadgen/message_source.h"

#include <fmt/format.h>

#include <chrono>

#include "base/units.h"
#include "loadgen/address_template.h"

namespace mailvoid::loadgen {
namespace {

// Different from run to run, so that Message-IDs are.
std::string run_id() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return fmt::format("{:016x}", std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count());
}

}  // namespace

std::expected<MessageSource, std::string> MessageSource::open(const LoadOptions& options) {
  MessageSource source;
  if (!options.mail.empty()) {
    auto corpus = Corpus::load(options.mail, options.memory_max);
    if (!corpus) return std::unexpected("--mail: " + corpus.error());
    source.description_ = fmt::format("{} message{} of {}", format_count(corpus->size()),
                                      corpus->size() == 1 ? "" : "s", options.mail);
    source.corpus_ = std::move(*corpus);
    return source;
  }
  const auto from = AddressTemplate::parse(options.from);
  const auto to = AddressTemplate::parse(options.to);
  if (!from || !to) return std::unexpected(from ? "--to: " + to.error() : "--from: " + from.error());
  const std::size_t address_octets = from->octets_max() + to->octets_max();
  const std::uint64_t least = SyntheticMessage::octets_min(address_octets, options.helo);
  if (options.message_octets < least) {
    return std::unexpected(
        fmt::format("--size {}: the header of a synthetic message with these addresses takes up to {} octets",
                    options.message_octets, least));
  }
  source.synthetic_.emplace(options.message_octets, run_id(), options.helo);
  source.buffer_octets_ = source.synthetic_->front_octets_max(address_octets);
  source.description_ = "synthetic, " + format_size(static_cast<double>(options.message_octets));
  return source;
}

Message MessageSource::render(const SyntheticMessage::Header& header, std::span<char> buffer) const {
  if (corpus_) {
    const CorpusMessage& message = (*corpus_)[header.message % corpus_->size()];
    return {{message.stuffed}, 1, message.size_octets, message.eight_bit};
  }
  const SyntheticMessage::Parts parts = synthetic_->render(header, buffer);
  return {{parts.front, parts.rest}, parts.rest.empty() ? 1u : 2u, synthetic_->octets(), false};
}

}  // namespace mailvoid::loadgen
