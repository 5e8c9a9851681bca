// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/smtp/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace mailvoid::smtp::testing {
namespace {

using Kind = ServerEvent::Kind;

ServerConfig config_of(const TranscriptSettings& settings) {
  return make_server_config({.hostname = "sink.example",
                             .message_octets_max = settings.message_octets_max,
                             .recipients_max = settings.recipients_max})
      .value();
}

std::string describe_mail(const ServerEvent& event) {
  std::string text = fmt::format("{} <{}>", command_info(event.verb).name, event.text);
  if (event.mail.size_declared) text += fmt::format(" SIZE={}", event.mail.size_octets);
  if (event.mail.body == BodyType::seven_bit) text += " BODY=7BIT";
  if (event.mail.body == BodyType::eight_bit_mime) text += " BODY=8BITMIME";
  return text;
}

}  // namespace

Counts counts_of(const ServerTally& tally) {
  Counts counts;
  for (std::size_t i = 0; i < kVerbCount; ++i) {
    counts.emplace_back(fmt::format("commands:{}", verb_label(static_cast<Verb>(i))),
                        tally.commands[i].value());
  }
  for (std::size_t i = 0; i < kServerReplyCodeCount; ++i) {
    counts.emplace_back(fmt::format("replies:{}", kServerReplyCodes[i]), tally.replies[i].value());
  }
  for (std::size_t i = 0; i < kMessageRefusalLabels.size(); ++i) {
    counts.emplace_back(fmt::format("messages_refused:{}", kMessageRefusalLabels[i]),
                        tally.messages_refused[i].value());
  }
  counts.emplace_back("messages_accepted", tally.messages_accepted.value());
  counts.emplace_back("message_octets_accepted", tally.message_octets_accepted.value());
  counts.emplace_back("recipients_accepted", tally.recipients_accepted.value());
  counts.emplace_back("recipients_refused", tally.recipients_refused.value());
  counts.emplace_back("transactions_started", tally.transactions_started.value());
  counts.emplace_back("transactions_abandoned", tally.transactions_abandoned.value());
  counts.emplace_back("data_lines", tally.data_lines.value());
  counts.emplace_back("data_stuffed_dots", tally.data_stuffed_dots.value());
  counts.emplace_back("data_bare_cr", tally.data_bare_cr.value());
  counts.emplace_back("data_bare_lf", tally.data_bare_lf.value());
  counts.emplace_back("commands_with_bare_lf", tally.commands_with_bare_lf.value());
  counts.emplace_back("commands_too_long", tally.commands_too_long.value());
  counts.emplace_back("blocks_exhausted", tally.blocks_exhausted.value());
  return counts;
}

Conversation::Conversation(const TranscriptSettings& settings, const Manner& manner)
    : settings_(settings),
      manner_(manner),
      config_(config_of(settings)),
      blocks_(settings.blocks),
      environment_{config_, blocks_, tally_},
      session_(std::make_unique<ServerSession>(environment_)) {}

Conversation::~Conversation() = default;

void Conversation::start() { pump({}); }

void Conversation::feed(std::string_view octets) {
  const auto buffer = std::make_unique<char[]>(octets.size());
  std::memcpy(buffer.get(), octets.data(), octets.size());
  pump({buffer.get(), octets.size()});
}

void Conversation::end_of_input() {
  session_->on_end_of_input();
  pump({});
}

void Conversation::idle_timeout() {
  session_->on_idle_timeout();
  pump({});
}

void Conversation::drain() {
  session_->on_drain();
  pump({});
}

void Conversation::lose() {
  flush();
  session_.reset();
}

void Conversation::flush() {
  while (session_ && session_->output_pending()) {
    const std::string_view span = session_->begin_send();
    const std::size_t sent = std::min(span.size(), manner_.send_octets_max);
    outcome_.output += span.substr(0, sent);
    session_->end_send(sent);
  }
}

Outcome Conversation::finish() {
  flush();
  session_.reset();
  if (blocks_.in_use() != 0) fault_ = "a block was not given back";
  outcome_.counts = counts_of(tally_);
  return outcome_;
}

void Conversation::pump(std::string_view input) {
  if (!session_) return;
  for (;;) {
    const ServerEvent event = session_->pump(input);
    if (awaits_verdict(event.kind)) {
      if (manner_.verdict_late) flush();
      session_->answer(decide(event));
      continue;
    }
    switch (event.kind) {
      case Kind::body:
        if (event.body.empty() || event.body.size() > kBodySpansMax)
          fault_ = "a body event of no or too many spans";
        for (const std::string_view span : event.body) body_ += span;
        continue;
      case Kind::output_full:
        if (!session_->output_pending()) fault_ = "the output is full, but nothing is pending";
        if (!fault_.empty()) return;
        flush();
        continue;
      case Kind::close: outcome_.closed = true; [[fallthrough]];
      default: break;
    }
    if (!input.empty()) fault_ = "input was left over";
    if (!manner_.drain_late) flush();
    return;
  }
}

Verdict Conversation::decide(const ServerEvent& event) {
  switch (event.kind) {
    case Kind::connect:
      return settings_.close_at_connect ? Verdict::close_with(*settings_.close_at_connect) : Verdict{};
    case Kind::hello:
      outcome_.envelope.push_back(fmt::format("{} {}", command_info(event.verb).name, event.text));
      return {};
    case Kind::mail:
      sender_ = event.text;
      if (!sender_.empty() && sender_ == settings_.refuse_sender) return Verdict::refuse(ReplyId::try_later);
      outcome_.envelope.push_back(describe_mail(event));
      return {};
    case Kind::recipient:
      if (event.text == settings_.refuse_recipient) return Verdict::refuse(ReplyId::mailbox_unavailable);
      outcome_.envelope.push_back(fmt::format("RCPT <{}>", event.text));
      return {};
    case Kind::data:
      body_.clear();
      if (!sender_.empty() && sender_ == settings_.refuse_data_of)
        return Verdict::refuse(ReplyId::local_error);
      return manner_.keep_body ? Verdict::keep_body() : Verdict{};
    case Kind::end_of_data: return decide_message(event);
    default: fault_ = "a verdict was asked for no reason"; return {};
  }
}

Verdict Conversation::decide_message(const ServerEvent& event) {
  if (event.over_size) return {};
  if (!sender_.empty() && sender_ == settings_.refuse_message_of) {
    return Verdict::refuse(ReplyId::refused_by_policy);
  }
  const Verdict accepted = settings_.accept_as.empty() ? Verdict{} : Verdict::accept_as(settings_.accept_as);
  if (!manner_.keep_body) return accepted;
  if (event.message.octets != body_.size()) fault_ = "the octets counted are not the octets delivered";
  outcome_.messages.push_back(body_);
  return accepted;
}

}  // namespace mailvoid::smtp::testing
