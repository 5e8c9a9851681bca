// SPDX-License-Identifier: Apache-2.0
// The text of --dsn: what is asked for with each message, by commas:
//
//   ret=full, ret=hdrs                     the whole message or its header comes back (RFC 3461 §4.3)
//   notify=success,failure,delay           some of them; or notify=never (§4.1)
//   envid=TEXT                             the envelope's name (§4.4), with placeholders as in addresses
//   orcpt                                  the original recipient: the address as it was given (§4.2)
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "loadgen/address_template.h"
#include "smtp/client_config.h"

namespace mailvoid::loadgen {

struct DsnRequest {
  smtp::ClientDsn parameters;
  std::optional<AddressTemplate> envelope_id;
};

// In any case of letters. The error is to follow the option's name.
[[nodiscard]] std::expected<DsnRequest, std::string> parse_dsn(std::string_view text);

}  // namespace mailvoid::loadgen
