// SPDX-License-Identifier: Apache-2.0
#include "loadgen/weighted_dealer.h"

namespace mailvoid::loadgen {

std::size_t WeightedDealer::next() {
  std::int64_t total = 0;
  std::size_t best = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const auto weight = static_cast<std::int64_t>(weights_[i]);
    credit_[i] += weight;
    total += weight;
    if (credit_[i] > credit_[best]) best = i;
  }
  credit_[best] -= total;
  return best;
}

}  // namespace mailvoid::loadgen
