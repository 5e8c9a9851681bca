// SPDX-License-Identifier: Apache-2.0
#include "capture/trace_header.h"

#include <algorithm>

#include "base/mail_date.h"
#include "capture/header_field.h"

namespace mailvoid::capture {
namespace {

bool is_of_a_name(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') ||
         std::string_view("._-:[]").contains(c);
}

void append_name(std::string& to, std::string_view name) {
  for (const char c : name) to += is_of_a_name(c) ? c : '?';
}

// IANA's mail transmission types (RFC 3848, RFC 6531 section 4.3). HELO has one only.
std::string transmission_type(const Envelope& envelope) {
  if (envelope.protocol == Protocol::smtp) return "SMTP";
  const bool lmtp = envelope.protocol == Protocol::lmtp;
  std::string type = envelope.utf8 ? (lmtp ? "UTF8LMTP" : "UTF8SMTP") : (lmtp ? "LMTP" : "ESMTP");
  if (envelope.in_tls) type += 'S';
  if (envelope.authenticated) type += 'A';
  return type;
}

void append_mail_line(std::string& to, const Envelope& envelope, FieldText paths) {
  HeaderField field(to, "X-Mailvoid-Mail");
  field.word(envelope.verb).word("FROM:<").with(envelope.reverse_path.view(), paths).with(">");
  std::string_view rest = envelope.parameters.view();
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
    field.word("").with(parameter, FieldText::ascii);
  }
  if (envelope.auth_cut) field.word("(AUTH left out: too long)");
}

}  // namespace

std::string trace_header(const Envelope& envelope, std::string_view hostname, std::string_view id) {
  const FieldText paths = envelope.utf8 ? FieldText::utf8 : FieldText::ascii;
  std::string header = "Return-Path: <";
  append_field_text(header, envelope.reverse_path.view(), paths);
  header += ">\r\nReceived: from ";
  append_name(header, envelope.hello.view());
  if (!envelope.peer.empty()) ((header += " ([") += envelope.peer.view()) += "])";
  ((((header += "\r\n\tby ") += hostname) += " with ") += transmission_type(envelope)) += " id ";
  header += id;
  if (!envelope.recipient.empty()) {  // more would tell each recipient of the others
    header += "\r\n\tfor <";
    append_field_text(header, envelope.recipient.view(), paths);
    header += '>';
  }
  const MailDate date = mail_date(envelope.begun);
  ((header += ";\r\n\t") += std::string_view(date.data(), date.size())) += "\r\n";
  append_mail_line(header, envelope, paths);
  return header;
}

}  // namespace mailvoid::capture
