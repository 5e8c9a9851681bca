// SPDX-License-Identifier: Apache-2.0
#include "loadgen/content.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "loadgen/synthetic_message.h"
#include "loadgen/text_file.h"

namespace mailvoid::loadgen {
namespace {

struct Kind {
  std::string_view name;
  Content content;
  // The body of a message in that language; the other is for a part of it.
  MimeEntity (*make)(MimeMaker& maker, const Vocabulary& language, const Vocabulary& other);
};

MimeEntity make_text(MimeMaker& maker, const Vocabulary& language, const Vocabulary&) {
  return maker.text(language, false, true);
}

MimeEntity make_html(MimeMaker& maker, const Vocabulary& language, const Vocabulary&) {
  return maker.text(language, true, true);
}

MimeEntity make_alternative(MimeMaker& maker, const Vocabulary& language, const Vocabulary&) {
  return maker.multipart("alternative",
                         {maker.text(language, false, false), maker.text(language, true, true)});
}

MimeEntity make_related(MimeMaker& maker, const Vocabulary& language, const Vocabulary&) {
  return maker.multipart("related", {maker.text(language, true, false), maker.inline_image(true)});
}

MimeEntity make_attachment(MimeMaker& maker, const Vocabulary& language, const Vocabulary&) {
  return maker.multipart("mixed",
                         {maker.text(language, false, false), maker.table(),
                          maker.attachment("application/pdf", "%PDF-1.7\n", "Précis – 明日.pdf", true)});
}

MimeEntity make_uuencode(MimeMaker& maker, const Vocabulary&, const Vocabulary& ascii) {
  return maker.uuencoded(ascii);
}

MimeEntity make_nested(MimeMaker& maker, const Vocabulary& language, const Vocabulary& other) {
  MimeEntity alternative =
      maker.multipart("alternative", {maker.text(language, false, false), maker.text(language, true, false)});
  MimeEntity related = maker.multipart("related", {std::move(alternative), maker.inline_image(false)});
  MimeEntity files =
      maker.multipart("mixed", {maker.text(other, false, false),
                                maker.attachment("application/zip", "PK\x03\x04", "files.zip", true)});
  return maker.multipart("mixed", {std::move(related), std::move(files)});
}

MimeEntity make_rfc822(MimeMaker& maker, const Vocabulary& language, const Vocabulary& other) {
  MimeEntity inner =
      maker.multipart("alternative", {maker.text(language, false, false), maker.text(language, true, true)});
  return maker.multipart("mixed",
                         {maker.text(other, false, false), maker.message(language, std::move(inner))});
}

constexpr std::array<Kind, 9> kKinds{{{"plain", Content::plain, nullptr},
                                      {"text", Content::text, make_text},
                                      {"html", Content::html, make_html},
                                      {"alternative", Content::alternative, make_alternative},
                                      {"related", Content::related, make_related},
                                      {"attachment", Content::attachment, make_attachment},
                                      {"uuencode", Content::uuencode, make_uuencode},
                                      {"nested", Content::nested, make_nested},
                                      {"rfc822", Content::rfc822, make_rfc822}}};

}  // namespace

std::expected<std::vector<ContentShare>, std::string> parse_content(std::string_view text) {
  std::vector<ContentShare> shares;
  if (text == "all") {
    for (const Kind& kind : kKinds) shares.push_back({kind.content, 1});
    return shares;
  }
  while (!text.empty()) {
    std::string_view item = take_until(text, ',');
    const std::string_view name = take_until(item, '=');
    const auto* const kind = std::ranges::find(kKinds, name, &Kind::name);
    if (kind == kKinds.end()) {
      std::string known;
      for (const Kind& other : kKinds) known += fmt::format("{}, ", other.name);
      return std::unexpected(fmt::format("has '{}': there are {}and all", name, known));
    }
    double weight = 1;
    if (!item.empty()) {
      const auto read = read_weight(item);
      if (!read) return std::unexpected(read.error());
      weight = *read;
    }
    shares.push_back({kind->content, weight});
  }
  if (shares.empty()) return std::unexpected("names no kind");
  return shares;
}

std::expected<std::vector<ContentShape>, std::string> shapes_of(const ContentShare& share, LineStore& store,
                                                                std::uint64_t seed) {
  if (share.content == Content::plain) {
    MimeEntity plain;
    plain.lines =
        store.lines("plain", kPlainLineOctets, [&store] { return plain_block(store.octets_max()); });
    return std::vector{ContentShape{std::move(plain), share.weight}};
  }
  const Kind& kind = *std::ranges::find(kKinds, share.content, &Kind::content);
  std::vector<Vocabulary> spoken;
  for (const Language& language : languages()) {
    auto vocabulary = vocabulary_of(language);
    if (!vocabulary) return std::unexpected(vocabulary.error());
    spoken.push_back(std::move(*vocabulary));
  }
  std::vector<ContentShape> shapes;
  for (std::size_t i = 0; i < spoken.size(); ++i) {
    MimeMaker maker(store, seed, static_cast<std::uint64_t>(share.content) * spoken.size() + i);
    MimeEntity entity = kind.make(maker, spoken[i], spoken[0]);
    std::vector<HeaderField> fields = maker.fields(spoken[i]);
    entity.fields.insert(entity.fields.begin(), fields.begin(), fields.end());
    shapes.push_back({std::move(entity), share.weight / static_cast<double>(spoken.size())});
  }
  return shapes;
}

}  // namespace mailvoid::loadgen
