// SPDX-License-Identifier: Apache-2.0
#include "sink/auth_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/unique_fd.h"

namespace mailvoid::sink {
namespace {

constexpr std::size_t kFileOctetsMax = 64 * 1024 * 1024;

struct File {
  std::string content;
  std::string warning;
};

std::expected<File, std::string> read_file(const std::string& path) {
  const auto failed = [&path](int error) {
    return std::unexpected(fmt::format("{}: {}", path, std::strerror(error)));
  };
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failed(errno);
  struct stat facts{};
  if (::fstat(fd.get(), &facts) != 0) return failed(errno);
  if (S_ISDIR(facts.st_mode)) return failed(EISDIR);
  File file;
  if (S_ISREG(facts.st_mode) && (facts.st_mode & S_IROTH) != 0) {
    file.warning = fmt::format("{} holds passwords and everybody may read it (mode {:04o}): chmod 600 {}",
                               path, facts.st_mode & 07777u, path);
  }
  std::string piece(64 * 1024, '\0');
  for (;;) {
    const ssize_t got = ::read(fd.get(), piece.data(), piece.size());
    if (got == 0) return file;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(errno);
    if (file.content.size() + static_cast<std::size_t>(got) > kFileOctetsMax) return failed(EFBIG);
    file.content.append(piece, 0, static_cast<std::size_t>(got));
  }
}

}  // namespace

std::expected<std::unique_ptr<AuthSource>, std::string> AuthSource::create(const AuthOptions& options) {
  std::unique_ptr<AuthSource> source(new AuthSource(options));
  if (const auto read = source->reload(); !read) return std::unexpected(read.error());
  const sasl::MechanismSet possible = source->current()->possible();
  source->mechanisms_ = offered_mechanisms(options.mechanisms) & possible;
  for (const sasl::Mechanism mechanism : options.mechanisms) {
    if (possible.contains(mechanism)) continue;
    return std::unexpected(
        fmt::format("--auth-mechanisms: {} cannot succeed: no password in {} is known as such",
                    sasl::facts(mechanism).name, options.path));
  }
  return source;
}

std::expected<void, std::string> AuthSource::reload() {
  using sasl::Authority;
  if (options_.mode != AuthMode::file) {
    authority_ = std::make_shared<const Authority>(
        options_.mode == AuthMode::accept ? Authority::accept_all() : Authority::refuse_all());
    return {};
  }
  auto file = read_file(options_.path);
  if (!file) return std::unexpected("--auth: " + file.error());
  auto credentials = sasl::Credentials::parse(file->content, options_.path);
  if (!credentials) return std::unexpected("--auth: " + credentials.error());
  warning_ = std::move(file->warning);
  authority_ = std::make_shared<const Authority>(Authority::of(*std::move(credentials)));
  return {};
}

}  // namespace mailvoid::sink
