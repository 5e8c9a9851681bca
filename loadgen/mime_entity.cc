// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mime_entity.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

#include "loadgen/mime_encoding.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kLineOctets = 78;  // 76 and CRLF
constexpr std::size_t kUuLineOctets = 63;
constexpr std::size_t kBlockLines = 128;

// The text of a line before it is encoded has so many octets at most, and if it becomes base64, exactly.
std::size_t text_octets(TransferEncoding encoding) {
  return (encoding == TransferEncoding::base64 ? kBase64LineRaw : kLineOctets) - kLineEnd.size();
}

std::string encoded(std::string_view text, TransferEncoding encoding) {
  switch (encoding) {
    case TransferEncoding::quoted_printable: return quoted_printable(text);
    case TransferEncoding::base64: return base64_lines(text);
    default: return std::string(text);
  }
}

// Text of whole lines, so long that what is encoded behind it begins a line of base64, too.
std::string padded(std::string text, TransferEncoding encoding) {
  if (encoding != TransferEncoding::base64) return text;
  const std::size_t odd = text.size() % kBase64LineRaw;
  if (odd != 0) text.insert(text.size() - kLineEnd.size(), kBase64LineRaw - odd, ' ');
  return text;
}

// A line of words, filled up with dashes to the octets that it has in its encoding.
std::string line_of(const Vocabulary& language, std::size_t first_word, bool html) {
  const TransferEncoding encoding = language.encoding;
  const bool printable = encoding == TransferEncoding::quoted_printable;
  const std::string_view suffix = html ? "</p>" : "";
  std::string line = html ? "<p>" : "";
  const auto room = [&](std::string_view text) -> std::size_t {
    std::size_t used = text.size();
    if (printable) {
      used = 0;
      for (const char octet : text) used += (octet & 0x80) != 0 || octet == '=' ? 3 : 1;
    }
    const std::size_t most = text_octets(encoding) - suffix.size();
    return used > most ? 0 : most - used;
  };
  for (std::size_t i = first_word;; ++i) {
    const std::string longer = line + language.text[i % language.text.size()] + ' ';
    if (room(longer) < 1) break;
    line = longer;
  }
  line.append(room(line), '-');
  return line.append(suffix).append(kLineEnd);
}

std::string block_of(const Vocabulary& language, bool html) {
  std::string block;
  for (std::size_t i = 0; i < kBlockLines; ++i)
    block += encoded(line_of(language, i * 7, html), language.encoding);
  return block;
}

std::string paragraph_of(const Vocabulary& language) {
  std::string text;
  for (const std::string& word : language.text) text += word + ' ';
  text.back() = '!';
  return text.append(kLineEnd);
}

std::string fields_text(std::span<const HeaderField> fields) {
  std::string lines;
  for (const HeaderField& field : fields) lines += fmt::format("{}: {}\r\n", field.name, field.text);
  return lines;
}

// For a field; pure ASCII needs no encoding.
std::string words_text(const Vocabulary& language, std::span<const std::string> words) {
  if (language.charset == "us-ascii") return fmt::format("{}", fmt::join(words, " "));
  return encoded_words(language.charset, language.encoding != TransferEncoding::quoted_printable, words);
}

std::string file_name_parameter(std::string_view name) {
  const bool ascii = std::ranges::all_of(name, [](char octet) { return (octet & 0x80) == 0; });
  return ascii ? fmt::format("; filename=\"{}\"", name) : extended_parameter("filename", name);
}

}  // namespace

std::shared_ptr<const SharedLines> LineStore::lines(const std::string& name, std::size_t line_octets,
                                                    const std::function<std::string()>& block) {
  auto& made = all_[name];
  if (made == nullptr) {
    const std::string text = block();
    const std::uint64_t memory = SharedLines::memory(text.size(), octets_max_);
    if (memory > memory_left_) throw std::bad_alloc();
    memory_left_ -= memory;
    made = std::make_shared<const SharedLines>(text, line_octets, octets_max_);
  }
  return made;
}

std::string MimeMaker::octets(std::size_t count) {
  std::string random(count, '\0');
  for (char& octet : random) octet = static_cast<char>(random_.below(256));
  return random;
}

std::string MimeMaker::word() { return fmt::format("{:016x}", random_.next()); }

MimeEntity MimeMaker::text(const Vocabulary& language, bool html, bool grows) {
  const TransferEncoding encoding = language.encoding;
  MimeEntity part;
  part.eight_bit = encoding == TransferEncoding::eight_bit;
  part.fields = {
      {"Content-Type", fmt::format("text/{}; charset={}", html ? "html" : "plain", language.charset)},
      {"Content-Transfer-Encoding", std::string(to_string(encoding))}};
  // As a paragraph is written where lines may be of any length; elsewhere it has to fit.
  const bool any_length =
      encoding == TransferEncoding::quoted_printable || encoding == TransferEncoding::base64;
  std::string text = any_length && !html ? paragraph_of(language) : line_of(language, 0, html);
  if (html) {
    text =
        fmt::format(
            "<!DOCTYPE html>\r\n<html><head><meta charset=\"{}\"></head>\r\n<body bgcolor=\"#fafafa\">\r\n",
            language.charset) +
        text;
  }
  part.before = encoded(padded(text, encoding), encoding);
  if (grows) {
    part.lines =
        store_.lines(fmt::format("{} {} {}", language.charset, to_string(encoding), html ? "html" : "plain"),
                     kLineOctets, [&] { return block_of(language, html); });
  }
  if (html) part.after = encoded("</body></html>\r\n", encoding);
  return part;
}

MimeEntity MimeMaker::attachment(std::string_view type, std::string_view magic, std::string_view file_name,
                                 bool grows) {
  MimeEntity part;
  part.fields = {{"Content-Type", std::string(type)},
                 {"Content-Transfer-Encoding", "base64"},
                 {"Content-Disposition", "attachment" + file_name_parameter(file_name)}};
  part.before = base64_lines(std::string(magic) + octets(2 * kBase64LineRaw - magic.size()));
  if (grows) {
    part.lines = store_.lines("base64", kLineOctets,
                              [this] { return base64_lines(octets(kBlockLines * kBase64LineRaw)); });
  }
  part.after = base64_lines(octets(1 + random_.below(kBase64LineRaw)));
  return part;
}

MimeEntity MimeMaker::inline_image(bool grows) {
  MimeEntity part = attachment("image/png", "\x89PNG\r\n\x1A\n", "image.png", grows);
  part.fields.back().text = "inline; filename=\"image.png\"";
  part.fields.push_back({"Content-ID", fmt::format("<{}@image.example>", word())});
  return part;
}

MimeEntity MimeMaker::table() {
  std::string text = "Größe;Menge;Preis (€)\r\n";
  for (int row = 0; row < 3; ++row)
    text += fmt::format("{};{};{}\r\n", row + 1, random_.below(1000), random_.below(100'000));
  MimeEntity part;
  part.fields = {
      {"Content-Type", "text/csv; charset=utf-8"},
      {"Content-Transfer-Encoding", "quoted-printable"},
      {"Content-Disposition", "attachment" + file_name_parameter("Übersicht über alle Größen und Preise, "
                                                                 "Stand März – endgültig.csv")}};
  part.before = quoted_printable(text);
  return part;
}

MimeEntity MimeMaker::uuencoded(const Vocabulary& language) {
  MimeEntity part;
  part.fields = {{"Content-Type", "text/plain; charset=us-ascii"}, {"Content-Transfer-Encoding", "7bit"}};
  part.before = line_of(language, 0, false) + "\r\nbegin 644 archive.zip\r\n" +
                uuencoded_lines("PK\x03\x04" + octets(kUuLineRaw - 4));
  part.lines = store_.lines("uuencode", kUuLineOctets,
                            [this] { return uuencoded_lines(octets(kBlockLines * kUuLineRaw)); });
  // Of 14 octets the line would begin with a dot.
  part.after = uuencoded_lines(octets(15 + random_.below(30))) + "`\r\nend\r\n";
  return part;
}

MimeEntity MimeMaker::multipart(std::string_view subtype, std::vector<MimeEntity> parts) {
  // No transfer encoding gives "=_".
  const std::string boundary = fmt::format("=_{}", word());
  MimeEntity whole;
  std::string* to = &whole.before;
  for (MimeEntity& part : parts) {
    *to += fmt::format("--{}\r\n{}\r\n{}", boundary, fields_text(part.fields), part.before);
    whole.eight_bit = whole.eight_bit || part.eight_bit;
    if (part.lines != nullptr) {
      whole.lines = std::move(part.lines);
      to = &whole.after;
    }
    *to += part.after;
  }
  *to += fmt::format("--{}--\r\n", boundary);
  whole.fields = {{"Content-Type", fmt::format("multipart/{};\r\n boundary=\"{}\"", subtype, boundary)}};
  if (whole.eight_bit) whole.fields.push_back({"Content-Transfer-Encoding", "8bit"});
  return whole;
}

MimeEntity MimeMaker::message(const Vocabulary& language, MimeEntity body) {
  std::vector<HeaderField> header{
      {"Received",
       fmt::format("from a.example (a.example [192.0.2.1])\r\n\tby b.example with ESMTP id {};\r\n"
                   "\tTue, 03 Mar 2026 10:15:30 +0100",
                   word())},
      {"Date", "Tue, 03 Mar 2026 10:15:29 +0100"},
      {"From", words_text(language, language.name) + "\r\n <someone@a.example>"},
      {"To", "list@b.example"},
      {"Message-ID", fmt::format("<{}@a.example>", word())},
      {"Subject", words_text(language, language.subject)},
      {"MIME-Version", "1.0"}};
  header.insert(header.end(), body.fields.begin(), body.fields.end());
  MimeEntity whole;
  whole.fields = {{"Content-Type", "message/rfc822"},
                  {"Content-Transfer-Encoding", body.eight_bit ? "8bit" : "7bit"},
                  {"Content-Disposition", "inline"}};
  whole.before = fields_text(header) + "\r\n" + body.before;
  whole.lines = std::move(body.lines);
  whole.after = std::move(body.after);
  whole.eight_bit = body.eight_bit;
  return whole;
}

std::vector<HeaderField> MimeMaker::fields(const Vocabulary& language) {
  return {{"From", words_text(language, language.name) + "\r\n <{from}>"},
          {"Subject", words_text(language, language.subject) + "\r\n {message}"},
          {"References", fmt::format("<{}@a.example>\r\n\t<{}@b.example>", word(), word())},
          {"MIME-Version", "1.0"}};
}

}  // namespace mailvoid::loadgen
