// SPDX-License-Identifier: Apache-2.0
#include "proxy/proxy_header.h"

#include <fmt/format.h>

#include <iterator>

#include "base/assert.h"
#include "proxy/v2_format.h"

namespace mailvoid::proxy {
namespace {

void append_number(std::size_t number, std::string& to) {
  to += static_cast<char>(number >> 8 & 0xff);
  to += static_cast<char>(number & 0xff);
}

void append_ip(const IpAddress& ip, std::string& to) {
  to.append(reinterpret_cast<const char*>(ip.bytes.data()), ip.v6 ? 16 : 4);
}

void append_v2_fixed(std::uint8_t command, std::uint8_t family, std::size_t length, std::string& to) {
  to += kV2Signature;
  to += static_cast<char>(command);
  to += static_cast<char>(family);
  append_number(length, to);
}

}  // namespace

void append_v1(const Endpoint& source, const Endpoint& destination, std::string& to) {
  MAILVOID_ASSERT(source.ip.v6 == destination.ip.v6);
  fmt::format_to(std::back_inserter(to), "PROXY TCP{} {} {} {} {}\r\n", source.ip.v6 ? 6 : 4,
                 to_string(source.ip), to_string(destination.ip), source.port, destination.port);
}

void append_v2(const Endpoint& source, const Endpoint& destination, std::string& to) {
  MAILVOID_ASSERT(source.ip.v6 == destination.ip.v6);
  const bool v6 = source.ip.v6;
  append_v2_fixed(kV2Proxy, v6 ? kV2Tcp6 : kV2Tcp4, v6 ? kV2AddressesTcp6 : kV2AddressesTcp4, to);
  append_ip(source.ip, to);
  append_ip(destination.ip, to);
  append_number(source.port, to);
  append_number(destination.port, to);
}

void append_v1_unknown(std::string& to) { to += "PROXY UNKNOWN\r\n"; }

void append_v2_local(std::string& to) { append_v2_fixed(kV2Local, kV2Unspecified, 0, to); }

}  // namespace mailvoid::proxy
