// SPDX-License-Identifier: Apache-2.0
#include "loadgen/envelope.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.h"
#include "loadgen/open_distribution.h"
#include "loadgen/text_file.h"

namespace mailvoid::loadgen {

DistinctNumbers::DistinctNumbers(std::size_t most) : slots_(std::bit_ceil(2 * most)) {}

void DistinctNumbers::clear() { ++round_; }

bool DistinctNumbers::add(std::uint64_t number) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = mixed(number) & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.round != round_) {
      slot = {number, round_};
      return true;
    }
    if (slot.number == number) return false;
  }
}

std::expected<Envelope, std::string> Envelope::open(const MailOptions& options) {
  Envelope envelope;
  envelope.seed_ = options.seed;
  for (const auto step :
       {&Envelope::open_senders, &Envelope::open_recipients, &Envelope::open_recipient_count}) {
    if (auto opened = (envelope.*step)(options); !opened) return std::unexpected(std::move(opened.error()));
  }
  return envelope;
}

std::expected<void, std::string> Envelope::open_senders(const MailOptions& options) {
  if (options.from_file.empty()) {
    auto from = AddressTemplate::parse(options.from);
    if (!from) return std::unexpected("--from: " + from.error());
    from_ = std::move(*from);
    return {};
  }
  auto list = AddressList::load(options.from_file, true);
  if (!list) return std::unexpected("--from-file: " + list.error());
  senders_ = std::move(*list);
  return {};
}

std::expected<void, std::string> Envelope::open_recipients(const MailOptions& options) {
  if (!options.to_file.empty()) {
    auto list = AddressList::load(options.to_file, false);
    if (!list) return std::unexpected("--to-file: " + list.error());
    listed_ = std::move(*list);
  } else {
    if (!options.to_domain.empty()) {
      auto domains = AddressList::parse_domains(options.to_domain);
      if (!domains) return std::unexpected("--to-domain: " + domains.error());
      domains_ = std::move(*domains);
    }
    auto to =
        AddressTemplate::parse(options.to, {options.to_users > 0, domains_ ? domains_->octets_max() : 0});
    if (!to) return std::unexpected("--to: " + to.error());
    to_ = std::move(*to);
    users_ = options.to_users;
  }
  if (options.to_zipf.empty()) return {};
  const auto exponent = read_decimal(options.to_zipf, "exponent", Zipf::kExponentMax);
  if (!exponent) return std::unexpected("--to-zipf: " + exponent.error());
  const std::uint64_t ranks = listed_ ? listed_->size() : users_;
  if (ranks == 0) return std::unexpected("--to-zipf: needs --to-users or --to-file");
  zipf_.emplace(ranks, *exponent);
  return {};
}

std::expected<void, std::string> Envelope::open_recipient_count(const MailOptions& options) {
  auto count = open_distribution(options.recipients, kRecipientUnit);
  if (!count) return std::unexpected("--recipients: " + count.error());
  recipients_ = std::move(*count);
  recipients_max_ = recipients_.max();
  if (const std::uint64_t most = population(); most != 0 && most < recipients_max_) {
    return std::unexpected(fmt::format(
        "--recipients: up to {} of a message, but there are only {} to draw from", recipients_max_, most));
  }
  return {};
}

std::size_t Envelope::recipients_of(std::uint64_t index) const {
  if (recipients_.is_fixed()) return recipients_max_;
  Random random(seed_, Random::Purpose::recipient_count, index);
  return recipients_.draw(random);
}

std::size_t Envelope::sender_octets_max() const {
  return senders_ ? senders_->octets_max() : from_.octets_max();
}

std::size_t Envelope::recipient_octets_max() const {
  return listed_ ? listed_->octets_max() : to_.octets_max();
}

bool Envelope::is_ascii() const {
  return (senders_ ? senders_->is_ascii() : from_.is_ascii()) &&
         (listed_ ? listed_->is_ascii() : to_.is_ascii()) && (!domains_ || domains_->is_ascii());
}

std::string_view Envelope::render_sender(std::span<char>& room, const TextTemplate::Values& numbers) const {
  if (senders_) {
    Random random(seed_, Random::Purpose::sender, numbers.message);
    return (*senders_)[senders_->draw(random)];
  }
  const std::string_view sender = from_.render(room, numbers);
  room = room.subspan(sender.size());
  return sender;
}

std::uint64_t Envelope::population() const {
  if (listed_) return listed_->size();
  return users_ * (domains_ ? domains_->size() : 1);
}

std::uint64_t Envelope::draw(Random& random) const {
  if (listed_) return zipf_ ? zipf_->draw(random) - 1 : listed_->draw(random);
  const std::uint64_t user = zipf_ ? zipf_->draw(random) - 1 : random.below(users_);
  return domains_ ? user * domains_->size() + domains_->draw(random) : user;
}

std::uint64_t Envelope::draw_distinct(Random& random, DistinctNumbers& distinct) const {
  std::uint64_t drawn = draw(random);
  for (int draws = 1; draws < kDraws; ++draws) {
    if (distinct.add(drawn)) return drawn;
    drawn = draw(random);
  }
  while (!distinct.add(drawn)) drawn = (drawn + 1) % population();
  return drawn;
}

void Envelope::render_recipients(std::span<char>& room, const TextTemplate::Values& numbers,
                                 DistinctNumbers& distinct, std::span<std::string_view> recipients) const {
  if (listed_ || users_ != 0 || domains_) return render_drawn(room, numbers, distinct, recipients);
  TextTemplate::Values values{.session = numbers.session, .message = numbers.message, .seed = numbers.seed};
  for (std::string_view& recipient : recipients) {
    ++values.recipient;
    recipient = to_.render(room, values);
    room = room.subspan(recipient.size());
  }
}

void Envelope::render_drawn(std::span<char>& room, const TextTemplate::Values& numbers,
                            DistinctNumbers& distinct, std::span<std::string_view> recipients) const {
  TextTemplate::Values values = numbers;
  const bool differ = listed_ || users_ != 0;
  const std::size_t domains = domains_ ? domains_->size() : 1;
  Random random(seed_, Random::Purpose::recipients, numbers.message);
  distinct.clear();
  for (std::string_view& recipient : recipients) {
    ++values.recipient;
    const std::uint64_t which = differ ? draw_distinct(random, distinct) : domains_->draw(random);
    if (listed_) {
      recipient = (*listed_)[which];
      continue;
    }
    if (domains_) values.domain = (*domains_)[which % domains];
    values.user = which / domains + 1;
    recipient = to_.render(room, values);
    room = room.subspan(recipient.size());
  }
}

}  // namespace mailvoid::loadgen
