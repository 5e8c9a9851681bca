// SPDX-License-Identifier: Apache-2.0
#include "program/admin_token.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/unique_fd.h"

namespace mailvoid::program {
namespace {

constexpr std::size_t kLeast = 16;
constexpr std::size_t kMost = 512;  // with the other headers it has to fit a request

// RFC 6750 section 2.1, but for where '=' may stand.
bool may_be_in_token(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~+/=").contains(c);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t end = text.find_last_not_of("\r\n");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

}  // namespace

std::expected<AdminToken, std::string> read_admin_token(const std::string& path) {
  const auto failed = [&path](std::string_view why) {
    return std::unexpected(fmt::format("{}: {}", path, why));
  };
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts{};
  if (!fd || ::fstat(fd.get(), &facts) != 0) return failed(std::strerror(errno));
  std::array<char, kMost + 3> content{};
  const ssize_t got = ::read(fd.get(), content.data(), content.size());
  if (got < 0) return failed(std::strerror(errno));

  const std::string_view token = trimmed({content.data(), static_cast<std::size_t>(got)});
  if (token.size() < kLeast || token.size() > kMost) {
    return failed(fmt::format("must hold a line of {} to {} characters (openssl rand -hex 32 makes one)",
                              kLeast, kMost));
  }
  if (!std::ranges::all_of(token, may_be_in_token)) {
    return failed("may hold letters, digits and -._~+/= only, in one line (openssl rand -hex 32 makes one)");
  }
  AdminToken result{std::string(token), ""};
  if (S_ISREG(facts.st_mode) && (facts.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    result.warning =
        fmt::format("{} holds a secret and everybody may {} it (mode {:04o}): chmod 600 {}", path,
                    (facts.st_mode & S_IROTH) != 0 ? "read" : "write", facts.st_mode & 07777u, path);
  }
  return result;
}

}  // namespace mailvoid::program
