// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_message.h"

#include <algorithm>
#include <charconv>

#include "base/assert.h"

namespace mailvoid::smtp {
namespace {

// Returns how many octets of `to` were written.
std::uint8_t render_command(std::span<char> to, std::uint64_t octets, std::string_view ending) {
  static constexpr std::string_view kVerb = "BDAT ";
  char* at = std::ranges::copy(kVerb, to.data()).out;
  at = std::to_chars(at, to.data() + to.size(), octets).ptr;
  at = std::ranges::copy(ending, at).out;
  return static_cast<std::uint8_t>(at - to.data());
}

}  // namespace

void MessageCursor::begin(std::span<const std::string_view> parts) {
  parts_ = parts;
  offset_ = 0;
  index_ = 0;
  chunks_ = 0;
  left_ = true;
}

void MessageCursor::begin_chunks(std::span<const std::string_view> parts, std::uint64_t octets,
                                 std::uint64_t chunk_octets, std::uint64_t allowed) {
  MAILVOID_ASSERT(chunk_octets != 0);
  parts_ = parts;
  octets_ = octets;
  chunk_octets_ = chunk_octets;
  chunks_ = chunks_of(octets, chunk_octets);
  allowed_ = allowed;
  left_ = true;
  stopped_ = false;
  command_octets_ = render_command(command_, chunk_octets, "\r\n");
  last_command_octets_ = render_command(last_command_, octets - (chunks_ - 1) * chunk_octets, " LAST\r\n");
  at_ = {};
  enter(at_, 0);
}

std::string_view MessageCursor::part(std::size_t index) const {
  return index == parts_.size() ? std::string_view(".\r\n") : parts_[index];
}

std::size_t MessageCursor::gather(std::span<std::string_view> out) const {
  if (!left_) return 0;
  if (chunks_ != 0) return gather_chunks(out);
  std::size_t written = 0;
  std::size_t offset = offset_;
  for (std::size_t index = index_; index <= parts_.size() && written < out.size(); ++index) {
    std::string_view rest = part(index);
    rest.remove_prefix(offset);
    offset = 0;
    if (!rest.empty()) out[written++] = rest;
  }
  return written;
}

std::size_t MessageCursor::advance(std::size_t octets) {
  if (chunks_ != 0 && left_) return advance_chunks(octets);
  while (left_) {
    const std::size_t rest = part(index_).size() - offset_;
    if (octets < rest) {
      offset_ += octets;
      return 0;
    }
    octets -= rest;
    offset_ = 0;
    left_ = index_ < parts_.size();
    if (left_) ++index_;
  }
  return octets;
}

std::uint64_t MessageCursor::chunks_begun() const {
  const bool begun = at_.chunk < chunks_ && at_.command_sent != 0;
  return at_.chunk + (begun ? 1 : 0);
}

void MessageCursor::stop() {
  stopped_ = true;
  allowed_ = chunks_begun();
  left_ = at_.chunk < allowed_;
}

std::size_t MessageCursor::gather_chunks(std::span<std::string_view> out) const {
  Place place = at_;
  std::size_t written = 0;
  while (written < out.size()) {
    const std::string_view piece = piece_at(place);
    if (piece.empty()) break;
    out[written++] = piece;
    move(place, piece.size());
  }
  return written;
}

std::size_t MessageCursor::advance_chunks(std::size_t octets) {
  while (octets != 0) {
    const std::size_t taken = std::min(octets, piece_at(at_).size());
    if (taken == 0) break;
    move(at_, taken);
    octets -= taken;
  }
  left_ = at_.chunk < (stopped_ ? allowed_ : chunks_);
  return octets;
}

std::string_view MessageCursor::piece_at(Place& place) const {
  if (place.chunk >= std::min(allowed_, chunks_)) return {};
  const std::string_view command = command_of(place.chunk).substr(place.command_sent);
  if (!command.empty()) return command;
  while (place.offset == parts_[place.index].size()) {
    ++place.index;
    place.offset = 0;
  }
  return parts_[place.index].substr(place.offset, place.chunk_left);
}

void MessageCursor::move(Place& place, std::size_t octets) const {
  if (place.command_sent < command_of(place.chunk).size()) {
    place.command_sent += static_cast<std::uint32_t>(octets);
  } else {
    place.offset += octets;
    place.chunk_left -= octets;
  }
  if (place.chunk_left == 0 && place.command_sent == command_of(place.chunk).size())
    enter(place, place.chunk + 1);
}

void MessageCursor::enter(Place& place, std::uint64_t chunk) const {
  place.chunk = chunk;
  place.command_sent = 0;
  if (chunk < chunks_) place.chunk_left = std::min(chunk_octets_, octets_ - chunk * chunk_octets_);
}

std::string_view MessageCursor::command_of(std::uint64_t chunk) const {
  return chunk + 1 == chunks_ ? std::string_view(last_command_.data(), last_command_octets_)
                              : std::string_view(command_.data(), command_octets_);
}

}  // namespace mailvoid::smtp
