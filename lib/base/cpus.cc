// SPDX-License-Identifier: Apache-2.0
#include "base/cpus.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <thread>

namespace mailvoid {
namespace {

constexpr unsigned kCpusMax = 65536;  // far beyond any kernel's

// A cpu_set_t with room for machines of more CPUs than that type has bits for.
class CpuSet {
 public:
  explicit CpuSet(unsigned room)
      : room_(room), bytes_(CPU_ALLOC_SIZE(room)), bits_(CPU_ALLOC(room), free_set) {
    CPU_ZERO_S(bytes_, bits_.get());
  }
  void add(unsigned cpu) { CPU_SET_S(cpu, bytes_, bits_.get()); }
  [[nodiscard]] int set() const { return ::sched_setaffinity(0, bytes_, bits_.get()) == 0 ? 0 : errno; }
  [[nodiscard]] int get() { return ::sched_getaffinity(0, bytes_, bits_.get()) == 0 ? 0 : errno; }
  [[nodiscard]] std::vector<unsigned> members() const {
    std::vector<unsigned> cpus;
    for (unsigned cpu = 0; cpu < room_; ++cpu) {
      if (CPU_ISSET_S(cpu, bytes_, bits_.get())) cpus.push_back(cpu);
    }
    return cpus;
  }

 private:
  static void free_set(cpu_set_t* set) { CPU_FREE(set); }
  unsigned room_;
  std::size_t bytes_;
  std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> bits_;
};

int run_on(std::span<const unsigned> cpus) {
  CpuSet set(*std::ranges::max_element(cpus) + 1);
  for (const unsigned cpu : cpus) set.add(cpu);
  return set.set();
}

std::optional<unsigned> number(std::string_view text) {
  unsigned n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n >= kCpusMax) return std::nullopt;
  return n;
}

}  // namespace

std::vector<unsigned> usable_cpus() {
  // The kernel refuses a set that is smaller than its own with EINVAL.
  for (unsigned room = 1024; room <= kCpusMax; room *= 2) {
    CpuSet set(room);
    const int error = set.get();
    if (error == 0) return set.members();
    if (error != EINVAL) break;
  }
  std::vector<unsigned> all(std::max(1u, std::thread::hardware_concurrency()));
  for (unsigned i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

std::string cpu_list_text(std::span<const unsigned> cpus) {
  std::string text;
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    std::size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(cpus[i]);
    if (last > i) text += '-' + std::to_string(cpus[last]);
    i = last;
  }
  return text;
}

std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text) {
  std::vector<unsigned> cpus;
  for (;;) {
    const std::string_view part = text.substr(0, text.find(','));
    const std::size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == part.npos ? first : number(part.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    for (unsigned cpu = *first; cpu <= *last; ++cpu) {
      if (std::ranges::find(cpus, cpu) != cpus.end()) return std::nullopt;
      cpus.push_back(cpu);
    }
    if (part.size() == text.size()) return cpus;
    text.remove_prefix(part.size() + 1);
  }
}

int pin_this_thread(unsigned cpu) { return run_on(std::span(&cpu, 1)); }

OnCpu::OnCpu(std::optional<unsigned> cpu) {
  if (!cpu) return;
  std::vector<unsigned> before = usable_cpus();
  if (pin_this_thread(*cpu) == 0) before_ = std::move(before);
}

OnCpu::~OnCpu() {
  if (!before_.empty()) run_on(before_);
}

}  // namespace mailvoid
