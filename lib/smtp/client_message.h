// SPDX-License-Identifier: Apache-2.0
// How far a message, given as parts, has been sent: with the dot behind it, or in BDAT chunks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mailvoid::smtp {

class MessageCursor {
 public:
  MessageCursor() = default;
  MessageCursor(const MessageCursor&) = delete;  // gather() points into it
  MessageCursor& operator=(const MessageCursor&) = delete;

  // Of both: `parts` stays unchanged until left() is false or the cursor is not used any more.
  // The parts as they are, and ".\r\n".
  void begin(std::span<const std::string_view> parts);
  // The parts, `octets` in all, cut into chunks of `chunk_octets` (at least 1), each behind its command
  // (RFC 3030 §2). `allowed`: how many chunks may go out for now.
  void begin_chunks(std::span<const std::string_view> parts, std::uint64_t octets, std::uint64_t chunk_octets,
                    std::uint64_t allowed);

  // True from begin() until advance() has passed the final dot or the last chunk.
  [[nodiscard]] bool left() const { return left_; }
  // Writes what is left (and allowed), in order, to `out`, without empty parts; returns how many. Less than
  // out.size() means all.
  [[nodiscard]] std::size_t gather(std::span<std::string_view> out) const;
  // `octets` more went out. Returns how many of them lie behind the message.
  [[nodiscard]] std::size_t advance(std::size_t octets);

  // False while the last chunk is not allowed yet.
  [[nodiscard]] bool may_end() const { return chunks_ == 0 || allowed_ >= chunks_; }

  // Of chunks:
  [[nodiscard]] static std::uint64_t chunks_of(std::uint64_t octets, std::uint64_t chunk_octets) {
    return octets == 0 ? 1 : (octets - 1) / chunk_octets + 1;
  }
  [[nodiscard]] std::uint64_t chunks() const { return chunks_; }
  // Of which something went out, and of which all did.
  [[nodiscard]] std::uint64_t chunks_begun() const;
  [[nodiscard]] std::uint64_t chunks_done() const { return at_.chunk; }
  // From here on so many may go out in all; never fewer than before.
  void allow(std::uint64_t chunks) { allowed_ = chunks; }
  // No chunk begins any more; left() is false as soon as the one begun is out. REQUIRES: nothing that
  // gather() gave is unaccounted for.
  void stop();

 private:
  // A place in chunks: what comes next there is the rest of a command, or octets of the message.
  struct Place {
    std::uint64_t chunk = 0;
    std::uint64_t chunk_left = 0;  // octets of the chunk's data
    std::size_t offset = 0;        // into part `index`
    std::uint32_t index = 0;
    std::uint32_t command_sent = 0;  // octets of the chunk's command
  };

  [[nodiscard]] std::string_view part(std::size_t index) const;
  [[nodiscard]] std::size_t gather_chunks(std::span<std::string_view> out) const;
  [[nodiscard]] std::size_t advance_chunks(std::size_t octets);
  // What comes next at a place, in one piece; "" if nothing may.
  [[nodiscard]] std::string_view piece_at(Place& place) const;
  void move(Place& place, std::size_t octets) const;
  void enter(Place& place, std::uint64_t chunk) const;
  [[nodiscard]] std::string_view command_of(std::uint64_t chunk) const;

  static constexpr std::size_t kCommandOctetsMax = 32;  // "BDAT ", 20 digits, " LAST", CRLF

  std::span<const std::string_view> parts_;
  std::size_t offset_ = 0;   // into part index_
  std::uint32_t index_ = 0;  // parts_.size() is the dot
  bool left_ = false;
  bool stopped_ = false;
  // Chunks only; chunks_ is 0 otherwise.
  std::uint8_t command_octets_ = 0;
  std::uint8_t last_command_octets_ = 0;
  std::uint64_t chunks_ = 0;
  std::uint64_t allowed_ = 0;
  std::uint64_t octets_ = 0;
  std::uint64_t chunk_octets_ = 0;
  Place at_;
  std::array<char, kCommandOctetsMax> command_;  // of every chunk but the last
  std::array<char, kCommandOctetsMax> last_command_;
};

}  // namespace mailvoid::smtp
