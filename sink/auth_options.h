// SPDX-License-Identifier: Apache-2.0
// What the command line says of AUTH.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/command_line.h"
#include "sasl/mechanism.h"

namespace mailvoid::sink {

enum class AuthMode : std::uint8_t {
  off,     // AUTH is not offered
  accept,  // anybody, with whatever
  file,    // those whom the file lists
  fail,    // nobody: 535 to every attempt
};

struct AuthOptions {
  AuthMode mode = AuthMode::off;
  std::string path;                         // of file
  std::vector<sasl::Mechanism> mechanisms;  // to offer; empty: all that can succeed
  bool requires_tls = false;                // not offered in the clear
  bool required = false;                    // no mail before it
};

// What to offer if all of it can succeed: those asked for, or all. Which of it needs TLS is another matter.
[[nodiscard]] sasl::MechanismSet offered_mechanisms(const std::vector<sasl::Mechanism>& asked);

void describe_auth(config::CommandLine& line, AuthOptions& options);

// `tls`: there is a certificate. The setting that does not fit the others and what is wrong with it; ("", "")
// if all fit.
[[nodiscard]] std::pair<std::string, std::string> auth_fault(const config::CommandLine& line,
                                                             const AuthOptions& options, bool tls);

}  // namespace mailvoid::sink
