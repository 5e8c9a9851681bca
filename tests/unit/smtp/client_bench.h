// SPDX-License-Identifier: Apache-2.0
// A client session with everything it needs, and a record of what it did: the glue of a test.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "smtp/client_session.h"

namespace mailvoid::smtp {

// A transaction that owns what it refers to.
struct TestMail {
  TestMail(std::string from, std::vector<std::string> to, std::vector<std::string> parts,
           std::uint64_t id = 0)
      : reverse_path(std::move(from)), recipients(std::move(to)), message(std::move(parts)) {
    recipient_views.assign(recipients.begin(), recipients.end());
    message_views.assign(message.begin(), message.end());
    for (const std::string& part : message) transaction.size_octets += part.size();
    transaction.reverse_path = reverse_path;
    transaction.recipients = recipient_views;
    transaction.message = message_views;
    transaction.unstuffed = message_views;  // no line of these begins with a dot
    transaction.cookie = id;
  }
  TestMail(const TestMail&) = delete;
  TestMail& operator=(const TestMail&) = delete;

  std::string reverse_path;
  std::vector<std::string> recipients;
  std::vector<std::string> message;
  std::vector<std::string_view> recipient_views;
  std::vector<std::string_view> message_views;
  ClientTransaction transaction;
};

// ClientEvent whose text has been kept.
struct SeenEvent {
  ClientEvent event;
  std::string text;
};

class ClientBench {
 public:
  using Kind = ClientEvent::Kind;

  explicit ClientBench(ClientConfig wanted = {}, std::size_t blocks_max = 2, std::string_view preamble = {})
      : config(std::move(wanted)), blocks(blocks_max) {
    session.emplace(environment, at(0), preamble);
  }

  static Instant at(int microseconds) { return Instant(std::chrono::microseconds(microseconds)); }

  // Feeds octets and returns the kinds of the events they caused, need_input left out.
  std::vector<Kind> feed(std::string_view octets) {
    // A copy without anything behind it, so that reading beyond the input is seen by the sanitizer.
    const std::unique_ptr<char[]> copy(new char[octets.size()]);
    octets.copy(copy.get(), octets.size());
    std::string_view input(copy.get(), octets.size());
    std::vector<Kind> kinds;
    while (true) {
      const ClientEvent event = session->pump(input);
      if (event.kind == Kind::need_input) break;
      kinds.push_back(event.kind);
      seen.push_back({event, std::string(event.text)});
    }
    return kinds;
  }

  // What is due, as one string, now in flight; "" if nothing is.
  std::string gather(std::size_t parts_max = 8, Instant now = {}) {
    std::array<std::string_view, 16> parts;
    const bool due = session->output_due();
    const std::size_t count = session->gather(std::span(parts).first(parts_max), now);
    std::string joined;
    for (std::size_t i = 0; i < count; ++i) joined += parts[i];
    EXPECT_TRUE(due || joined.empty()) << "output_due() did not tell of " << joined;
    return joined;
  }
  // Gathers and reports all of it as sent.
  std::string send(Instant now = {}) {
    const std::string octets = gather(8, now);
    if (!octets.empty()) session->sent(octets.size());
    return octets;
  }

  // Greeting and EHLO, with what an ordinary server offers.
  void open(std::string_view offers = "250-mx\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n") {
    feed("220 mx ESMTP\r\n");
    send();
    feed(offers);
  }

  const TestMail& begin(std::string from, std::vector<std::string> to, std::vector<std::string> parts,
                        std::uint64_t id = 0) {
    mails.emplace_back(std::move(from), std::move(to), std::move(parts), id);
    session->begin_transaction(mails.back().transaction);
    return mails.back();
  }
  const TestMail& begin(std::uint64_t id = 0) {
    return begin("a@x", {"b@y"}, {"Subject: hi\r\n\r\nhello\r\n"}, id);
  }

  [[nodiscard]] const SeenEvent& last() const { return seen.back(); }
  [[nodiscard]] std::uint64_t replies(ClientStep step, std::uint16_t code) const {
    return tally.replies[static_cast<std::size_t>(step)][code - kReplyCodeMin].value();
  }
  [[nodiscard]] std::uint64_t errors(ClientError error) const {
    return tally.protocol_errors[static_cast<std::size_t>(error)].value();
  }

  ClientConfig config;
  BlockPool blocks;
  ClientTally tally;
  ClientEnvironment environment{config, blocks, tally};
  std::deque<TestMail> mails;
  std::vector<SeenEvent> seen;
  std::optional<ClientSession> session;
};

}  // namespace mailvoid::smtp
