// SPDX-License-Identifier: Apache-2.0
// What a bad client does on one connection, drawn by chance within its kind. No script completes a message:
// what the target accepts is that of the good clients.
//
// MAIL FROM:<> and RCPT TO:<Postmaster> are what every server takes (RFC 5321 sections 4.5.1 and 4.5.5).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/bad_kind.h"
#include "loadgen/random.h"

namespace mailvoid::loadgen {

struct BadStep {
  enum class Wait : std::uint8_t { reply, pause, nothing };

  Wait wait = Wait::reply;    // before it
  std::string_view octets{};  // then these are sent
  std::uint64_t times = 1;    // so often; at least 1
  bool handshake = false;     // instead: of TLS, which all behind it is in
};

// How the good clients of that connection's profile speak TLS.
enum class BadTls : std::uint8_t { none, implicit, starttls };

struct BadScript {
  enum class Leave : std::uint8_t {
    close,   // at once
    reset,   // at once
    linger,  // when the server had some time to answer
    stay,    // when --bad-time is over
  };

  std::vector<BadStep> steps;
  std::size_t slow_from = ~std::size_t{0};  // from this step on an octet at a time
  Leave leave = Leave::close;
  bool stubborn = false;                            // goes on when it is refused
  std::size_t reads_slowly_from = ~std::size_t{0};  // from this step on some octets a pause, unseen
};

class BadScripts {
 public:
  // `helo` is what a good client says in EHLO.
  explicit BadScripts(std::string_view helo);
  BadScripts(const BadScripts&) = delete;
  BadScripts& operator=(const BadScripts&) = delete;

  // Points into this object. With TLS all of it is in TLS but for what breaks that, or comes before it.
  [[nodiscard]] BadScript draw(BadKind kind, Random& random, BadTls tls = BadTls::none) const;

 private:
  // As far as the last EHLO.
  [[nodiscard]] BadScript opening(BadTls tls) const;
  [[nodiscard]] BadScript conversation(BadTls tls) const;
  [[nodiscard]] BadScript slow_reader(Random& random, BadTls tls) const;
  [[nodiscard]] BadScript slow_writer(Random& random, BadTls tls) const;
  [[nodiscard]] BadScript abandon_data(Random& random, BadTls tls) const;
  [[nodiscard]] BadScript oversize_line(Random& random, BadTls tls) const;
  [[nodiscard]] BadScript protocol_error(Random& random, BadTls tls) const;
  [[nodiscard]] BadScript reset(Random& random, BadTls tls) const;
  [[nodiscard]] BadScript starttls_garbage(Random& random, BadTls tls) const;
  [[nodiscard]] BadScript silent(Random& random, BadTls tls) const;

  std::string ehlo_;
  std::string body_;     // lines of a message
  std::string flood_;    // commands, each with an answer
  std::string filler_;   // no line end
  std::string garbage_;  // no TLS record begins with its first octet
};

}  // namespace mailvoid::loadgen
