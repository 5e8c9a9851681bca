// SPDX-License-Identifier: Apache-2.0
#include "capture/trace_header.h"

#include "base/mail_date.h"

namespace mailvoid::capture {
namespace {

bool is_printable(char c) { return ' ' <= c && c <= '~'; }

bool is_of_a_name(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') ||
         std::string_view("._-:[]").contains(c);
}

void append_cleaned(std::string& to, std::string_view text, bool (*allowed)(char)) {
  for (const char c : text) to += allowed(c) ? c : '?';
}

}  // namespace

std::string trace_header(const Envelope& envelope, std::string_view hostname, std::string_view id) {
  std::string header = "Return-Path: <";
  append_cleaned(header, envelope.reverse_path.view(), is_printable);
  header += ">\r\nReceived: from ";
  append_cleaned(header, envelope.hello.view(), is_of_a_name);
  if (!envelope.peer.empty()) ((header += " ([") += envelope.peer.view()) += "])";
  ((header += "\r\n\tby ") += hostname) += envelope.extended ? " with ESMTP id " : " with SMTP id ";
  header += id;
  if (envelope.recipients == 1) {  // more would tell each recipient of the others
    header += "\r\n\tfor <";
    append_cleaned(header, envelope.recipient.view(), is_printable);
    header += '>';
  }
  const MailDate date = mail_date(envelope.begun);
  ((header += ";\r\n\t") += std::string_view(date.data(), date.size())) += "\r\n";
  return header;
}

}  // namespace mailvoid::capture
