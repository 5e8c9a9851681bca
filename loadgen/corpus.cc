// SPDX-License-Identifier: Apache-2.0
#include "loadgen/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/units.h"
#include "smtp/dot_stuffing.h"

namespace mailvoid::loadgen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMboxLine = "From ";
constexpr std::size_t kLineOctetsMax = 998;

// A field name of RFC 5322 2.2, of the characters that occur in real ones: with all that are allowed there, JSON
// would pass for mail.
bool begins_as_mail(std::string_view text) {
  if (text.starts_with(kMboxLine)) return true;
  const std::size_t colon = text.find(':');
  const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; };
  return colon != text.npos && colon > 0 && std::ranges::all_of(text.substr(0, colon), is_name);
}

std::string_view without_mbox_line(std::string_view text) {
  if (!text.starts_with(kMboxLine)) return text;
  const std::size_t end = text.find('\n');
  return end == text.npos ? std::string_view() : text.substr(end + 1);
}

// Where the next message of an mbox begins: at a "From " line behind an empty line.
std::size_t next_mbox_message(std::string_view text) {
  for (std::size_t at = text.find("\nFrom "); at != text.npos; at = text.find("\nFrom ", at + 1)) {
    const std::string_view before = text.substr(0, at);
    if (before.ends_with('\n') || before.ends_with("\n\r")) return at + 1;
  }
  return text.npos;
}

bool has_long_line(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\r\n"), text.size());
    if (end > kLineOctetsMax) return true;
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return false;
}

std::expected<std::string, std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) return std::unexpected("cannot read " + path.string());
  return text;
}

}  // namespace

class CorpusLoader {
 public:
  explicit CorpusLoader(std::uint64_t memory_max) : memory_max_(memory_max) {}

  // A file that is not mail is an error, or skipped if it is one of many.
  std::expected<void, std::string> add_file(const fs::path& path, bool one_of_many) {
    const auto text = read_file(path);
    if (!text) return std::unexpected(text.error());
    if (!begins_as_mail(*text)) {
      if (!one_of_many) {
        return std::unexpected(path.string() + " is not a message: it begins with neither a header nor \"From \"");
      }
      ++corpus_.files_skipped_;
      return {};
    }
    if (!add_text(*text)) {
      return std::unexpected(fmt::format("{}: the messages take more than {} (--memory-limit)", path.string(),
                                         format_size(static_cast<double>(memory_max_))));
    }
    return {};
  }

  std::expected<void, std::string> add_directory(const fs::path& directory) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
      const bool hidden = entry->path().filename().native().starts_with('.');
      if (hidden && entry->is_directory()) entry.disable_recursion_pending();
      if (!hidden && entry->is_regular_file()) files.push_back(entry->path());
    }
    if (error) return std::unexpected("cannot read " + directory.string() + ": " + error.message());
    std::ranges::sort(files);
    for (const fs::path& file : files) {
      if (auto added = add_file(file, true); !added) return added;
    }
    return {};
  }

  Corpus take() { return std::move(corpus_); }

 private:
  bool add_text(std::string_view text) {
    while (text.starts_with(kMboxLine)) {
      const std::size_t next = next_mbox_message(text);
      std::string_view message = without_mbox_line(text.substr(0, next));
      // The empty line before the next "From " belongs to the mbox.
      if (next != text.npos) message.remove_suffix(message.ends_with("\r\n") ? 2 : 1);
      if (!add_message(message)) return false;
      text = next == text.npos ? std::string_view() : text.substr(next);
    }
    return text.empty() || add_message(text);
  }

  bool add_message(std::string_view text) {
    std::string canonical(smtp::canonical_size(text), '\0');
    smtp::canonicalize(text, canonical.data());
    const std::size_t size = smtp::dot_stuffed_size(canonical);
    memory_used_ += size;
    if (memory_used_ > memory_max_) return false;
    corpus_.memory_.push_back(std::make_unique_for_overwrite<char[]>(size));
    char* const memory = corpus_.memory_.back().get();
    smtp::dot_stuff(canonical, memory);
    const bool eight_bit = std::ranges::any_of(canonical, [](char c) { return (c & 0x80) != 0; });
    corpus_.messages_.push_back({{memory, size}, canonical.size(), eight_bit});
    if (has_long_line(canonical)) ++corpus_.long_lined_;
    return true;
  }

  std::uint64_t memory_max_;
  std::uint64_t memory_used_ = 0;
  Corpus corpus_;
};

std::expected<Corpus, std::string> Corpus::load(const std::string& path, std::uint64_t memory_max) {
  CorpusLoader loader(memory_max);
  std::error_code error;
  const bool directory = fs::is_directory(path, error);
  const auto added = directory ? loader.add_directory(path) : loader.add_file(path, false);
  if (!added) return std::unexpected(added.error());
  Corpus corpus = loader.take();
  if (corpus.size() == 0) return std::unexpected(path + " holds no message");
  return corpus;
}

}  // namespace mailvoid::loadgen
