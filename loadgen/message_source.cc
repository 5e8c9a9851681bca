// SPDX-License-Identifier: Apache-2.0
#include "loadgen/message_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <numeric>
#include <random>
#include <utility>

#include "base/units.h"
#include "loadgen/content.h"
#include "loadgen/open_distribution.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kNullSender = "mailer-daemon@";

// The header of generated mail, unless options change it.
std::vector<HeaderField> own_fields() {
  return {{"Date", "{date}"},
          {"From", "<{from}>"},
          {"To", "<{to}>"},
          {"Message-ID", "<{id}>"},
          {"Subject", "Mailvoid message {message}"}};
}

std::string text_of(const Distribution& sizes, const std::string& text) {
  return sizes.is_fixed() ? format_size(static_cast<double>(sizes.max())) : text;
}

}  // namespace

std::expected<MessageSource, std::string> MessageSource::open(const LoadOptions& options, std::string run) {
  MessageSource source;
  auto envelope = Envelope::open(options);
  if (!envelope) return std::unexpected(std::move(envelope.error()));
  source.envelope_ = std::move(*envelope);
  if (!source.envelope_.is_ascii() && !options.all_smtp_utf8()) {
    return std::unexpected(fmt::format("--{}: has addresses beyond ASCII, which need --smtputf8",
                                       options.to_file.empty() ? "from-file" : "to-file"));
  }
  source.seed_ = options.seed;
  source.run_ = std::move(run);
  source.null_sender_ = fmt::format("{}{}", kNullSender, options.helo);
  auto opened = source.set_edits(options);
  if (opened) opened = options.mail.empty() ? source.open_generated(options) : source.open_corpus(options);
  if (!opened) return std::unexpected(std::move(opened.error()));
  return source;
}

std::expected<void, std::string> MessageSource::set_edits(const LoadOptions& options) {
  using Row = std::pair<std::string_view, const std::vector<std::string>*>;
  for (const auto& [name, texts] :
       {Row{"--header", &options.headers}, Row{"--header-replace", &options.replaced}}) {
    for (const std::string& text : *texts) {
      auto field = parse_header_field(text);
      if (!field) return std::unexpected(fmt::format("{}: '{}' {}", name, text, field.error()));
      (texts == &options.headers ? added_ : replaced_).push_back(std::move(*field));
    }
  }
  if (options.subject.empty()) return {};
  auto subject = parse_header_field("Subject: " + options.subject);
  if (!subject) return std::unexpected(fmt::format("--subject: '{}' {}", options.subject, subject.error()));
  replaced_.push_back(std::move(*subject));
  return {};
}

std::vector<HeaderField> MessageSource::edits() const {
  std::vector<HeaderField> all = replaced_;
  all.insert(all.end(), added_.begin(), added_.end());
  return all;
}

HeaderContext MessageSource::header_context(const LoadOptions& options) const {
  return {run_, options.helo, std::max(envelope_.sender_octets_max(), null_sender_.size()),
          envelope_.recipient_octets_max()};
}

std::expected<void, std::string> MessageSource::open_corpus(const LoadOptions& options) {
  CorpusOptions wanted{.memory_max = options.memory_max, .unstuffed = options.any_bdat()};
  for (const HeaderField& field : replaced_) wanted.fields_dropped.push_back(field.name);
  auto corpus = Corpus::load(options.mail, wanted);
  if (!corpus) return std::unexpected("--mail: " + corpus.error());
  description_ = fmt::format("{} message{} of {}", format_count(corpus->size()),
                             corpus->size() == 1 ? "" : "s", options.mail);
  if (corpus->files_skipped() > 0) {
    description_ += fmt::format(" ({} other files skipped)", format_count(corpus->files_skipped()));
  }
  corpus_ = std::move(*corpus);
  corpus_header_ = header_template(edits(), header_context(options));
  buffer_octets_ = corpus_header_.octets_max();
  eight_bit_header_ =
      !corpus_header_.octets_max() ? false : !envelope_.is_ascii() || !beyond_ascii(options).empty();
  random_order_ = options.mail_order == "random";
  if (options.mail_order == "shuffled") {
    shuffled_.resize(corpus_->size());
    std::iota(shuffled_.begin(), shuffled_.end(), 0U);
    Random random(seed_, Random::Purpose::order, 0);
    for (std::size_t left = shuffled_.size(); left > 1; --left)
      std::swap(shuffled_[left - 1], shuffled_[random.below(left)]);
  }
  return {};
}

std::expected<void, std::string> MessageSource::add_shapes(const LoadOptions& options) {
  const auto shares = parse_content(options.content);
  if (!shares) return std::unexpected(fmt::format("--content: '{}' {}", options.content, shares.error()));
  const std::vector<HeaderField> changes = edits();
  const HeaderContext context = header_context(options);
  LineStore store(sizes_.max(), options.memory_max);
  std::vector<double> weights;
  for (const ContentShare& share : *shares) {
    auto made = shapes_of(share, store, options.seed);
    if (!made) return std::unexpected("--content: " + made.error());
    for (ContentShape& of_share : *made) {
      MimeEntity& entity = of_share.entity;
      MessageShape shape;
      shape.header = header_template(with_edits(with_edits(own_fields(), entity.fields), changes), context);
      shape.head = std::move(entity.before);
      shape.lines = std::move(entity.lines);
      shape.tail = std::move(entity.after);
      shape.fill = share.content == Content::plain ? MessageShape::Fill::ruler : MessageShape::Fill::field;
      shape.eight_bit = entity.eight_bit;
      shapes_.emplace_back(std::move(shape));
      weights.push_back(of_share.weight);
    }
  }
  choice_ = WeightedChoice(weights);
  return {};
}

std::expected<void, std::string> MessageSource::open_generated(const LoadOptions& options) {
  auto sizes = open_distribution(options.size, kSizeUnit, options.memory_max);
  if (!sizes) return std::unexpected("--size: " + sizes.error());
  sizes_ = std::move(*sizes);
  try {
    if (auto added = add_shapes(options); !added) return added;
  } catch (const std::bad_alloc&) {
    return std::unexpected(
        fmt::format("--size {}: the texts of such messages take more than {} (--memory-limit)", options.size,
                    format_size(static_cast<double>(options.memory_max))));
  }
  std::uint64_t least = 0;
  for (const SyntheticMessage& shape : shapes_) {
    least = std::max(least, shape.octets_min());
    buffer_octets_ = std::max(buffer_octets_, shape.front_octets_max());
  }
  if (sizes_.max() < least) {
    return std::unexpected(
        fmt::format("--size {}: {} with these addresses and --content {} take up to {} octets", options.size,
                    options.content == "plain" ? "the header of messages" : "the smallest messages",
                    options.content, least));
  }
  eight_bit_header_ = !envelope_.is_ascii() || !beyond_ascii(options).empty();
  description_ = fmt::format("{}, {}", options.content == "plain" ? "synthetic" : options.content,
                             text_of(sizes_, options.size));
  return {};
}

std::size_t MessageSource::index_of(std::uint64_t message) const {
  const std::uint64_t index = message - 1;
  if (random_order_) return Random(seed_, Random::Purpose::order, index).below(corpus_->size());
  const std::size_t turn = index % corpus_->size();
  return shuffled_.empty() ? turn : shuffled_[turn];
}

void MessageSource::render_corpus(const TextTemplate::Values& values, std::span<char> buffer,
                                  Message& message) const {
  const CorpusMessage& of_corpus = (*corpus_)[index_of(values.message)];
  message.parts_used = 0;
  message.size_octets = of_corpus.size_octets;
  message.eight_bit = of_corpus.eight_bit || eight_bit_header_;
  message.differs = of_corpus.unstuffed.data() != of_corpus.stuffed.data();
  const std::string_view header = corpus_header_.render(buffer, values);
  const auto add = [&message](std::string_view stuffed, std::string_view unstuffed) {
    message.parts[message.parts_used] = stuffed;
    message.other[message.parts_used] = unstuffed;
    ++message.parts_used;
  };
  if (!header.empty()) add(header, header);
  if (!of_corpus.stuffed.empty()) add(of_corpus.stuffed, of_corpus.unstuffed);
  message.size_octets += header.size();
}

void MessageSource::render_generated(const TextTemplate::Values& values, std::span<char> buffer,
                                     Message& message) const {
  const std::uint64_t index = values.message - 1;
  std::uint64_t octets = sizes_.max();
  if (!sizes_.is_fixed()) {
    Random random(seed_, Random::Purpose::size, index);
    octets = sizes_.draw(random);
  }
  const SyntheticMessage* shape = shapes_.data();
  std::size_t first_line = 0;
  if (shapes_.size() > 1) {
    Random random(seed_, Random::Purpose::content, index);
    shape += choice_.draw(random);
    first_line = random.below(shape->shape().lines->block_lines());
  }
  if (octets < shape->octets_min()) octets = shape->octets_min();
  message.parts_used =
      static_cast<std::uint32_t>(shape->render(octets, values, first_line, buffer, message.parts));
  message.size_octets = octets;
  message.eight_bit = eight_bit_header_ || shape->shape().eight_bit;
  message.differs = false;
}

void MessageSource::render(const TextTemplate::Values& values, std::span<char> buffer,
                           Message& message) const {
  if (values.from.empty()) {
    TextTemplate::Values named = values;
    named.from = null_sender_;
    return render(named, buffer, message);
  }
  if (corpus_) {
    render_corpus(values, buffer, message);
  } else {
    render_generated(values, buffer, message);
  }
}

}  // namespace mailvoid::loadgen
