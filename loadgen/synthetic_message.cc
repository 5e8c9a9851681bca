// SPDX-License-Identifier: Apache-2.0
#include "loadgen/synthetic_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/assert.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::size_t kNumberOctetsMax = 20;
constexpr std::size_t kLineOctets = 78;  // 76 of text and CRLF
constexpr std::string_view kLineEnd = "\r\n";

// Date: D / From: <F> / To: <T> / Message-ID: <RUN.N@DOMAIN> / Subject: Mailvoid message N, possibly ! /
// empty line
constexpr std::string_view kDate = "Date: ";
constexpr std::string_view kFrom = "\r\nFrom: <";
constexpr std::string_view kTo = ">\r\nTo: <";
constexpr std::string_view kId = ">\r\nMessage-ID: <";
constexpr std::string_view kSubject = ">\r\nSubject: Mailvoid message ";
constexpr std::string_view kPadding = "!";
constexpr std::string_view kEnd = "\r\n\r\n";
constexpr std::string_view kNullSender = "mailer-daemon@";

constexpr std::string_view kRuler =
    "----------------------------------------------------------------------------";
static_assert(kRuler.size() == kLineOctets - kLineEnd.size());

// No dot among them, and a space neither first nor last on a line (see text_of()).
constexpr std::string_view kWords =
    "The quick brown fox jumps over the lazy dog while the postman sorts his mail and whistles an old tune "
    "to "
    "himself, because nobody else is up at this hour and every letter he holds will be thrown away unread; ";

// All of the header for addresses and a domain of these octets.
std::size_t header_octets_max(std::size_t from, std::size_t to, std::size_t domain) {
  constexpr std::size_t kFixed = kDate.size() + std::tuple_size_v<MailDate> + kFrom.size() + kTo.size() +
                                 kId.size() + SyntheticMessage::kRunOctetsMax + 2 + kSubject.size() +
                                 kPadding.size() + kEnd.size();
  return kFixed + std::max(from, kNullSender.size() + domain) + to + domain + 2 * kNumberOctetsMax;
}

std::string text_of(std::uint64_t lines) {
  std::string text;
  text.reserve(lines * kLineOctets);
  // The words begin at each place once; then the same lines again.
  for (std::size_t i = 0; i < std::min<std::uint64_t>(lines, kWords.size()); ++i) {
    std::array<char, kLineOctets - kLineEnd.size()> line;
    for (std::size_t at = 0; at < line.size(); ++at)
      line[at] = kWords[(i * line.size() + at) % kWords.size()];
    if (line.front() == ' ') line.front() = '-';
    if (line.back() == ' ') line.back() = '-';
    text.append(line.data(), line.size()).append(kLineEnd);
  }
  while (text.size() < lines * kLineOctets) {
    text.append(text, 0, std::min<std::uint64_t>(text.size(), lines * kLineOctets - text.size()));
  }
  return text;
}

class Writer {
 public:
  explicit Writer(std::span<char> buffer) : begin_(buffer.data()), at_(begin_), end_(at_ + buffer.size()) {}
  void put(std::string_view text) {
    MAILVOID_DEBUG_ASSERT(static_cast<std::size_t>(end_ - at_) >= text.size());
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void put(std::uint64_t number) { at_ = std::to_chars(at_, end_, number).ptr; }
  [[nodiscard]] std::string_view written() const { return {begin_, at_}; }

 private:
  char* begin_;
  char* at_;
  char* end_;
};

}  // namespace

SyntheticMessage::SyntheticMessage(std::uint64_t octets, std::string_view run, std::string_view domain)
    : octets_(octets), run_(run), domain_(domain), text_(text_of(octets / kLineOctets)) {
  MAILVOID_ASSERT(run.size() <= kRunOctetsMax);
}

std::uint64_t SyntheticMessage::octets_min(std::size_t from_octets_max, std::size_t to_octets_max,
                                           std::string_view domain) {
  return header_octets_max(from_octets_max, to_octets_max, domain.size());
}

std::size_t SyntheticMessage::front_octets_max(std::size_t from_octets_max, std::size_t to_octets_max) const {
  return header_octets_max(from_octets_max, to_octets_max, domain_.size()) + kLineOctets;
}

// What the header leaves is filled with whole shared lines. The odd octets stand before them as a ruler in
// the caller's buffer; a line has at least its CRLF, so a single odd octet lengthens the subject instead.
SyntheticMessage::Parts SyntheticMessage::render(const Header& header, std::span<char> buffer) const {
  Writer writer(buffer);
  writer.put(kDate);
  writer.put({header.date.data(), header.date.size()});
  writer.put(kFrom);
  if (header.from.empty()) {
    writer.put(kNullSender);
    writer.put(domain_);
  } else {
    writer.put(header.from);
  }
  writer.put(kTo);
  writer.put(header.to);
  writer.put(kId);
  writer.put(run_);
  writer.put(".");
  writer.put(header.message);
  writer.put("@");
  writer.put(domain_);
  writer.put(kSubject);
  writer.put(header.message);
  const std::uint64_t header_octets = writer.written().size() + kEnd.size();
  MAILVOID_ASSERT(header_octets <= octets_);
  const std::uint64_t odd = (octets_ - header_octets) % kLineOctets;
  if (odd == 1) writer.put(kPadding);
  writer.put(kEnd);
  if (odd > 1) {
    writer.put(kRuler.substr(0, odd - kLineEnd.size()));
    writer.put(kLineEnd);
  }
  return {writer.written(), std::string_view(text_).substr(0, octets_ - header_octets - odd)};
}

}  // namespace mailvoid::loadgen
