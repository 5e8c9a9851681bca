// SPDX-License-Identifier: Apache-2.0
// How the sessions of a run talk, as options say it: one set on the command line, and one for each part of a
// mix.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "config/setting_table.h"

namespace mailvoid::loadgen {

struct ProfileOptions {
  std::string helo;                        // a valid domain or an address literal
  bool pipelining = true;                  // where announced
  bool overlap = true;                     // of messages on a connection, where pipelining
  std::uint64_t messages_per_session = 0;  // then QUIT and reconnect; 0: keep the connection
  bool lmtp = false;
  std::string if_unsupported = "fail";  // or degrade: what is asked for and not announced
  std::uint64_t bdat_octets = 0;        // chunks of BDAT; 0: DATA
  std::string body = "auto";            // or 7bit, 8bitmime, binarymime
  std::string dsn;                      // as parse_dsn() reads it; "": nothing
  bool smtp_utf8 = false;
  bool require_tls = false;
  std::string xclient;        // ATTR=VALUE,...; "": none
  std::string proxy = "off";  // --proxy-protocol
  std::string tls = "off";    // or starttls, implicit
  bool tls_insecure = false;
  std::string tls_ca;           // PEM file; "": those of the system
  std::string tls_server_name;  // "": the target's
  std::string tls_cert;         // PEM files of our own certificate
  std::string tls_key;
  std::string tls_min = "1.2";
  std::string tls_max = "1.3";
  std::uint32_t tls_resume_percent = 0;
  std::string auth_user;                // "": no AUTH
  std::string auth_password_file;       // its first line
  std::string auth_mechanism = "auto";  // or one of those of lib/sasl
};

// A row for each of them.
void describe_profile(config::SettingTable& line, ProfileOptions& options);

// In a few words what is not as by default, and whether it pipelines: "LMTP, pipelining where announced".
[[nodiscard]] std::string manner_text(const ProfileOptions& options);

// What is wrong with the text of --helo, "" if nothing.
[[nodiscard]] std::string check_helo(std::string_view name);

}  // namespace mailvoid::loadgen
