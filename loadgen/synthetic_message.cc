// SPDX-License-Identifier: Apache-2.0
#include "loadgen/synthetic_message.h"

#include <charconv>
#include <cstring>

#include "base/assert.h"
#include "base/mail_date.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::size_t kNumberOctetsMax = 20;
constexpr std::size_t kLineOctets = 78;  // 76 of text and CRLF
constexpr std::string_view kFrom = "From: <";
constexpr std::string_view kTo = ">\r\nTo: <";
constexpr std::string_view kAfterTo = ">\r\n";
constexpr std::string_view kIdFront = "Message-ID: <";
constexpr std::string_view kSubject = "Subject: Mailvoid message ";
constexpr std::string_view kRunExample = "0123456789abcdef.";
constexpr std::size_t kDateOctets = 6 + std::tuple_size_v<MailDate> + 2;

constexpr std::string_view kWords =
    "The quick brown fox jumps over the lazy dog while the postman sorts his mail and whistles an old tune. ";

// Everything of the front but numbers and addresses, with the line end of the subject, the empty line and one
// octet of padding.
constexpr std::size_t fixed_octets(std::size_t domain_octets) {
  return kDateOctets + kFrom.size() + kTo.size() + kAfterTo.size() + kIdFront.size() + kRunExample.size() + 1 +
         domain_octets + 3 + kSubject.size() + 1 + 2 + 2;
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

// Octets of running text without line ends, from anywhere in the words.
std::string words(std::size_t octets, std::size_t from) {
  std::string text;
  while (text.size() < octets) text += kWords[(from + text.size()) % kWords.size()];
  // A space at the end of a line is taken for an accident.
  if (text.ends_with(' ')) text.back() = '.';
  if (text.starts_with(' ')) text.front() = '-';
  return text;
}

}  // namespace

SyntheticMessage::SyntheticMessage(std::uint64_t octets, std::string_view run, std::string_view domain)
    : octets_(octets), id_front_(kIdFront), id_back_("@") {
  const MailDate date = mail_date(std::chrono::system_clock::now());
  date_ = "Date: " + std::string(date.data(), date.size()) + "\r\n";
  id_front_ += run;
  id_front_ += '.';
  id_back_ += domain;
  id_back_ += ">\r\n";
  for (std::uint64_t lines = octets / kLineOctets; lines > 0; --lines) {
    text_ += words(kLineOctets - 2, lines * 13) + "\r\n";
  }
}

std::uint64_t SyntheticMessage::octets_min(std::size_t address_octets, std::string_view domain) {
  return fixed_octets(domain.size()) + 2 * kNumberOctetsMax + address_octets;
}

std::size_t SyntheticMessage::front_octets_max(std::size_t address_octets) const {
  return fixed_octets(id_back_.size()) + id_front_.size() + 2 * kNumberOctetsMax + address_octets + kLineOctets;
}

// What is left for the text is filled with whole shared lines; the odd octets go first, as a line of their own in
// the caller's buffer. A line has at least its CRLF, so a single odd octet makes the subject longer instead.
SyntheticMessage::Parts SyntheticMessage::render(const Header& header, std::span<char> buffer) const {
  Writer writer(buffer);
  writer.put(date_);
  writer.put(kFrom);
  writer.put(header.from);
  writer.put(kTo);
  writer.put(header.to);
  writer.put(kAfterTo);
  writer.put(id_front_);
  writer.put(header.message);
  writer.put(id_back_);
  writer.put(kSubject);
  writer.put(header.message);
  const std::uint64_t fixed = writer.written().size() + 4;  // the subject's line end and the empty line
  MAILVOID_ASSERT(octets_ > fixed);
  std::uint64_t odd = (octets_ - fixed) % kLineOctets;
  const std::uint64_t rest = octets_ - fixed - odd;
  if (odd == 1) writer.put("."), odd = 0;
  writer.put("\r\n\r\n");
  if (odd > 0) {
    writer.put(kWords.substr(0, odd - 2));
    writer.put("\r\n");
  }
  return {writer.written(), std::string_view(text_).substr(0, rest)};
}

}  // namespace mailvoid::loadgen
