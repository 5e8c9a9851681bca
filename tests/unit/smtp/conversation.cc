// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/smtp/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "smtp/seven_bit.h"

namespace mailvoid::smtp::testing {
namespace {

using Kind = ServerEvent::Kind;

std::string_view name_of(BodyType body) {
  switch (body) {
    case BodyType::seven_bit: return "7BIT";
    case BodyType::eight_bit_mime: return "8BITMIME";
    case BodyType::binary_mime: return "BINARYMIME";
    default: return "";
  }
}

std::string describe_mail(const ServerEvent& event) {
  const MailParameters& mail = *event.mail;
  std::string text = fmt::format("{} <{}>", command_info(event.verb).name, event.text);
  if (mail.size_declared) text += fmt::format(" SIZE={}", mail.size_octets);
  if (mail.body != BodyType::unspecified) text += fmt::format(" BODY={}", name_of(mail.body));
  if (mail.smtputf8) text += " SMTPUTF8";
  if (mail.require_tls) text += " REQUIRETLS";
  if (mail.ret != DsnReturn::unspecified) text += mail.ret == DsnReturn::full ? " RET=FULL" : " RET=HDRS";
  if (!mail.envelope_id.empty()) text += fmt::format(" ENVID={}", mail.envelope_id);
  if (mail.hold_for != 0) text += fmt::format(" HOLDFOR={}", mail.hold_for);
  if (mail.hold_until_given) text += fmt::format(" HOLDUNTIL={}", mail.hold_until);
  if (mail.mt_priority_given) text += fmt::format(" MT-PRIORITY={}", mail.mt_priority);
  if (mail.deliver_by_mode != DeliverByMode::unspecified) {
    text += fmt::format(" BY={};{}{}", mail.deliver_by,
                        mail.deliver_by_mode == DeliverByMode::return_mail ? "R" : "N",
                        mail.deliver_by_trace ? "T" : "");
  }
  if (!mail.auth.empty()) text += fmt::format(" AUTH={}", mail.auth);
  if (event.forwarded) text += " forwarded";
  return text;
}

std::string describe_recipient(const ServerEvent& event) {
  const RecipientParameters& recipient = *event.recipient;
  std::string text = fmt::format("RCPT <{}>", event.text);
  static constexpr std::pair<std::uint8_t, std::string_view> kWhens[] = {{kNotifyNever, "NEVER"},
                                                                         {kNotifySuccess, "SUCCESS"},
                                                                         {kNotifyFailure, "FAILURE"},
                                                                         {kNotifyDelay, "DELAY"}};
  char separator = '=';
  for (const auto& [bit, name] : kWhens) {
    if ((recipient.notify & bit) == 0) continue;
    text += fmt::format("{}{}{}", separator == '=' ? " NOTIFY" : "", separator, name);
    separator = ',';
  }
  if (!recipient.original_type.empty()) {
    text += fmt::format(" ORCPT={};{}", recipient.original_type, recipient.original_recipient);
  }
  return text;
}

std::string describe_peer(const ServerEvent& event) {
  static constexpr std::string_view kNames[] = {"NAME",  "ADDR",     "PORT",     "PROTO", "HELO",
                                                "LOGIN", "DESTADDR", "DESTPORT", "IDENT", "SOURCE"};
  static constexpr std::string_view kWhyNot[] = {"", "[UNAVAILABLE]", "[TEMPUNAVAIL]"};
  std::string text(command_info(event.verb).name);
  for (const PeerAttribute& attribute : *event.peer) {
    text += fmt::format(" {}={}{}", kNames[static_cast<std::size_t>(attribute.name)], attribute.value,
                        kWhyNot[static_cast<std::size_t>(attribute.state)]);
  }
  if (event.forwarded) text += " further";
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
  counts.emplace_back("deliveries_accepted", tally.deliveries_accepted.value());
  counts.emplace_back("deliveries_refused", tally.deliveries_refused.value());
  counts.emplace_back("transactions_started", tally.transactions_started.value());
  counts.emplace_back("transactions_abandoned", tally.transactions_abandoned.value());
  counts.emplace_back("data_lines", tally.data_lines.value());
  counts.emplace_back("data_stuffed_dots", tally.data_stuffed_dots.value());
  counts.emplace_back("data_bare_cr", tally.data_bare_cr.value());
  counts.emplace_back("data_bare_lf", tally.data_bare_lf.value());
  for (std::size_t i = 0; i < kAuthResultLabels.size(); ++i) {
    counts.emplace_back(fmt::format("auth_results:{}", kAuthResultLabels[i]), tally.auth_results[i].value());
  }
  counts.emplace_back("chunks", tally.chunks.value());
  counts.emplace_back("chunk_octets", tally.chunk_octets.value());
  counts.emplace_back("starttls_accepted", tally.starttls_accepted.value());
  counts.emplace_back("plaintext_after_starttls_octets", tally.plaintext_after_starttls_octets.value());
  counts.emplace_back("xclient_accepted", tally.xclient_accepted.value());
  counts.emplace_back("xforward_accepted", tally.xforward_accepted.value());
  counts.emplace_back("early_talkers", tally.early_talkers.value());
  counts.emplace_back("commands_with_bare_lf", tally.commands_with_bare_lf.value());
  counts.emplace_back("commands_too_long", tally.commands_too_long.value());
  counts.emplace_back("blocks_exhausted", tally.blocks_exhausted.value());
  return counts;
}

Conversation::Conversation(const TranscriptSettings& settings, const Manner& manner)
    : settings_(settings),
      manner_(manner),
      config_(make_server_config(settings.server).value()),
      blocks_(settings.blocks),
      environment_{config_, blocks_, tally_},
      session_(std::make_unique<ServerSession>(environment_)) {
  if (settings.trusted) session_->set_trusted();
  if (settings.implicit_tls) session_->on_tls_established();
}

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

void Conversation::tls_established() {
  session_->on_tls_established();
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
    if (manner_.drop_chunks && session_->discardable() != 0) {
      const std::size_t octets = std::min<std::uint64_t>(session_->discardable(), input.size());
      input.remove_prefix(octets);
      session_->discarded(octets);
    }
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
        for (const std::string_view span : event.body) keep(span, event.mask_body);
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

void Conversation::keep(std::string_view span, bool mask) {
  body_ += span;
  if (mask) mask_to_seven_bits(std::span(body_).last(span.size()));
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
      recipients_.clear();
      outcome_.envelope.push_back(describe_mail(event));
      return {};
    case Kind::recipient:
      if (event.text == settings_.refuse_recipient) return Verdict::refuse(ReplyId::mailbox_unavailable);
      recipients_.emplace_back(event.text);
      outcome_.envelope.push_back(describe_recipient(event));
      return {};
    case Kind::data:
      body_.clear();
      if (!sender_.empty() && sender_ == settings_.refuse_data_of)
        return Verdict::refuse(ReplyId::local_error);
      return manner_.keep_body ? Verdict::keep_body() : Verdict{};
    case Kind::end_of_data: return decide_message(event);
    case Kind::delivery:
      if (recipients_.at(event.recipient_index) == settings_.refuse_delivery) {
        return Verdict::refuse(ReplyId::mailbox_unavailable);
      }
      return settings_.accept_as.empty() ? Verdict{} : Verdict::accept_as(settings_.accept_as);
    default: return decide_extension(event);
  }
}

Verdict Conversation::decide_extension(const ServerEvent& event) {
  switch (event.kind) {
    case Kind::starttls: return settings_.refuse_starttls ? Verdict::refuse(ReplyId::tls_broken) : Verdict{};
    case Kind::auth:
      challenges_given_ = 0;
      outcome_.envelope.push_back(fmt::format("AUTH {}{}{}", event.text,
                                              event.auth->has_initial_response ? " " : "",
                                              event.auth->initial_response));
      break;
    case Kind::auth_response: outcome_.envelope.push_back(fmt::format("RESPONSE {}", event.text)); break;
    case Kind::etrn:
      if (settings_.refuse_etrn) return Verdict::refuse(ReplyId::node_queue_failed);
      outcome_.envelope.push_back(fmt::format("ETRN {}", event.text));
      return {};
    case Kind::xclient:
    case Kind::xforward: outcome_.envelope.push_back(describe_peer(event)); return {};
    default: fault_ = "a verdict was asked for no reason"; return {};
  }
  if (challenges_given_ < settings_.challenges.size()) {
    return Verdict::challenge(settings_.challenges[challenges_given_++]);
  }
  return settings_.refuse_auth ? Verdict::refuse(ReplyId::auth_failed) : Verdict{};
}

Verdict Conversation::decide_message(const ServerEvent& event) {
  if (event.refused) return {};
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
