// SPDX-License-Identifier: Apache-2.0
// Authorities and terms for the tests of exchanges.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "sasl/server_terms.h"

namespace mailvoid::sasl {

inline std::shared_ptr<const Authority> listing(std::string_view file) {
  auto credentials = Credentials::parse(file, "users");
  MAILVOID_ASSERT(credentials);
  return std::make_shared<const Authority>(Authority::of(*std::move(credentials)));
}
inline std::shared_ptr<const Authority> accepting() {
  return std::make_shared<const Authority>(Authority::accept_all());
}
inline std::shared_ptr<const Authority> refusing() {
  return std::make_shared<const Authority>(Authority::refuse_all());
}

inline ServerTerms terms(std::shared_ptr<const Authority> authority) {
  return {std::move(authority), "sink.example", "server+nonce/0123456789A"};
}

}  // namespace mailvoid::sasl
