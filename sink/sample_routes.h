// SPDX-License-Identifier: Apache-2.0
// The latest samples over HTTP. They are mail: for those alone who may see it.
//
//   /api/v1/samples        {"samples": [{"id", "at", "octets", "hello", "peer", "protocol", "tls", "login",
//                          "from", "recipients", "to", "subject"}]}, the newest first. "to" is the only
//                          recipient, "recipients" their number; each is null where the sample does not tell.
//   /api/v1/sample?id=ID   the same members of one, and "source": the file's text up to 256 KiB, "cut":
//                          whether there is more, "front": how many characters of it the sink wrote.
//                          404 if it is not among the latest, or its file is gone.
//
// What is not UTF-8 becomes U+FFFD.
#pragma once

#include <vector>

#include "admin/http_server.h"
#include "capture/capture.h"

namespace mailvoid::sink {

// `samples` outlives the routes.
[[nodiscard]] std::vector<admin::HttpRoute> sample_routes(const capture::Capture& samples);

}  // namespace mailvoid::sink
