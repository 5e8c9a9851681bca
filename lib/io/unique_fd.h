// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.h"

namespace mailvoid::io {

using mailvoid::UniqueFd;

}  // namespace mailvoid::io
