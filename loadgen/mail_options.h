// SPDX-License-Identifier: Apache-2.0
// The mail of a run as options say it: how large, what kind, from whom, to whom. docs/workload.md has it for
// users.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/setting_table.h"

namespace mailvoid::loadgen {

struct MailOptions {
  std::string size;                  // of generated mail, as Distribution reads it
  std::string content;               // of generated mail, as parse_content() reads it
  std::string mail;                  // an .eml file, a directory of them, an mbox or a Maildir; "": generated
  std::string mail_order;            // sequential, shuffled or random
  std::uint64_t memory_max = 0;      // bytes that messages may take
  std::vector<std::string> headers;  // "NAME: TEMPLATE", as parse_header_field() reads it
  std::vector<std::string> replaced;  // likewise
  std::string subject;                // a template; "": none is given
  std::string recipients;             // a message, as Distribution reads it
  std::string from;                   // template
  std::string from_file;              // instead; "": none
  std::string to;                     // template
  std::string to_file;                // instead; "": none
  std::string to_domain;              // DOMAIN=WEIGHT,... for {domain}; "": none
  std::uint64_t to_users = 0;         // for {user}; 0: none
  std::string to_zipf;                // the exponent; "": evenly, or as to_file says
  std::uint64_t seed = 0;
};

[[nodiscard]] MailOptions default_mail();

// A row for each of them.
void describe_mail(config::SettingTable& line, MailOptions& options);

// The settings that hold octets beyond ASCII.
[[nodiscard]] std::vector<std::string> beyond_ascii(const MailOptions& options);

// The setting that does not go with the others, and why; "" if all do. `given` tells which were given. Gives
// --to its default where it has to do with others.
[[nodiscard]] std::pair<std::string, std::string> settle_mail(
    MailOptions& options, const std::function<bool(std::string_view)>& given);

}  // namespace mailvoid::loadgen
