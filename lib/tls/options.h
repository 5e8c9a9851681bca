// SPDX-License-Identifier: Apache-2.0
// What the two kinds of context are made from. Plain values: nothing here is checked yet.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailvoid::tls {

class Identity;
class TicketKeys;

enum class Version : std::uint8_t { tls1_2, tls1_3 };
inline constexpr std::array<std::string_view, 2> kVersionNames{"1.2", "1.3"};

// Which option an error is about, so that whoever has given them names to users can say that name.
enum class Subject : std::uint8_t {
  versions,
  ciphers,
  ciphersuites,
  groups,
  certificate,
  key,
  peer_authorities,
  key_log,
  library,  // out of memory, say
};

// `text` is a phrase that names the file or value, and what is wrong with it.
struct ContextError {
  Subject subject;
  std::string text;
};

// An empty text means the default, which has nothing weak in it: TLS 1.2 only with ephemeral elliptic curves
// and AEAD ciphers.
struct ProtocolOptions {
  Version min = Version::tls1_2;
  Version max = Version::tls1_3;
  std::string ciphers{};       // of TLS 1.2, as openssl-ciphers(1) has them
  std::string ciphersuites{};  // of TLS 1.3
  std::string groups{};        // "X25519:P-256"
  // A file to which the secrets of every session are appended, as Wireshark reads them (NSS key log format):
  // who has it can read all that was said. "" for none.
  std::string key_log{};
};

// PEM files. A certificate is followed in its file by those that signed it, its key may be there as well.
struct CertificateFiles {
  std::string certificate;
  std::string key{};  // "": in the certificate's file
};

// What a server wants of its clients' certificates.
enum class PeerCertificate : std::uint8_t {
  none,      // does not ask
  optional,  // asks, takes what comes, and tells whether it was good
  required,  // no session without one that an authority of ours has signed
};

struct ServerContextOptions {
  ProtocolOptions protocol{};
  // For each name that a client asks for (SNI) those that carry it serve, one of each kind of key; without a
  // match the first of each kind. At least one, or `made`.
  std::vector<CertificateFiles> certificates{};
  std::shared_ptr<const Identity> made{};  // one that is in no file; after the others
  PeerCertificate peer_certificate = PeerCertificate::none;
  std::string peer_authorities{};  // PEM file; needed by `required`
  // With the keys of an earlier context its sessions can be resumed. nullptr: new ones.
  std::shared_ptr<TicketKeys> ticket_keys{};
};

struct ClientContextOptions {
  ProtocolOptions protocol{};
  bool verify = true;         // the server's certificate: who signed it, when, and for which name
  std::string authorities{};  // PEM file; "": those of the system
  CertificateFiles certificate{.certificate = ""};  // to show when asked; "" for none
};

}  // namespace mailvoid::tls
