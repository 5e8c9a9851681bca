// SPDX-License-Identifier: Apache-2.0
#include "smtp/carried_line.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/assert.h"

namespace mailvoid::smtp {

char* CarriedLine::before(const char* block) {
  char* link = nullptr;
  std::memcpy(&link, block, kLinkOctets);
  return link;
}

std::string_view CarriedLine::newest_part() const {
  if (newest_ == nullptr) return {};
  if (octets_ <= BlockPool::kBlockBytes) return {newest_, octets_};
  const std::size_t further = octets_ - BlockPool::kBlockBytes;
  return {newest_ + kLinkOctets, (further - 1) % kFurtherOctets + 1};
}

template <class Visit>
bool CarriedLine::any_part(Visit visit) const {
  std::size_t left = octets_;
  std::string_view part = newest_part();
  for (const char* block = newest_; block != nullptr;) {
    if (visit(part)) return true;
    left -= part.size();
    if (left == 0) return false;
    block = before(block);
    part = left == BlockPool::kBlockBytes ? std::string_view(block, left)
                                          : std::string_view(block + kLinkOctets, kFurtherOctets);
  }
  return false;
}

bool CarriedLine::append(std::string_view more, BlockPool& blocks) {
  MAILVOID_ASSERT(octets_ + more.size() <= std::numeric_limits<std::uint16_t>::max());
  while (!more.empty()) {
    const std::string_view part = newest_part();
    std::size_t room =
        newest_ == nullptr
            ? 0
            : static_cast<std::size_t>(newest_ + BlockPool::kBlockBytes - (part.data() + part.size()));
    char* to = newest_ == nullptr ? nullptr : newest_ + BlockPool::kBlockBytes - room;
    if (room == 0) {
      char* block = blocks.acquire();
      if (block == nullptr) return false;
      const std::size_t link = newest_ == nullptr ? 0 : kLinkOctets;
      std::memcpy(block, &newest_, link);
      newest_ = block;
      room = BlockPool::kBlockBytes - link;
      to = block + link;
    }
    const std::size_t taken = std::min(room, more.size());
    std::memcpy(to, more.data(), taken);
    more.remove_prefix(taken);
    grow(taken);
  }
  return true;
}

bool CarriedLine::ends_with_cr() const { return newest_part().ends_with('\r'); }

bool CarriedLine::has_line_feed() const {
  return any_part([](std::string_view part) { return part.contains('\n'); });
}

void CarriedLine::copy_to(char* to) const {
  char* end = to + octets_;
  any_part([&](std::string_view part) {
    end -= part.size();
    std::memcpy(end, part.data(), part.size());
    return false;
  });
}

void CarriedLine::release_all(BlockPool& blocks) {
  while (newest_ != nullptr) {
    char* block = newest_;
    const bool first = octets_ <= BlockPool::kBlockBytes;
    octets_ = static_cast<std::uint16_t>(first ? 0 : octets_ - newest_part().size());
    newest_ = first ? nullptr : before(block);
    blocks.release(block);
  }
}

}  // namespace mailvoid::smtp
