// SPDX-License-Identifier: Apache-2.0
// The header that a proxy puts in front of a connection to say whose it is (HAProxy's PROXY protocol,
// versions 1 and 2), and how to write one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip_address.h"

namespace mailvoid::proxy {

inline constexpr std::size_t kV1OctetsMax = 107;  // CRLF included
inline constexpr std::size_t kUnixPathOctetsMax = 108;

struct Endpoint {
  IpAddress ip;
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct Header {
  enum class Peer : std::uint8_t {
    real,          // UNKNOWN, LOCAL or of no known family: the peer is whoever connected
    internet,      // source and destination tell
    unix_sockets,  // source_path tells
  };

  std::uint8_t version = 1;
  Peer peer = Peer::real;
  Endpoint source;
  Endpoint destination;
  std::string_view source_path;  // may be empty: most clients of UNIX sockets have no name
};

// Appends the header of a connection from `source` to `destination`, which are of one family.
void append_v1(const Endpoint& source, const Endpoint& destination, std::string& to);
void append_v2(const Endpoint& source, const Endpoint& destination, std::string& to);
// The header of a connection that the proxy makes on its own account, as health checks do: v1 UNKNOWN, v2
// LOCAL.
void append_v1_unknown(std::string& to);
void append_v2_local(std::string& to);

}  // namespace mailvoid::proxy
