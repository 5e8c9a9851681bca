// SPDX-License-Identifier: Apache-2.0
// What the sink shows on its live page.
#pragma once

#include "program/live_page.h"
#include "sink/sink_options.h"
#include "sink/sink_server.h"

namespace mailvoid::sink {

// `server` outlives what is made of it.
[[nodiscard]] program::LivePage live_page(const SinkServer& server, const SinkOptions& options);

}  // namespace mailvoid::sink
