// SPDX-License-Identifier: Apache-2.0
#include "loadgen/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/units.h"
#include "loadgen/header_field.h"
#include "loadgen/mbox.h"
#include "loadgen/text_file.h"
#include "smtp/dot_stuffing.h"

namespace mailvoid::loadgen {
namespace {

namespace fs = std::filesystem;

using Outcome = std::expected<void, std::string>;

constexpr std::size_t kLineOctetsMax = 998;
constexpr std::string_view kMaildir = "maildir:";

// A field name of RFC 5322 §2.2, of the characters that occur in real ones: with all that are allowed there,
// JSON would pass for mail.
bool begins_with_field(std::string_view text) {
  constexpr std::string_view kNameOctets = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::size_t end = text.find_first_not_of(kNameOctets);
  return end != text.npos && end > 0 && text[end] == ':';
}

bool has_long_line(std::string_view text) {
  while (text.size() > kLineOctetsMax) {
    const std::size_t end = text.find("\r\n");
    if (end > kLineOctetsMax) return true;
    text.remove_prefix(end + 2);
  }
  return false;
}

// Takes fields of these names out of the header of a canonical message, with the lines they are folded over.
void drop_fields(std::string& text, const std::vector<std::string>& names) {
  std::size_t at = 0;
  bool dropping = false;
  while (at < text.size() && !text.substr(at, 2).starts_with("\r\n")) {
    const std::string_view line = std::string_view(text).substr(at, text.find("\r\n", at) + 2 - at);
    const bool folded = line.starts_with(' ') || line.starts_with('\t');
    const std::size_t colon = line.find(':');
    if (!folded && colon == line.npos) return;  // the body, without an empty line before it
    if (!folded) {
      dropping = std::ranges::any_of(
          names, [&](const std::string& name) { return same_field(trimmed(line.substr(0, colon)), name); });
    }
    if (dropping) {
      text.erase(at, line.size());
    } else {
      at += line.size();
    }
  }
}

bool is_maildir(const fs::path& directory) {
  std::error_code unknown;
  return std::ranges::all_of(std::array{"cur", "new", "tmp"},
                             [&](const char* name) { return fs::is_directory(directory / name, unknown); });
}

// Whether a directory of a Maildir holds messages.
bool is_delivered(const fs::path& directory) {
  return directory.filename() == "cur" || directory.filename() == "new";
}

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

class CorpusLoader {
 public:
  explicit CorpusLoader(const CorpusOptions& options)
      : memory_max_(options.memory_max),
        keep_unstuffed_(options.unstuffed),
        fields_dropped_(options.fields_dropped) {
    corpus_.memory_ = std::make_unique<ReservedMemory>(memory_max_);
  }

  Outcome add_directory(const fs::path& directory) {
    if (const Outcome walked = walk(directory, is_maildir(directory)); !walked) return walked;
    std::ranges::sort(files_);
    for (const fs::path& file : files_) {
      if (Outcome added = add_file(file, true); !added) return added;
    }
    if (corpus_.size() == 0)
      return std::unexpected(fmt::format("{} holds no file that is mail", directory.string()));
    return {};
  }

  // A file that does not look like mail is skipped if it is one of many; one that was named is taken at its
  // word.
  Outcome add_file(const fs::path& path, bool one_of_many) {
    if (Outcome done = read(path); !done) return done;
    const std::string_view text = file_;
    if (one_of_many && !begins_with_mbox_line(text) && !begins_with_field(text)) {
      ++corpus_.files_skipped_;
      return {};
    }
    const bool may_be_mbox = path.extension() != ".eml" && !is_maildir(path.parent_path().parent_path());
    if (add_text(text, may_be_mbox)) return {};
    return std::unexpected(too_much(path));
  }

  Corpus take() { return std::move(corpus_); }

 private:
  // Gathers the files below `directory`. Of a Maildir only those that are delivered, and its folders, which
  // are hidden; what is in tmp is not a message yet.
  Outcome walk(const fs::path& directory, bool maildir) {
    std::error_code error;
    fs::directory_iterator entry(directory, error);
    for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
      const fs::path& path = entry->path();
      const bool hidden = path.filename().native().starts_with('.');
      std::error_code unknown;
      if (entry->is_directory(unknown) && !entry->is_symlink(unknown)) {
        const bool nested = is_maildir(path);
        const bool wanted = maildir ? is_delivered(path) || nested : !hidden;
        if (!wanted) continue;
        if (Outcome walked = walk(path, nested); !walked) return walked;
      } else if (!hidden && !maildir && entry->is_regular_file(unknown)) {
        files_.push_back(path);
      }
    }
    if (error) return std::unexpected(fmt::format("cannot read {}: {}", directory.string(), error.message()));
    return {};
  }

  Outcome read(const fs::path& path) {
    const auto fault = [&path] {
      return std::unexpected(fmt::format("cannot read {}: {}", path.string(), reason(errno)));
    };
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
    if (!file) return fault();
    constexpr std::size_t kStep = 1U << 20;
    std::size_t used = 0;
    while (true) {
      if (used > memory_max_) return std::unexpected(too_much(path));
      file_.resize(used + kStep);
      const std::size_t got = std::fread(file_.data() + used, 1, kStep, file.get());
      used += got;
      if (got < kStep) break;
    }
    if (std::ferror(file.get()) != 0) return fault();
    file_.resize(used);
    return {};
  }

  [[nodiscard]] std::string too_much(const fs::path& path) const {
    return fmt::format("{}: the messages up to this one take more than {} (--memory-limit)", path.string(),
                       format_size(static_cast<double>(memory_max_)));
  }

  bool add_text(std::string_view text, bool may_be_mbox) {
    if (!begins_with_mbox_line(text)) return add_message(text);
    std::string_view rest = text;
    std::string_view message = take_mbox_message(rest);
    if (rest.empty() || !may_be_mbox) return add_message(without_mbox_line(text));
    while (add_message(mbox_message_text(message))) {
      if (rest.empty()) return true;
      message = take_mbox_message(rest);
    }
    return false;
  }

  bool add_message(std::string_view text) {
    canonical_.resize(smtp::canonical_size(text));
    smtp::canonicalize(text, canonical_.data());
    if (!fields_dropped_.empty()) drop_fields(canonical_, fields_dropped_);
    const std::size_t size = smtp::dot_stuffed_size(canonical_);
    const bool has_stuffing = size != canonical_.size();
    const std::size_t extra = keep_unstuffed_ && has_stuffing ? canonical_.size() : 0;
    if (size + extra > memory_max_ - memory_used_) return false;
    char* const memory = reinterpret_cast<char*>(corpus_.memory_->data()) + memory_used_;
    memory_used_ += size + extra;
    smtp::dot_stuff(canonical_, memory);
    std::string_view unstuffed;
    if (extra != 0) {
      canonical_.copy(memory + size, extra);
      unstuffed = {memory + size, extra};
    } else if (keep_unstuffed_) {
      unstuffed = {memory, size};
    }
    const bool eight_bit = std::ranges::any_of(canonical_, [](char octet) { return (octet & 0x80) != 0; });
    corpus_.messages_.push_back({{memory, size}, unstuffed, canonical_.size(), eight_bit});
    if (has_long_line(canonical_)) ++corpus_.long_lined_;
    return true;
  }

  std::uint64_t memory_max_;
  bool keep_unstuffed_;
  std::vector<std::string> fields_dropped_;
  std::vector<fs::path> files_;
  std::uint64_t memory_used_ = 0;
  std::string file_;       // read last
  std::string canonical_;  // of the message added last
  Corpus corpus_;
};

std::expected<Corpus, std::string> Corpus::load(const std::string& path, const CorpusOptions& options) {
  try {
    CorpusLoader loader(options);
    const bool maildir = path.starts_with(kMaildir);
    const fs::path place = maildir ? path.substr(kMaildir.size()) : path;
    if (maildir && !is_maildir(place))
      return std::unexpected(fmt::format("{} is not a Maildir: it lacks cur, new or tmp", place.string()));
    std::error_code error;
    const Outcome added =
        fs::is_directory(place, error) ? loader.add_directory(place) : loader.add_file(place, false);
    if (!added) return std::unexpected(added.error());
    return loader.take();
  } catch (const std::system_error& no_memory) {
    return std::unexpected(
        fmt::format("{}: {} (--memory-limit {})", path, no_memory.what(), options.memory_max));
  }
}

}  // namespace mailvoid::loadgen
