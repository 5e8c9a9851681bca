// SPDX-License-Identifier: Apache-2.0
#include "sink/envelope_lines.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <iterator>

#include "base/assert.h"
#include "base/ip_address.h"
#include "capture/header_field.h"

namespace mailvoid::sink {
namespace {

using capture::FieldText;
using capture::HeaderField;

// What a certificate calls its owner may be of any length; a line may not.
constexpr std::size_t kNameOctetsMax = 300;

constexpr std::array<std::string_view, 4> kBodyTypes{"", "7BIT", "8BITMIME", "BINARYMIME"};
constexpr std::array<std::string_view, 3> kReturns{"", "FULL", "HDRS"};
constexpr std::array<std::string_view, 3> kDeliverByModes{"", "R", "N"};

template <std::size_t N, class E>
std::string_view name_of(const std::array<std::string_view, N>& names, E value) {
  return names[static_cast<std::size_t>(value)];
}

struct NotifyName {
  std::uint8_t bit;
  std::string_view name;
};
constexpr NotifyName kNotifyNames[] = {{smtp::kNotifyNever, "NEVER"},
                                       {smtp::kNotifySuccess, "SUCCESS"},
                                       {smtp::kNotifyFailure, "FAILURE"},
                                       {smtp::kNotifyDelay, "DELAY"}};

void append_address_line(std::string& to, std::string_view name, const SocketAddress& address) {
  const auto ip = ip_of(address);
  HeaderField field(to, name);
  if (!ip) {
    field.word("ADDR=[UNAVAILABLE]");
    return;
  }
  const IpAddress shown = unmapped(*ip);
  field.word(shown.v6 ? "ADDR=IPV6:" : "ADDR=").with(to_string(shown));
  field.word("PORT=").with(std::to_string(address.port()));
}

void append_tls_line(std::string& to, const tls::Codec& codec) {
  const tls::Handshake done = codec.handshake();
  HeaderField field(to, "X-Mailvoid-TLS");
  field.word("VERSION=").with(name_of(tls::kVersionNames, done.version));
  field.word("CIPHER=").with(done.cipher, FieldText::xtext);
  field.word("RESUMED=").with(done.resumed ? "yes" : "no");
  if (!done.server_name.empty()) {
    field.word("SERVERNAME=").with(done.server_name.substr(0, kNameOctetsMax), FieldText::xtext);
  }
  if (done.peer == tls::PeerIdentity::none) return;
  field.word("CERTIFICATE=").with(name_of(tls::kPeerIdentityNames, done.peer));
  field.word("SUBJECT=").with(codec.peer_subject().substr(0, kNameOctetsMax), FieldText::xtext);
}

void append_attributes_line(std::string& to, std::string_view name, const ToldAttributes& told) {
  if (told.empty()) return;
  HeaderField field(to, name);
  told.for_each([&field](const smtp::PeerAttribute& attribute) {
    field.word(smtp::peer_attribute_keyword(attribute.name)).with("=");
    switch (attribute.state) {
      case smtp::PeerAttributeState::unavailable: field.with("[UNAVAILABLE]"); return;
      case smtp::PeerAttributeState::temporarily_unavailable: field.with("[TEMPUNAVAIL]"); return;
      case smtp::PeerAttributeState::given: break;
    }
    using Name = smtp::PeerAttributeName;
    const bool address = attribute.name == Name::addr || attribute.name == Name::dest_addr;
    if (address && attribute.value.contains(':')) field.with("IPV6:");
    field.with(attribute.value, FieldText::xtext);
  });
}

}  // namespace

void append_mail_parameters(std::string& to, const smtp::MailParameters& mail) {
  const auto parameter = [&to, before = to.size()](std::string_view text) -> std::string& {
    if (to.size() != before) to += ' ';
    return to += text;
  };
  if (mail.size_declared) parameter("SIZE=") += std::to_string(mail.size_octets);
  if (mail.body != smtp::BodyType::unspecified) parameter("BODY=") += name_of(kBodyTypes, mail.body);
  if (mail.smtputf8) parameter("SMTPUTF8");
  if (mail.require_tls) parameter("REQUIRETLS");
  if (mail.ret != smtp::DsnReturn::unspecified) parameter("RET=") += name_of(kReturns, mail.ret);
  if (!mail.envelope_id.empty()) parameter("ENVID=") += mail.envelope_id;
  if (mail.hold_for != 0) parameter("HOLDFOR=") += std::to_string(mail.hold_for);
  if (mail.hold_until_given) {
    fmt::format_to(std::back_inserter(parameter("HOLDUNTIL=")), "{:%Y-%m-%dT%H:%M:%S}Z",
                   fmt::gmtime(static_cast<std::time_t>(mail.hold_until)));
  }
  if (mail.mt_priority_given) parameter("MT-PRIORITY=") += std::to_string(mail.mt_priority);
  if (mail.deliver_by_mode != smtp::DeliverByMode::unspecified) {
    const std::string seconds = std::to_string(mail.deliver_by);
    ((parameter("BY=") += seconds) += ';') += name_of(kDeliverByModes, mail.deliver_by_mode);
    if (mail.deliver_by_trace) to += 'T';
  }
  if (!mail.auth.empty()) parameter("AUTH=") += mail.auth;
}

void append_client_lines(std::string& to, const ClientView& view) {
  const std::size_t before = to.size();
  append_address_line(to, "X-Mailvoid-Client", view.client);
  if (view.client.text() != view.peer.text()) append_address_line(to, "X-Mailvoid-Peer", view.peer);
  if (view.tls != nullptr) append_tls_line(to, *view.tls);
  if (view.facts != nullptr) {
    const ClientFacts& facts = *view.facts;
    if (view.authenticated && !facts.login_by.empty()) {
      HeaderField field(to, "X-Mailvoid-Auth");
      field.word("MECHANISM=").with(facts.login_by);
      field.word("LOGIN=").with(facts.login.view(), FieldText::xtext);
    }
    append_attributes_line(to, "X-Mailvoid-Xclient", facts.client);
    append_attributes_line(to, "X-Mailvoid-Xforward", facts.forwarded);
  }
  MAILVOID_ASSERT(to.size() - before <= kClientLinesMax);
}

void append_recipient_line(std::string& to, std::string_view mailbox,
                           const smtp::RecipientParameters& recipient, bool utf8) {
  const std::size_t before = to.size();
  const FieldText text = utf8 ? FieldText::utf8 : FieldText::ascii;
  {
    HeaderField field(to, "X-Mailvoid-Rcpt");
    field.word("<").with(mailbox, text).with(">");
    std::string_view separator = "NOTIFY=";
    for (const NotifyName& notify : kNotifyNames) {
      if ((recipient.notify & notify.bit) == 0) continue;
      separator == "," ? field.with(",") : field.word(separator);
      field.with(notify.name);
      separator = ",";
    }
    if (!recipient.original_type.empty()) {
      field.word("ORCPT=").with(recipient.original_type, text).with(";");
      field.with(recipient.original_recipient, text);
    }
  }
  MAILVOID_ASSERT(to.size() - before <= kRecipientLinesMax);
}

void append_data_line(std::string& to, bool in_chunks) {
  HeaderField(to, "X-Mailvoid-Data").word(in_chunks ? "BDAT" : "DATA");
}

}  // namespace mailvoid::sink
