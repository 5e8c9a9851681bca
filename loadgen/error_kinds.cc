// SPDX-License-Identifier: Apache-2.0
#include "loadgen/error_kinds.h"

#include <array>

#include "smtp/client_event.h"

namespace mailvoid::loadgen {
namespace {

using smtp::ClientError;
using smtp::ClientStep;

struct Wording {
  std::string_view text;
  std::string_view hint;
};

// By ConnectError.
constexpr std::array<Wording, kConnectErrorNames.size()> kConnectWordings{{
    {"connection refused", "does anything listen there?"},
    {"no connection in time",
     "the target is overloaded or packets are dropped; see --connect-timeout and --ramp"},
    {"no route to the target", ""},
    {"no local port left", "give more --source addresses, or keep connections with --messages-per-session 0"},
    {"no file descriptor or memory left", "raise the limit (ulimit -n), or take fewer --sessions"},
    {"connecting not allowed", "may this user write to the UNIX socket, or does a firewall forbid it?"},
    {"connecting failed in another way", ""},
}};

// By ClientStep: what was awaited.
constexpr std::array<std::string_view, smtp::kClientSteps> kLostWordings{
    "connection lost while idle",
    "connection lost before the greeting",
    "connection lost before the reply to EHLO",
    "connection lost before the reply to HELO",
    "connection lost before the reply to STARTTLS",
    "connection lost in the TLS handshake",
    "connection lost before the reply to XCLIENT",
    "connection lost before the reply to AUTH",
    "connection lost before the reply to MAIL",
    "connection lost before the reply to RCPT",
    "connection lost before the reply to DATA",
    "connection lost before the reply to BDAT",
    "connection lost before the reply to the message",
    "connection lost before the reply to RSET",
    "connection lost before the reply to QUIT",
};

constexpr std::array<std::string_view, smtp::kClientSteps> kTimeoutWordings{
    "nothing in time",
    "no greeting in time",
    "no reply to EHLO in time",
    "no reply to HELO in time",
    "no reply to STARTTLS in time",
    "no end of the TLS handshake in time",
    "no reply to XCLIENT in time",
    "no reply to AUTH in time",
    "no reply to MAIL in time",
    "no reply to RCPT in time",
    "no reply to DATA in time",
    "no reply to BDAT in time",
    "no reply to the message in time",
    "no reply to RSET in time",
    "no reply to QUIT in time",
};

// By ClientExtension. Those that are only used where announced are never missing.
constexpr std::array<std::string_view, smtp::kClientExtensions> kUnsupportedWordings{
    "PIPELINING was not announced",
    "SIZE was not announced",
    "8BITMIME was not announced",
    "CHUNKING was not announced",
    "BINARYMIME was not announced",
    "DSN was not announced",
    "SMTPUTF8 was not announced",
    "STARTTLS was not announced",
    "no wanted AUTH mechanism was announced",
    "LIMITS was not announced",
    "REQUIRETLS was not announced",
    "XCLIENT was not announced with these attributes",
};

// By ClientError.
constexpr std::array<Wording, smtp::kClientErrors> kProtocolWordings{{
    {"no protocol error", ""},
    {"malformed reply", "is it an SMTP server?"},
    {"reply code outside 200-599", "is it an SMTP server?"},
    {"lines of one reply with different codes", ""},
    {"reply line too long", "is it an SMTP server?"},
    {"reply of too many lines", ""},
    {"reply that nothing asked for", "does it really do PIPELINING? see --no-pipelining"},
    {"reply of an impossible class", "2xx to DATA, or 3xx to something else"},
    {"octets in the clear behind the reply to STARTTLS", "the server may be open to CVE-2011-0411"},
    {"no pooled block left", "a defect of the generator: please report it"},
}};

// By tls::Failure.
constexpr std::array<Wording, tls::kFailureNames.size()> kTlsWordings{{
    {"TLS: what came is no TLS", "does it speak TLS there? see --tls"},
    {"TLS: no version in common", "see --tls-min and --tls-max"},
    {"TLS: no cipher in common", ""},
    {"TLS: the certificate is not to be trusted",
     "see --tls-ca and --tls-server-name; --tls-insecure takes any"},
    {"TLS: the server gave up", "its log tells why; it may want --tls-cert"},
    {"TLS: the protocol was broken", ""},
    {"TLS: the connection ended in the handshake", ""},
    {"TLS: no memory left", ""},
}};

}  // namespace

std::vector<ErrorCount> error_counts(const LoadTotals& totals) {
  std::vector<ErrorCount> all;
  for (std::size_t i = 0; i < kConnectErrorNames.size(); ++i) {
    const Wording& wording = kConnectWordings[i];
    all.push_back({"connect", kConnectErrorNames[i], totals.connect_errors[i], wording.text, wording.hint});
  }
  for (std::size_t i = 0; i < smtp::kClientSteps; ++i) {
    all.push_back({"connection_lost", name_of(static_cast<ClientStep>(i)), totals.connections_lost[i],
                   kLostWordings[i], ""});
  }
  // No time-out runs while nothing is awaited, and there is no error `none`: both begin at 1.
  for (std::size_t i = 1; i < smtp::kClientSteps; ++i) {
    all.push_back({"timeout", name_of(static_cast<ClientStep>(i)), totals.timeouts[i], kTimeoutWordings[i],
                   "see --reply-timeout"});
  }
  for (std::size_t i = 1; i < smtp::kClientErrors; ++i) {
    const Wording& wording = kProtocolWordings[i];
    all.push_back({"protocol", name_of(static_cast<ClientError>(i)), totals.protocol_errors[i], wording.text,
                   wording.hint});
  }
  for (std::size_t i = 0; i < smtp::kClientExtensions; ++i) {
    all.push_back({"unsupported", name_of(static_cast<smtp::ClientExtension>(i)), totals.unsupported[i],
                   kUnsupportedWordings[i], "see --if-unsupported"});
  }
  for (std::size_t i = 0; i < tls::kFailureNames.size(); ++i) {
    const Wording& wording = kTlsWordings[i];
    all.push_back({"tls", tls::kFailureNames[i], totals.tls_failures[i], wording.text, wording.hint});
  }
  all.push_back({"send", "failed", totals.send_errors, "sending failed: the connection was reset", ""});
  all.push_back({"session", "refused", totals.sessions_refused,
                 "session refused by the reply to a greeting, hello, STARTTLS, XCLIENT, AUTH or RSET",
                 "the server's log tells why"});
  all.push_back({"session", "unproven", totals.auth_unproven,
                 "AUTH: the server did not prove that it knows the password", "it may be an impostor"});
  return all;
}

}  // namespace mailvoid::loadgen
