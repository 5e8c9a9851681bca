// SPDX-License-Identifier: Apache-2.0
#include "loadgen/open_distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "loadgen/corpus.h"
#include "loadgen/text_file.h"

namespace mailvoid::loadgen {
namespace {

std::expected<Distribution, std::string> sizes_of_corpus(const std::string& path, std::uint64_t memory_max) {
  const auto corpus = Corpus::load(path, {.memory_max = memory_max});
  if (!corpus) return std::unexpected(corpus.error());
  std::vector<std::uint64_t> sizes;
  for (std::size_t i = 0; i < corpus->size(); ++i)
    sizes.push_back(std::max<std::uint64_t>((*corpus)[i].size_octets, 1));
  return Distribution::of(sizes);
}

}  // namespace

std::expected<Distribution, std::string> open_distribution(const std::string& text,
                                                           const Distribution::Unit& unit,
                                                           std::uint64_t memory_max) {
  if (const std::string_view path = Distribution::corpus_path(text); unit.octets && !path.empty())
    return sizes_of_corpus(std::string(path), memory_max);
  const std::string path(Distribution::histogram_file(text));
  auto drawn = Distribution::parse(text, unit);
  if (!drawn) return std::unexpected(fmt::format("'{}' {}", text, drawn.error()));
  if (path.empty()) return drawn;
  const auto lines = read_text_file(path);
  if (!lines) return std::unexpected(lines.error());
  drawn = Distribution::parse_histogram(*lines, unit);
  if (!drawn) return std::unexpected(fmt::format("{}: {}", path, drawn.error()));
  return drawn;
}

}  // namespace mailvoid::loadgen
