// SPDX-License-Identifier: Apache-2.0
#include "io/ring_features.h"

#include <sys/utsname.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace mailvoid::io {
namespace {

// The first number after `key` in a file of /proc, or -1.
int proc_number(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, key.size(), key) == 0) return std::atoi(line.c_str() + key.size());
  }
  return -1;
}

std::string kernel_release() {
  utsname names{};
  return ::uname(&names) == 0 ? names.release : "unknown";
}

std::string explain_permission(const std::string& proc) {
  const int disabled = proc_number(proc + "/sys/kernel/io_uring_disabled", "");
  if (disabled == 2) {
    return "kernel.io_uring_disabled is 2, which forbids it to everybody; "
           "allow it with: sysctl kernel.io_uring_disabled=0";
  }
  if (disabled == 1) {
    return "kernel.io_uring_disabled is 1, which allows it only to kernel.io_uring_group and CAP_SYS_ADMIN; "
           "join that group, run as root, or: sysctl kernel.io_uring_disabled=0";
  }
  if (proc_number(proc + "/self/status", "Seccomp:\t") > 0) {
    return "a seccomp filter forbids it (container engines do by default); allow the io_uring_setup, "
           "io_uring_enter and io_uring_register calls in the container's seccomp profile";
  }
  return "a security policy forbids it; look for it in the kernel's audit log";
}

}  // namespace

bool RingFeatures::remove(std::string_view name) {
  for (std::size_t i = 0; i < kRingFeatureNames.size(); ++i) {
    if (kRingFeatureNames[i] != name) continue;
    remove(static_cast<RingFeature>(i));
    return true;
  }
  return false;
}

std::string RingFeatures::text() const {
  std::string names;
  for (std::size_t i = 0; i < kRingFeatureNames.size(); ++i) {
    if (!has(static_cast<RingFeature>(i))) continue;
    if (!names.empty()) names += ' ';
    names += kRingFeatureNames[i];
  }
  return names.empty() ? "none" : names;
}

std::string explain_ring_failure(int error, const std::string& proc) {
  const std::string prefix = "io_uring is not available: ";
  switch (error) {
    case EPERM:
    case EACCES: return prefix + explain_permission(proc);
    case ENOSYS:
      if (proc_number(proc + "/self/status", "Seccomp:\t") > 0) return prefix + explain_permission(proc);
      return prefix + "kernel " + kernel_release() + " has none; Linux 6.1 or newer is needed";
    case EINVAL:
      return prefix + "kernel " + kernel_release() +
             " is too old for what is asked of it; Linux 6.1 or newer is needed";
    case ENOMEM:
      return prefix +
             "no memory for the ring; raise the memory limit of the control group or the locked "
             "memory limit (ulimit -l), or lower --ring-entries or --recv-buffers";
    case EMFILE: return prefix + "no file descriptors are left; raise the limit (ulimit -n)";
    default: return prefix + std::strerror(error);
  }
}

}  // namespace mailvoid::io
