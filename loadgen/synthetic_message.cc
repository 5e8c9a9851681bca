// SPDX-License-Identifier: Apache-2.0
#include "loadgen/synthetic_message.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kTextOctets = 76;
constexpr std::size_t kLineOctets = kPlainLineOctets;
static_assert(kLineOctets == kTextOctets + kLineEnd.size());
constexpr std::string_view kFillField = "X-Fill: ";

constexpr std::string_view kRuler =
    "----------------------------------------------------------------------------";
static_assert(kRuler.size() == kTextOctets);

// No dot among them, and a space neither first nor last on a line (see plain_block()).
constexpr std::string_view kWords =
    "The quick brown fox jumps over the lazy dog while the postman sorts his mail and whistles an old tune "
    "to "
    "himself, because nobody else is up at this hour and every letter he holds will be thrown away unread; ";

// The fewest octets that the filling takes: it is one line, or a second where the first would be too long.
std::size_t fill_octets_min(MessageShape::Fill fill) {
  return kLineEnd.size() + (fill == MessageShape::Fill::ruler ? 0 : kFillField.size() + 1);
}

class Writer {
 public:
  explicit Writer(std::span<char> buffer, std::size_t used)
      : begin_(buffer.data()), at_(begin_ + used), end_(begin_ + buffer.size()) {}
  void put(std::string_view text) {
    MAILVOID_DEBUG_ASSERT(static_cast<std::size_t>(end_ - at_) >= text.size());
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void put_dashes(std::size_t count) {
    MAILVOID_DEBUG_ASSERT(static_cast<std::size_t>(end_ - at_) >= count);
    std::memset(at_, '-', count);
    at_ += count;
  }
  [[nodiscard]] std::string_view written() const { return {begin_, at_}; }

 private:
  char* begin_;
  char* at_;
  char* end_;
};

void put_ruler(Writer& writer, std::size_t octets) {
  if (octets > kLineOctets) {
    writer.put(kLineEnd);
    octets -= kLineEnd.size();
  }
  writer.put_dashes(octets - kLineEnd.size());
  writer.put(kLineEnd);
}

}  // namespace

SyntheticMessage::SyntheticMessage(MessageShape shape)
    : shape_(std::move(shape)), fixed_octets_(kLineEnd.size() + shape_.head.size() + shape_.tail.size()) {}

std::uint64_t SyntheticMessage::octets_min() const {
  return shape_.header.octets_max() + fixed_octets_ + fill_octets_min(shape_.fill);
}

std::size_t SyntheticMessage::front_octets_max() const {
  return shape_.header.octets_max() + kLineEnd.size() + fill_octets_min(shape_.fill) +
         shape_.lines->line_octets() + kFillField.size();
}

std::size_t SyntheticMessage::render(std::uint64_t octets, const TextTemplate::Values& values,
                                     std::size_t first_line, std::span<char> buffer, Parts& parts) const {
  const std::size_t header_octets = shape_.header.render(buffer, values).size();
  const std::size_t fill_min = fill_octets_min(shape_.fill);
  MAILVOID_ASSERT(header_octets + fixed_octets_ + fill_min <= octets);
  const std::uint64_t left = octets - header_octets - fixed_octets_;
  const std::uint64_t lines = (left - fill_min) / shape_.lines->line_octets();
  const auto fill = static_cast<std::size_t>(left - lines * shape_.lines->line_octets());
  Writer writer(buffer, header_octets);
  if (shape_.fill == MessageShape::Fill::ruler) {
    writer.put(kLineEnd);
    put_ruler(writer, fill);
  } else {
    writer.put(kFillField);
    writer.put_dashes(fill - kFillField.size() - kLineEnd.size());
    writer.put(kLineEnd);
    writer.put(kLineEnd);
  }
  std::size_t used = 0;
  parts[used++] = writer.written();
  if (!shape_.head.empty()) parts[used++] = shape_.head;
  if (lines > 0) parts[used++] = shape_.lines->lines(first_line, lines);
  if (!shape_.tail.empty()) parts[used++] = shape_.tail;
  return used;
}

std::string plain_block(std::uint64_t octets_max) {
  std::string block;
  // The words begin at each place once.
  const std::uint64_t lines = std::min<std::uint64_t>(octets_max / kLineOctets + 1, kWords.size());
  for (std::size_t i = 0; i < lines; ++i) {
    std::array<char, kTextOctets> line;
    for (std::size_t at = 0; at < line.size(); ++at)
      line[at] = kWords[(i * line.size() + at) % kWords.size()];
    if (line.front() == ' ') line.front() = '-';
    if (line.back() == ' ') line.back() = '-';
    block.append(line.data(), line.size()).append(kLineEnd);
  }
  return block;
}

}  // namespace mailvoid::loadgen
