// SPDX-License-Identifier: Apache-2.0
#include "io/uring.h"
#include "loadgen/load_shard_impl.h"

namespace mailvoid::loadgen {

template class LoadShard<io::Uring>;

}  // namespace mailvoid::loadgen
