// SPDX-License-Identifier: Apache-2.0
#include "io/uring.h"
#include "sink/shard_impl.h"

namespace mailvoid::sink {

template class Shard<io::Uring>;

}  // namespace mailvoid::sink
