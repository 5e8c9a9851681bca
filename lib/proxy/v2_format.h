// SPDX-License-Identifier: Apache-2.0
// Octets of version 2, for its reader and its writer:
//
//   0         12            13                   14              16
//   signature | 2:4 command:4 | family:4 transport:4 | length:16 | addresses, then TLVs: `length` octets
//
// Numbers are big-endian. Addresses: source, destination, and for IP their ports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailvoid::proxy {

inline constexpr std::string_view kV2Signature{"\r\n\r\n\0\r\nQUIT\n", 12};
inline constexpr std::size_t kV2FixedOctets = 16;
inline constexpr std::uint8_t kV2Local = 0x20;
inline constexpr std::uint8_t kV2Proxy = 0x21;
inline constexpr std::uint8_t kV2Unspecified = 0x00;
inline constexpr std::uint8_t kV2Tcp4 = 0x11;
inline constexpr std::uint8_t kV2Tcp6 = 0x21;
inline constexpr std::uint8_t kV2UnixStream = 0x31;
inline constexpr std::size_t kV2AddressesTcp4 = 12;
inline constexpr std::size_t kV2AddressesTcp6 = 36;
inline constexpr std::size_t kV2AddressesUnix = 216;

}  // namespace mailvoid::proxy
