// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mailer.h"

#include <ctime>

namespace mailvoid::loadgen {

Mailer::Mailer(const Options& options, const AddressTemplate& from, const AddressTemplate& to,
               const MessageSource& source)
    : options_(options), from_(from), to_(to), source_(source) {}

std::span<Outgoing> Mailer::allocate(std::size_t count) {
  const std::size_t text_octets = from_.octets_max() + to_.octets_max() * options_.recipients +
                                  options_.envelope_id_octets_max + source_.buffer_octets();
  text_.push_back(std::make_unique_for_overwrite<char[]>(text_octets * count));
  recipients_.push_back(std::make_unique<std::string_view[]>(std::size_t{options_.recipients} * count));
  outgoing_.push_back(std::make_unique<Outgoing[]>(count));
  for (std::size_t i = 0; i < count; ++i) {
    Outgoing& outgoing = outgoing_.back()[i];
    outgoing.text = {text_.back().get() + i * text_octets, text_octets};
    outgoing.recipients = {recipients_.back().get() + i * options_.recipients, options_.recipients};
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
  const std::uint64_t session_of_run =
      options_.session_first + std::uint64_t{session} * options_.session_stride;
  AddressTemplate::Numbers numbers{session_of_run + 1, index + 1, 0, options_.seed};
  std::span<char> room = outgoing.text;
  const std::string_view from = from_.render(room, numbers);
  room = room.subspan(from.size());
  for (std::string_view& recipient : outgoing.recipients) {
    ++numbers.recipient;
    recipient = to_.render(room, numbers);
    room = room.subspan(recipient.size());
  }
  std::string_view envelope_id;
  if (profile.envelope_id) {
    envelope_id = profile.envelope_id->render(room, {session_of_run + 1, index + 1, 0, options_.seed});
    room = room.subspan(envelope_id.size());
  }
  const Message message = source_.render({from, outgoing.recipients.front(), index, date()}, room);
  outgoing.parts = message.parts;
  outgoing.unstuffed = message.unstuffed;
  outgoing.transaction = {
      .reverse_path = from,
      .recipients = outgoing.recipients,
      .message = std::span<const std::string_view>(outgoing.parts).first(message.parts_used),
      .unstuffed = std::span<const std::string_view>(outgoing.unstuffed).first(message.parts_used),
      .size_octets = message.size_octets,
      .eight_bit = message.eight_bit,
      .envelope_id = envelope_id,
  };
}

}  // namespace mailvoid::loadgen
