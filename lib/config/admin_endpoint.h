// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "config/address_text.h"

namespace mailvoid::config {

// Where /metrics is served. A taken port is an error only where the user named it.
struct AdminEndpoint {
  std::optional<SocketAddress> address;  // nothing: "off"
  bool named = false;                    // by flag or environment
};

}  // namespace mailvoid::config
