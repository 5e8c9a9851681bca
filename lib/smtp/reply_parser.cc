// SPDX-License-Identifier: Apache-2.0
#include "smtp/reply_parser.h"

#include <cstring>

#include "base/assert.h"

namespace mailvoid::smtp {
namespace {

constexpr bool is_digit(char octet) { return octet >= '0' && octet <= '9'; }

// The value of the first three octets, or -1 if they are not all digits.
int leading_code(std::string_view line) {
  if (line.size() < 3 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2])) return -1;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

}  // namespace

ReplyParser::Result ReplyParser::next(std::string_view& input, const Limits& limits, BlockPool& blocks) {
  MAILVOID_DEBUG_ASSERT(limits.line_octets_max <= BlockPool::kBlockBytes);
  if (stored_ == 0) release(blocks);
  text_ = {};
  const std::size_t line_feed = input.find('\n');
  if (line_feed == std::string_view::npos) {
    const std::string_view part = input;
    input = {};
    // Without its line feed a line of line_octets_max octets is already too long.
    if (stored_ + part.size() >= limits.line_octets_max) return fail(ClientError::reply_line_too_long);
    return store(part, blocks);
  }
  std::string_view line(input.data(), line_feed + 1);
  input.remove_prefix(line_feed + 1);
  if (stored_ + line.size() > limits.line_octets_max) return fail(ClientError::reply_line_too_long);
  if (stored_ != 0) {
    std::memcpy(block_ + stored_, line.data(), line.size());
    line = {block_, stored_ + line.size()};
    stored_ = 0;
  }
  line.remove_suffix(1);
  without_cr_ = line.empty() || line.back() != '\r';
  if (!without_cr_) line.remove_suffix(1);
  return judge(line, limits);
}

void ReplyParser::release(BlockPool& blocks) {
  if (block_ == nullptr) return;
  blocks.release(block_);
  block_ = nullptr;
  stored_ = 0;
  text_ = {};
}

ReplyParser::Result ReplyParser::store(std::string_view part, BlockPool& blocks) {
  if (part.empty()) return Result::need_input;
  if (block_ == nullptr) block_ = blocks.acquire();
  if (block_ == nullptr) return fail(ClientError::blocks_exhausted);
  std::memcpy(block_ + stored_, part.data(), part.size());
  stored_ = static_cast<std::uint16_t>(stored_ + part.size());
  return Result::need_input;
}

ReplyParser::Result ReplyParser::judge(std::string_view line, const Limits& limits) {
  const int code = leading_code(line);
  const char separator = line.size() > 3 ? line[3] : ' ';
  if (code < 0 || (separator != ' ' && separator != '-')) return fail(ClientError::malformed_reply, line);
  if (code < kReplyCodeMin || code > kReplyCodeMax) return fail(ClientError::code_out_of_range, line);
  if (lines_ != 0 && code != code_) return fail(ClientError::codes_differ, line);
  if (lines_ == limits.lines_max) return fail(ClientError::too_many_lines, line);
  code_ = static_cast<std::uint16_t>(code);
  line.remove_prefix(line.size() > 3 ? 4 : 3);
  text_ = line;
  first_line_ = lines_ == 0;
  lines_ = separator == '-' ? lines_ + 1 : 0;
  return separator == '-' ? Result::line : Result::reply;
}

ReplyParser::Result ReplyParser::fail(ClientError error, std::string_view text) {
  error_ = error;
  text_ = text;
  return Result::error;
}

}  // namespace mailvoid::smtp
