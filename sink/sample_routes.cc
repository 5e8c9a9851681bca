// SPDX-License-Identifier: Apache-2.0
#include "sink/sample_routes.h"

#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "capture/sample_text.h"

namespace mailvoid::sink {
namespace {

using Json = nlohmann::ordered_json;

// Of a file, to find the subject in.
constexpr std::size_t kHeadOctets = 16 * 1024;
constexpr std::size_t kSourceOctets = 256 * 1024;
constexpr std::size_t kSubjectOctets = 300;

constexpr std::string_view kProtocolNames[] = {"SMTP", "ESMTP", "LMTP"};

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// `text` is the beginning of the file, if it could be read.
Json json_of(const capture::RecentSample& sample, std::string_view text) {
  const std::string_view front = capture::front_of(text);
  const std::string_view message = text.substr(front.size());
  const std::size_t recipients = capture::count_fields(front, "X-Mailvoid-Rcpt");
  const std::string subject = capture::field_value(message, "Subject");
  const auto at = std::chrono::duration<double>(sample.begun.time_since_epoch()).count();
  return Json{{"id", sample.id},
              {"at", at},
              {"octets", sample.octets},
              {"hello", sample.hello},
              {"peer", sample.peer},
              {"protocol", kProtocolNames[static_cast<std::size_t>(sample.protocol)]},
              {"tls", sample.in_tls},
              {"login", sample.authenticated},
              {"from", sample.reverse_path},
              {"recipients", recipients > 0 ? Json(recipients) : Json(nullptr)},
              {"to", sample.recipient.empty() ? Json(nullptr) : Json(sample.recipient)},
              {"subject", subject.empty() ? Json(nullptr) : Json(subject.substr(0, kSubjectOctets))}};
}

admin::HttpResponse list(const capture::Capture& samples) {
  Json all = Json::array();
  for (const capture::RecentSample& sample : samples.recent().list()) {
    const auto head = samples.read(sample, kHeadOctets);
    all.push_back(json_of(sample, head ? std::string_view(*head) : std::string_view()));
  }
  return {.content_type = "application/json", .body = text_of({{"samples", std::move(all)}})};
}

// JSON tells of characters as a browser counts them: UTF-16 code units. What the sink wrote is ASCII but for
// addresses, which are UTF-8.
std::size_t utf16_units(std::string_view utf8) {
  std::size_t units = 0;
  for (const char octet : utf8) {
    const auto byte = static_cast<unsigned char>(octet);
    if ((byte & 0xc0U) != 0x80U) units += byte >= 0xf0U ? 2 : 1;
  }
  return units;
}

admin::HttpResponse one(const capture::Capture& samples, std::string_view query) {
  constexpr std::string_view kId = "id=";
  const auto sample = query.starts_with(kId) ? samples.recent().find(query.substr(kId.size())) : std::nullopt;
  if (!sample) return {.status = 404, .body = "no such sample among the latest\n"};
  const auto source = samples.read(*sample, kSourceOctets);
  if (!source) return {.status = 404, .body = "its file is not there any more\n"};
  Json json = json_of(*sample, *source);
  json["front"] = utf16_units(capture::front_of(*source));
  json["cut"] = sample->octets > source->size();
  json["source"] = *source;
  return {.content_type = "application/json", .body = text_of(json)};
}

}  // namespace

std::vector<admin::HttpRoute> sample_routes(const capture::Capture& samples) {
  return {{"/api/v1/samples", [&samples](const admin::HttpRequest&) { return list(samples); },
           admin::Access::token_holder},
          {"/api/v1/sample",
           [&samples](const admin::HttpRequest& request) { return one(samples, request.query); },
           admin::Access::token_holder}};
}

}  // namespace mailvoid::sink
