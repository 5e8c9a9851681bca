// SPDX-License-Identifier: Apache-2.0
// What ties an exchange to the TLS connection around it, as the owner of that connection knows it.
#pragma once

#include <string>
#include <string_view>

namespace mailvoid::sasl {

// "" each for what there is not.
struct ChannelBindings {
  std::string exporter{};   // RFC 9266: 32 octets of label "EXPORTER-Channel-Binding" with an empty context
  std::string end_point{};  // RFC 5929 section 4: the hash of the server's certificate
  std::string unique{};     // RFC 5929 section 3: the handshake's first Finished message

  // The one to bind to if the choice is ours.
  [[nodiscard]] std::string_view best() const {
    if (!exporter.empty()) return kExporter;
    return !unique.empty() ? kUnique : !end_point.empty() ? kEndPoint : "";
  }
  // By the name that SCRAM uses; "" for an unknown one.
  [[nodiscard]] std::string_view find(std::string_view name) const {
    if (name == kExporter) return exporter;
    if (name == kEndPoint) return end_point;
    if (name == kUnique) return unique;
    return {};
  }

  static constexpr std::string_view kExporter = "tls-exporter";
  static constexpr std::string_view kEndPoint = "tls-server-end-point";
  static constexpr std::string_view kUnique = "tls-unique";
};

}  // namespace mailvoid::sasl
