// SPDX-License-Identifier: Apache-2.0
// How a server session gets its lines: in place where they are whole, carried over where they come in parts,
// discarded where they are too long.
#include <algorithm>
#include <cstring>

#include "smtp/ascii.h"
#include "smtp/server_session.h"

namespace mailvoid::smtp {
namespace {

// Of a line without its end. A LF alone counts for the CRLF that it stands for: otherwise it would matter how
// the network cuts a line.
constexpr std::size_t kCommandTextMax = kCommandOctetsMax - 2;
constexpr std::size_t kAuthTextMax = kAuthOctetsMax - 2;

// Whether a line of which `octets` came without its CRLF can still be one of `most`.
bool may_end_within(std::size_t octets, bool ends_with_cr, std::size_t most) {
  return octets + (ends_with_cr ? 1 : 2) <= most;
}

bool may_become_command(std::string_view octets) {
  return may_end_within(octets.size(), octets.ends_with('\r'), kCommandOctetsMax);
}

}  // namespace

bool ServerSession::may_be_long(std::string_view line) const {
  if (state_ == State::auth_line) return true;
  return served().has(Verb::auth) && take_ignoring_case(line, "AUTH ");
}

bool ServerSession::read_command(std::string_view& input, ServerEvent& event) {
  if (!carried_.empty()) return continue_command(input, event);
  const scan::CommandLine line = scan::find_command_line(input);
  if (line.has_control && config().bare_lf_ends_commands) {
    const std::size_t at = input.substr(0, std::min(line.length, input.size())).find('\n');
    if (at != std::string_view::npos) return end_at_line_feed(input, at, event);
  }
  if (!line.found()) return keep_partial(input, event);
  if (line.resume > kCommandOctetsMax && (line.resume > kAuthOctetsMax || !may_be_long(input))) {
    begin_discarding();
    return false;
  }
  if (no_room(event)) return true;
  const std::string_view text = input.substr(0, line.length);
  input.remove_prefix(line.resume);
  return execute(text, line.has_control, line.has_8bit, event);
}

bool ServerSession::end_at_line_feed(std::string_view& input, std::size_t at, ServerEvent& event) {
  if (at > kCommandTextMax && (at > kAuthTextMax || !may_be_long(input))) {
    begin_discarding();
    return false;
  }
  if (no_room(event)) return true;
  const std::string_view text = input.substr(0, at);
  input.remove_prefix(at + 1);
  tally().commands_with_bare_lf.increment();
  const scan::CommandLine line = scan::find_command_line(text);
  return execute(text, line.has_control, line.has_8bit, event);
}

bool ServerSession::keep_partial(std::string_view& input, ServerEvent& event) {
  const bool fits =
      may_become_command(input) ||
      (may_end_within(input.size(), input.ends_with('\r'), kAuthOctetsMax) && may_be_long(input));
  if (!fits) {
    begin_discarding();
    return false;
  }
  if (!carried_.append(input, blocks())) return no_blocks(event);
  input = {};
  return false;
}

bool ServerSession::no_blocks(ServerEvent& event) {
  carried_.release(blocks());
  if (no_room(event)) return true;
  tally().blocks_exhausted.increment();
  say(ReplyId::no_buffers);
  close();
  return false;
}

// The octets go behind those that are carried, where a whole command is looked at in one piece.
bool ServerSession::continue_command(std::string_view& input, ServerEvent& event) {
  const std::size_t held = carried_.octets();
  if (held > kCommandOctetsMax) return continue_long(input, event);
  const std::size_t more = std::min(input.size(), kCommandOctetsMax - held);
  char* const block = carried_.only_block();
  std::memcpy(block + held, input.data(), more);
  const std::string_view all(block, held + more);
  const std::size_t undecided = all[held - 1] == '\r' ? 1 : 0;
  scan::CommandLine end = scan::find_command_line(all, held - undecided);
  if (end.has_control && config().bare_lf_ends_commands) {
    const std::size_t at = all.substr(0, std::min(end.length, all.size())).find('\n', held);
    if (at != std::string_view::npos) {
      if (at > kCommandTextMax && !may_be_long(all)) {
        begin_discarding();
        return false;
      }
      end = {.length = at, .resume = at + 1};
      tally().commands_with_bare_lf.increment();
    }
  }
  if (!end.found()) {
    if (!may_become_command(all)) {
      if (may_be_long(all)) return continue_long(input, event);
      begin_discarding();
      return false;
    }
    carried_.grow(more);
    input.remove_prefix(more);
    return false;
  }
  if (no_room(event)) return true;
  input.remove_prefix(end.resume - held);
  const std::string_view text = all.substr(0, end.length);
  const scan::CommandLine line = scan::find_command_line(text);
  const bool has_control = line.has_control || text.ends_with('\r');
  const bool told = execute(text, has_control, line.has_8bit, event);
  if (!awaiting_verdict()) carried_.release(blocks());
  return told;
}

// A line of AUTH that needs more than a block.
bool ServerSession::continue_long(std::string_view& input, ServerEvent& event) {
  scan::CommandLine end = scan::find_command_line(input);
  if (carried_.ends_with_cr() && input.front() == '\n') end = {.length = 0, .resume = 1};
  if (config().bare_lf_ends_commands && input.contains('\n')) {
    end = {.length = input.find('\n'), .resume = input.find('\n') + 1};
  }
  const std::string_view more = input.substr(0, end.found() ? end.resume : input.size());
  const std::size_t octets = carried_.octets() + more.size();
  const bool has_cr = more.size() > 1 ? more[more.size() - 2] == '\r' : carried_.ends_with_cr();
  const bool fits = end.found() ? octets - (has_cr ? 2 : 1) <= kAuthTextMax
                                : may_end_within(octets, more.ends_with('\r'), kAuthOctetsMax);
  if (!fits) {
    begin_discarding();
    return false;
  }
  if (end.found() && no_room(event)) return true;
  if (!carried_.append(more, blocks())) return no_blocks(event);
  input.remove_prefix(more.size());
  if (!end.found()) return false;
  char* const memory = environment_->scratch.line.data();
  carried_.copy_to(memory);
  carried_.release(blocks());
  std::string_view text(memory, octets - 1);
  if (text.ends_with('\r')) {
    text.remove_suffix(1);
  } else {
    tally().commands_with_bare_lf.increment();
  }
  const scan::CommandLine line = scan::find_command_line(text);
  return execute(text, line.has_control || text.ends_with('\r'), line.has_8bit, event);
}

void ServerSession::begin_discarding() {
  if (state_ == State::auth_line) {
    tally().auth_results[static_cast<std::size_t>(AuthResult::malformed)].increment();
  }
  pending_octets_ = carried_.octets();
  data_state_ = carried_.ends_with_cr() ? scan::DataState::cr : scan::DataState::text;
  line_has_bare_lf_ = carried_.has_line_feed();
  carried_.release(blocks());
  state_ = State::end_of_line;
}

bool ServerSession::discard_line(std::string_view& input, ServerEvent& event) {
  if (no_room(event)) return true;
  scan::CommandLine line;
  if (data_state_ == scan::DataState::cr && input.front() == '\n') {
    line.length = 0;
    line.resume = 1;
  } else {
    line = scan::find_command_line(input);
    const std::size_t feed = input.substr(0, std::min(line.length, input.size())).find('\n');
    if (line.has_control && feed != std::string_view::npos) {
      if (config().bare_lf_ends_commands) {
        line = {.length = feed, .resume = feed + 1};
      } else {
        line_has_bare_lf_ = true;
      }
    }
  }
  const std::size_t used = line.found() ? line.resume : input.size();
  data_state_ = input[used - 1] == '\r' ? scan::DataState::cr : scan::DataState::text;
  pending_octets_ += used;
  input.remove_prefix(used);
  const bool endless = pending_octets_ > kLineOctetsMax;
  if (!endless && !line.found()) return false;
  tally().commands[static_cast<std::size_t>(Verb::unknown)].increment();
  tally().commands_too_long.increment();
  if (endless) {
    say(ReplyId::line_endless);
    close();
  } else {
    say(ReplyId::line_too_long);
    state_ = State::command;
  }
  return false;
}

bool ServerSession::bare_lf_pending() const {
  return state_ == State::end_of_line ? line_has_bare_lf_ : carried_.has_line_feed();
}

}  // namespace mailvoid::smtp
