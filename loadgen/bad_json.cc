// SPDX-License-Identifier: Apache-2.0
#include "loadgen/bad_json.h"

#include <string>

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

template <std::size_t N>
Json named(const std::array<std::string_view, N>& names, const std::array<std::uint64_t, N>& values) {
  Json object = Json::object();
  for (std::size_t i = 0; i < N; ++i) object[std::string(names[i])] = values[i];
  return object;
}

}  // namespace

Json bad_clients_json(const RunResult& run) {
  const LoadOptions& options = run.options;
  if (options.bad_percent == 0) return nullptr;
  Json kinds = Json::object();
  for (std::size_t i = 0; i < kBadKinds; ++i) {
    if (options.bad_kinds[i] == 0) continue;
    const BadTotals::Kind& kind = run.totals.bad.kinds[i];
    kinds[std::string(kBadKindNames[i])] = {{"connections", kind.connections},
                                            {"ends", named(kBadEndNames, kind.ends)},
                                            {"replies", named(kBadReplyNames, kind.replies)},
                                            {"sent_bytes", kind.octets_sent},
                                            {"received_bytes", kind.octets_received}};
  }
  return {{"sessions", options.bad_sessions(options.sessions)}, {"kinds", kinds}};
}

void add_bad_options(const LoadOptions& from, Json& options) {
  options["bad_clients_percent"] = from.bad_percent;
  options["bad_kinds"] = bad_kinds_text(from.bad_kinds);
  options["bad_time_seconds"] = seconds(from.bad_time);
  options["bad_pause_seconds"] = seconds(from.bad_pause);
}

}  // namespace mailvoid::loadgen
