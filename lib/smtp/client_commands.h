// SPDX-License-Identifier: Apache-2.0
// Renders the commands of a client into a buffer of fixed size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace mailvoid::smtp {

// RFC 5321 §4.1.1; parameters only as asked for (smtp.md 90).
class CommandWriter {
 public:
  // Appends behind the first `used` octets of `room`.
  CommandWriter(std::span<char> room, std::size_t used) : room_(room), used_(used) {}

  struct MailExtras {
    bool size = false;  // SIZE=size_octets (RFC 1870)
    std::uint64_t size_octets = 0;
    std::string_view body{};         // BODY=: "8BITMIME", "7BIT", "BINARYMIME"
    bool smtp_utf8 = false;          // SMTPUTF8 (RFC 6531)
    bool require_tls = false;        // REQUIRETLS (RFC 8689)
    std::string_view ret{};          // RET= (RFC 3461)
    std::string_view envelope_id{};  // ENVID=
  };
  struct RcptExtras {
    std::string_view notify{};        // NOTIFY= (RFC 3461)
    bool original_recipient = false;  // ORCPT=, of the path: rfc822, or utf-8 if it is not ASCII (RFC 6533)
  };

  // Each returns false, with nothing written, if the command does not fit; an empty block holds any of them.
  // Paths satisfy is_command_path().
  [[nodiscard]] bool ehlo(std::string_view name) { return line({"EHLO ", name}); }
  [[nodiscard]] bool lhlo(std::string_view name) { return line({"LHLO ", name}); }
  [[nodiscard]] bool helo(std::string_view name) { return line({"HELO ", name}); }
  [[nodiscard]] bool mail(std::string_view path, const MailExtras& extras);
  [[nodiscard]] bool rcpt(std::string_view path) { return line({"RCPT TO:<", path, ">"}); }
  [[nodiscard]] bool rcpt(std::string_view path, const RcptExtras& extras);
  [[nodiscard]] bool data() { return line({"DATA"}); }
  [[nodiscard]] bool rset() { return line({"RSET"}); }
  [[nodiscard]] bool quit() { return line({"QUIT"}); }
  [[nodiscard]] bool starttls() { return line({"STARTTLS"}); }
  [[nodiscard]] bool xclient(std::string_view attributes) { return line({"XCLIENT ", attributes}); }
  // RFC 4954 §4; no space behind the mechanism if there is no initial response.
  [[nodiscard]] bool auth(std::string_view mechanism, std::string_view space, std::string_view initial) {
    return line({"AUTH ", mechanism, space, initial});
  }
  [[nodiscard]] bool auth_response(std::string_view base64) { return line({base64}); }

  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  bool line(std::initializer_list<std::string_view> words);

  std::span<char> room_;
  std::size_t used_;
};

}  // namespace mailvoid::smtp
