// SPDX-License-Identifier: Apache-2.0
#include "proxy/header_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/assert.h"

namespace mailvoid::proxy {
namespace {

using State = HeaderReader::State;

constexpr std::string_view kV1Start = "PROXY ";

// Decimal, without leading zeros.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return port;
}

// The next of the fields that single spaces part; takes the space, too.
std::string_view take_field(std::string_view& line) {
  const std::string_view field = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), field.size() + 1));
  return field;
}

std::optional<IpAddress> parse_ip(std::string_view text, bool v6) {
  const auto ip = parse_ip_literal(text);
  return ip && ip->v6 == v6 ? ip : std::nullopt;
}

// Whether `kept` is as far right as it goes.
bool begins(std::string_view kept, std::string_view start) {
  const std::size_t both = std::min(kept.size(), start.size());
  return kept.substr(0, both) == start.substr(0, both);
}

}  // namespace

// Keeps octets until `until` of them are kept. Returns whether they are.
bool HeaderReader::take(std::string_view& input, std::size_t until) {
  const std::size_t count = std::min(input.size(), until - kept_octets_);
  if (count > 0) std::memcpy(kept_.data() + kept_octets_, input.data(), count);
  kept_octets_ = static_cast<std::uint16_t>(kept_octets_ + count);
  input.remove_prefix(count);
  return kept_octets_ == until;
}

State HeaderReader::feed(std::string_view& input) {
  MAILVOID_DEBUG_ASSERT(state_ == State::reading);
  if (kept_octets_ == 0 && input.empty()) return State::reading;
  if (kept_octets_ == 0) header_.version = input.front() == kV1Start.front() ? 1 : 2;
  state_ = header_.version == 1 ? feed_v1(input) : feed_v2(input);
  return state_;
}

State HeaderReader::feed_v1(std::string_view& input) {
  while (!input.empty()) {
    const std::size_t lf = input.find('\n');
    const std::size_t wanted = lf == std::string_view::npos ? input.size() : lf + 1;
    const std::size_t until = std::min<std::size_t>(kept_octets_ + wanted, kV1OctetsMax);
    (void)take(input, until);
    if (!begins(kept(), kV1Start)) return State::bad;
    if (kept().ends_with('\n')) return finish_v1();
    if (kept_octets_ == kV1OctetsMax) return State::bad;
  }
  return State::reading;
}

State HeaderReader::finish_v1() {
  std::string_view line = kept();
  if (!line.ends_with("\r\n")) return State::bad;
  line.remove_suffix(2);
  if (line.size() < kV1Start.size() || line.contains('\r')) return State::bad;
  line.remove_prefix(kV1Start.size());
  const std::string_view family = take_field(line);
  if (family == "UNKNOWN") return State::done;
  if (family != "TCP4" && family != "TCP6") return State::bad;
  const bool v6 = family == "TCP6";
  const auto source_ip = parse_ip(take_field(line), v6);
  const auto destination_ip = parse_ip(take_field(line), v6);
  const auto source_port = parse_port(take_field(line));
  const auto destination_port = parse_port(line);
  if (!source_ip || !destination_ip || !source_port || !destination_port) return State::bad;
  header_.peer = Header::Peer::internet;
  header_.source = {*source_ip, *source_port};
  header_.destination = {*destination_ip, *destination_port};
  return State::done;
}

State HeaderReader::feed_v2(std::string_view& input) {
  if (kept_octets_ < kV2FixedOctets) {
    const bool fixed = take(input, kV2FixedOctets);
    if (!begins(kept(), kV2Signature)) return State::bad;
    if (!fixed) return State::reading;
    if (check_v2_fixed() == State::bad) return State::bad;
  }
  if (!take(input, kV2FixedOctets + addresses_octets_)) return State::reading;
  const std::size_t skipped = std::min<std::size_t>(input.size(), skip_octets_);
  input.remove_prefix(skipped);
  skip_octets_ -= static_cast<std::uint32_t>(skipped);
  return skip_octets_ == 0 ? finish_v2() : State::reading;
}

State HeaderReader::check_v2_fixed() {
  const auto command = static_cast<std::uint8_t>(kept_[12]);
  const auto family = static_cast<std::uint8_t>(kept_[13]);
  const std::uint16_t length = number(14);
  if (command != kV2Local && command != kV2Proxy) return State::bad;
  if (command == kV2Proxy) {
    switch (family) {
      case kV2Unspecified: break;
      case kV2Tcp4: addresses_octets_ = kV2AddressesTcp4; break;
      case kV2Tcp6: addresses_octets_ = kV2AddressesTcp6; break;
      case kV2UnixStream: addresses_octets_ = kV2AddressesUnix; break;
      default: return State::bad;  // datagrams, too: what follows is a stream
    }
  }
  if (length < addresses_octets_) return State::bad;
  skip_octets_ = static_cast<std::uint32_t>(length - addresses_octets_);
  return State::reading;
}

State HeaderReader::finish_v2() {
  switch (addresses_octets_) {
    case kV2AddressesTcp4:
    case kV2AddressesTcp6: {
      const bool v6 = addresses_octets_ == kV2AddressesTcp6;
      const std::size_t ip = v6 ? 16 : 4;
      header_.peer = Header::Peer::internet;
      header_.source = endpoint(kV2FixedOctets, kV2FixedOctets + 2 * ip, v6);
      header_.destination = endpoint(kV2FixedOctets + ip, kV2FixedOctets + 2 * ip + 2, v6);
      break;
    }
    case kV2AddressesUnix: {
      const std::string_view path(kept_.data() + kV2FixedOctets, kUnixPathOctetsMax);
      header_.peer = Header::Peer::unix_sockets;
      header_.source_path = path.substr(0, path.find('\0'));
      break;
    }
    default: break;
  }
  return State::done;
}

std::uint16_t HeaderReader::number(std::size_t at) const {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(kept_[at]) << 8 |
                                    static_cast<unsigned char>(kept_[at + 1]));
}

Endpoint HeaderReader::endpoint(std::size_t ip_at, std::size_t port_at, bool v6) const {
  Endpoint end;
  end.ip.v6 = v6;
  std::memcpy(end.ip.bytes.data(), kept_.data() + ip_at, v6 ? 16 : 4);
  end.port = number(port_at);
  return end;
}

}  // namespace mailvoid::proxy
