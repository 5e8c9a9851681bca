// SPDX-License-Identifier: Apache-2.0
// The phases whose latencies are measured, and their names in reports, result files and metrics.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "loadgen/load_totals.h"
#include "smtp/client_event.h"

namespace mailvoid::loadgen {

struct Phase {
  std::string_view name;   // in JSON and as a label
  std::string_view title;  // for people
  // Where it is measured: the member of LoadLatencies, or of its steps.
  stats::HistogramSnapshot LoadLatencies::* whole;
  smtp::ClientStep step;

  [[nodiscard]] const stats::HistogramSnapshot& of(const LoadLatencies& latencies) const {
    return whole != nullptr ? latencies.*whole : latencies.steps[static_cast<std::size_t>(step)];
  }
  [[nodiscard]] stats::HistogramSnapshot& of(LoadLatencies& latencies) const {
    return whole != nullptr ? latencies.*whole : latencies.steps[static_cast<std::size_t>(step)];
  }
};

// In the order of a session; the whole message, from MAIL to the final reply, stands behind its parts.
inline constexpr std::array<Phase, 16> kPhases{{
    {"connect", "connect", &LoadLatencies::connect, {}},
    {"greeting", "greeting", nullptr, smtp::ClientStep::greeting},
    {"ehlo", "EHLO", nullptr, smtp::ClientStep::ehlo},
    {"helo", "HELO", nullptr, smtp::ClientStep::helo},
    {"starttls", "STARTTLS", nullptr, smtp::ClientStep::starttls},
    {"tls", "TLS handshake", nullptr, smtp::ClientStep::tls},
    {"xclient", "XCLIENT", nullptr, smtp::ClientStep::xclient},
    {"auth", "AUTH", nullptr, smtp::ClientStep::auth},
    {"mail", "MAIL", nullptr, smtp::ClientStep::mail},
    {"rcpt", "RCPT", nullptr, smtp::ClientStep::rcpt},
    {"data", "DATA", nullptr, smtp::ClientStep::data},
    {"bdat", "BDAT", nullptr, smtp::ClientStep::bdat},
    {"body", "message data", nullptr, smtp::ClientStep::message},
    {"message", "whole message", &LoadLatencies::transaction, {}},
    {"rset", "RSET", nullptr, smtp::ClientStep::rset},
    {"quit", "QUIT", nullptr, smtp::ClientStep::quit},
}};

}  // namespace mailvoid::loadgen
