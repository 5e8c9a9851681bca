// SPDX-License-Identifier: Apache-2.0
#include "loadgen/charset.h"

#include <fmt/format.h>
#include <iconv.h>

#include <cstdint>
#include <memory>
#include <type_traits>

namespace mailvoid::loadgen {

std::expected<std::string, std::string> in_charset(std::string_view utf8, const std::string& charset) {
  constexpr auto kFailed = static_cast<std::size_t>(-1);
  const iconv_t opened = ::iconv_open(charset.c_str(), "UTF-8");
  if (reinterpret_cast<std::intptr_t>(opened) == -1)
    return std::unexpected(fmt::format("this system has no character set {} (iconv)", charset));
  const std::unique_ptr<std::remove_pointer_t<iconv_t>, int (*)(iconv_t)> converter(opened, ::iconv_close);
  constexpr std::size_t kOctetsPerOctetMax = 8;  // an escape sequence each way, and the character
  std::string converted(utf8.size() * kOctetsPerOctetMax + kOctetsPerOctetMax, '\0');
  char* from = const_cast<char*>(utf8.data());  // not written to
  std::size_t from_left = utf8.size();
  char* to = converted.data();
  std::size_t to_left = converted.size();
  if (::iconv(converter.get(), &from, &from_left, &to, &to_left) == kFailed ||
      ::iconv(converter.get(), nullptr, nullptr, &to, &to_left) == kFailed) {
    return std::unexpected(fmt::format("'{}' cannot be written in {}", utf8, charset));
  }
  converted.resize(converted.size() - to_left);
  return converted;
}

}  // namespace mailvoid::loadgen
