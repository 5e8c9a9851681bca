// SPDX-License-Identifier: Apache-2.0
// What one listener is: its address, the protocol that it speaks and what it offers. The same settings stand
// as flags, where they are the defaults of all listeners, in `--listen ADDR,key=value`, and in a [[listener]]
// of the configuration file.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/socket_address.h"
#include "config/setting_table.h"
#include "sink/peer_policy.h"
#include "smtp/server_config.h"

namespace mailvoid::sink {

struct ListenerOptions {
  SocketAddress address;

  std::string hostname;                  // a valid domain
  std::uint64_t message_octets_max = 0;  // RFC 1870 octets; 0: no limit
  std::uint32_t recipients_max = 1000;   // in a transaction, at least 1
  std::uint16_t transactions_max = 0;    // of a session; 0: no limit
  std::string protocol = "smtp";         // or "lmtp", "rfc821"
  std::string eight_bit = "mask";        // or "refuse"; of rfc821
  std::vector<std::string> disable;      // names of smtp::feature_names()

  bool strict_syntax = false;
  std::string bare_lf_commands = "strict";  // or "lenient"
  std::string bare_lf_data = "accept";      // or "refuse"
  std::string early_talkers = "serve";      // or "refuse"
  bool no_mail = false;
  std::vector<std::string> null_mx;  // domains
  std::vector<std::string> users;    // "Full Name <mailbox>" or "mailbox", for VRFY
  std::vector<std::string> lists;    // "name=mailbox mailbox ...", for EXPN

  std::string tls = "starttls";  // or "implicit", "off"; without a certificate nothing is offered
  bool tls_required = false;
  PeerPolicy peers;
};

// `table` gets the settings of a listener but its address, bound to `listener`, which holds the defaults.
void describe_listener(config::SettingTable& table, ListenerOptions& listener);
// Those that have no flag because they differ from listener to listener: tls.
void describe_listener_only(config::SettingTable& table, ListenerOptions& listener);

// One --listen: "ADDR", or "ADDR,key=value,..."; a key alone is a flag's.
struct ListenText {
  SocketAddress address;
  std::vector<std::pair<std::string, std::string>> settings;
  friend bool operator==(const ListenText&, const ListenText&) = default;
};
[[nodiscard]] config::Value<ListenText> listen_text();
// The same listeners, comma-separated where one has settings as well: MAILVOID_SINK_LISTEN.
[[nodiscard]] std::vector<std::string> split_listen_texts(std::string_view text);

// A listener like `defaults` but for what was said of it. The error follows "--listen".
[[nodiscard]] std::expected<ListenerOptions, std::string> listener_of(const ListenText& text,
                                                                      const ListenerOptions& defaults);
[[nodiscard]] std::expected<ListenerOptions, config::FileFault> listener_of(const config::FileTable& table,
                                                                            const ListenerOptions& defaults);
// `[[listener]]` as --print-config writes it.
[[nodiscard]] std::string listener_table_text(const ListenerOptions& listener, std::string_view origin);

// What the engine is told, but for STARTTLS and AUTH, which depend on more than the listener.
[[nodiscard]] smtp::ServerOptions server_options(const ListenerOptions& listener);

}  // namespace mailvoid::sink
