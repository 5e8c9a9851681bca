// SPDX-License-Identifier: Apache-2.0
// Reads SMTP replies (RFC 5321 §4.2) from a stream of octets cut anywhere. A line that is cut is kept in one
// pooled block until it is whole; whole lines are never copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/block_pool.h"
#include "smtp/client_event.h"

namespace mailvoid::smtp {

class ReplyParser {
 public:
  enum class Result : std::uint8_t {
    need_input,  // the input is used up; there may be part of a line in store
    line,        // one line of a reply that goes on
    reply,       // the last line of a reply
    error,       // error() says which; the stream cannot be read any further
  };
  struct Limits {
    std::size_t line_octets_max;  // line end included; at most BlockPool::kBlockBytes
    std::uint32_t lines_max;      // of one reply; at least 1
  };

  ReplyParser() = default;
  ReplyParser(const ReplyParser&) = delete;
  ReplyParser& operator=(const ReplyParser&) = delete;

  // Consumes at most one line from the front of `input`. `blocks` is the same pool in every call.
  [[nodiscard]] Result next(std::string_view& input, const Limits& limits, BlockPool& blocks);
  // Gives the block back; text() and a line in store are gone. Call it before the parser goes away.
  void release(BlockPool& blocks);

  // After `line` and `reply`:
  [[nodiscard]] std::uint16_t code() const { return code_; }  // 200-599
  [[nodiscard]] bool is_first_line() const { return first_line_; }
  [[nodiscard]] bool without_cr() const { return without_cr_; }  // a bare LF was taken as the line end
  // What follows the code and its separator, without the line end; after an error the line, if there is a
  // whole one. Points into the input or the pooled block: valid until the next call of next() or release().
  [[nodiscard]] std::string_view text() const { return text_; }
  // After `error`:
  [[nodiscard]] ClientError error() const { return error_; }

 private:
  Result store(std::string_view part, BlockPool& blocks);
  Result judge(std::string_view line, const Limits& limits);
  Result fail(ClientError error, std::string_view text = {});

  std::string_view text_;
  char* block_ = nullptr;
  std::uint32_t lines_ = 0;   // continuation lines of the reply so far
  std::uint16_t stored_ = 0;  // octets of a cut line in block_
  std::uint16_t code_ = 0;
  ClientError error_ = ClientError::none;
  bool first_line_ = false;
  bool without_cr_ = false;
};

}  // namespace mailvoid::smtp
