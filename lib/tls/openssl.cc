// SPDX-License-Identifier: Apache-2.0
#include "tls/openssl.h"

#include <cstring>

namespace mailvoid::tls {

std::string take_error_text() {
  const unsigned long error = ERR_peek_error();
  std::string text = "unknown reason";
  if (ERR_SYSTEM_ERROR(error)) {
    text = std::strerror(ERR_GET_REASON(error));
  } else if (const char* const reason = ERR_reason_error_string(error); reason != nullptr) {
    text = reason;
  }
  ERR_clear_error();
  return text;
}

}  // namespace mailvoid::tls
