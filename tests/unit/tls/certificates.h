// SPDX-License-Identifier: Apache-2.0
// Certificates for tests, good and bad, made in a folder of their own that goes when the object goes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tls/openssl.h"
#include "tls/options.h"

namespace mailvoid::tls::testing {

struct CertificateWish {
  std::string name;        // of the file, and the common name
  std::string hosts{};     // "DNS:a.example,DNS:*.b.example"
  std::string issuer{};    // that was made here before; "": signs itself
  bool authority = false;  // may sign others
  bool rsa = false;        // 2048 bits; otherwise P-256
  bool ed25519 = false;    // and signed without a digest
  const char* digest = "SHA256";
  long valid_from_days = -1;
  long valid_to_days = 30;
};

class Certificates {
 public:
  Certificates();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  // NAME.pem and NAME.key in the folder.
  CertificateFiles make(const CertificateWish& wish);
  [[nodiscard]] std::string path(std::string_view file) const { return (folder_ / file).string(); }
  std::string write(std::string_view file, std::string_view content) const;

 private:
  std::filesystem::path folder_;
};

[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace mailvoid::tls::testing
