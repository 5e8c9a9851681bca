// SPDX-License-Identifier: Apache-2.0
#include "config/host.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/cpus.h"
#include "config/address_text.h"

namespace mailvoid::config {
namespace {

std::string machine_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || !valid_domain(name.data())) return "localhost";
  return name.data();
}

}  // namespace

Host this_host() {
  Host host;
  host.cpus = usable_cpus();
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) host.descriptors_max = descriptors.rlim_max;
  host.name = machine_name();
  host.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  return host;
}

}  // namespace mailvoid::config
