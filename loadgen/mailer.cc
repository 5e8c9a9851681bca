// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mailer.h"

#include <ctime>

namespace mailvoid::loadgen {

Mailer::Mailer(const Options& options, const MessageSource& source)
    : options_(options), source_(source), distinct_(source.envelope().recipients_max()) {}

std::span<Outgoing> Mailer::allocate(std::size_t count) {
  const Envelope& envelope = source_.envelope();
  const std::size_t recipients = envelope.recipients_max();
  const std::size_t text_octets = envelope.sender_room() + envelope.recipient_room() * recipients +
                                  options_.envelope_id_octets_max + source_.buffer_octets();
  text_.push_back(std::make_unique_for_overwrite<char[]>(text_octets * count));
  recipients_.push_back(std::make_unique<std::string_view[]>(recipients * count));
  outgoing_.push_back(std::make_unique<Outgoing[]>(count));
  for (std::size_t i = 0; i < count; ++i) {
    Outgoing& outgoing = outgoing_.back()[i];
    outgoing.text = {text_.back().get() + i * text_octets, text_octets};
    outgoing.recipients = {recipients_.back().get() + i * recipients, recipients};
  }
  return {outgoing_.back().get(), count};
}

// Rendered once a second, of the clock that costs least to ask: it may be a few milliseconds behind.
const MailDate& Mailer::date() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  const std::chrono::sys_seconds second{std::chrono::seconds(now.tv_sec)};
  if (second != date_of_) {
    date_of_ = second;
    date_ = mail_date(second);
  }
  return date_;
}

void Mailer::compose(std::uint64_t index, std::uint32_t session, const Profile& profile, Outgoing& outgoing) {
  compose_at(index, session, profile, date(), outgoing);
}

void Mailer::compose_again(std::uint64_t index, std::uint32_t session, const Profile& profile,
                           std::chrono::sys_seconds date, Outgoing& outgoing) {
  compose_at(index, session, profile, mail_date(date), outgoing);
}

void Mailer::compose_at(std::uint64_t index, std::uint32_t session, const Profile& profile,
                        const MailDate& date, Outgoing& outgoing) {
  const std::uint64_t session_of_run =
      options_.session_first + std::uint64_t{session} * options_.session_stride;
  TextTemplate::Values values{.session = session_of_run + 1, .message = index + 1, .seed = options_.seed};
  const Envelope& envelope = source_.envelope();
  std::span<char> room = outgoing.text;
  const std::string_view from = envelope.render_sender(room, values);
  const auto recipients = outgoing.recipients.first(envelope.recipients_of(index));
  envelope.render_recipients(room, values, distinct_, recipients);
  std::string_view envelope_id;
  if (profile.envelope_id) {
    envelope_id = profile.envelope_id->render(room, values);
    room = room.subspan(envelope_id.size());
  }
  values.date = {date.data(), date.size()};
  values.from = from;
  values.to = recipients.front();
  source_.render(values, room, outgoing.message);
  const Message& message = outgoing.message;
  outgoing.transaction = {
      .reverse_path = from,
      .recipients = recipients,
      .message = message.stuffed(),
      .unstuffed = message.unstuffed(),
      .size_octets = message.size_octets,
      .eight_bit = message.eight_bit,
      .envelope_id = envelope_id,
  };
}

}  // namespace mailvoid::loadgen
