// SPDX-License-Identifier: Apache-2.0
#include "loadgen/name_lookup.h"

// Newer c-ares has other calls for the same, which Debian 12's lacks.
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "config/value.h"

namespace mailvoid::loadgen {
namespace {

// A question is repeated after a quarter of the time, and again after three quarters.
constexpr int kFirstWaitShare = 4;
constexpr int kTries = 3;

struct Answer {
  bool complete = false;
  int status = ARES_SUCCESS;
};

struct MailAnswer : Answer {
  std::vector<MailExchanger> exchangers;
};

struct AddressAnswer : Answer {
  std::optional<SocketAddress> address;
};

void take_exchangers(void* to, int status, int /*timeouts*/, unsigned char* reply, int octets) {
  auto& answer = *static_cast<MailAnswer*>(to);
  answer.complete = true;
  answer.status = status;
  if (status != ARES_SUCCESS) return;
  ares_mx_reply* records = nullptr;
  answer.status = ares_parse_mx_reply(reply, octets, &records);
  for (const ares_mx_reply* each = records; each != nullptr; each = each->next) {
    std::string host = each->host == nullptr ? "" : each->host;
    if (host.ends_with('.')) host.pop_back();
    answer.exchangers.push_back({each->priority, std::move(host)});
  }
  if (records != nullptr) ares_free_data(records);
}

void take_address(void* to, int status, int /*timeouts*/, ares_addrinfo* found) {
  auto& answer = *static_cast<AddressAnswer*>(to);
  answer.complete = true;
  answer.status = status;
  if (found == nullptr) return;
  for (const ares_addrinfo_node* node = found->nodes; node != nullptr; node = node->ai_next) {
    if (answer.address && (answer.address->family() == AF_INET || node->ai_family != AF_INET)) continue;
    answer.address = SocketAddress(node->ai_addr, node->ai_addrlen);
    answer.address->set_port(0);
  }
  ares_freeaddrinfo(found);
}

}  // namespace

struct NameLookup::Channel {
  ares_channel resolver = nullptr;
  std::string servers;  // for errors; "" for the system's
  Duration timeout{};

  // Lets c-ares work until the answer is there; it always comes, for in the end the question is withdrawn.
  void await(const Answer& answer) const {
    const Instant deadline = now() + timeout;
    bool cancelled = false;
    while (!answer.complete) {
      const Duration left = deadline - now();
      if (left <= Duration(0) && !std::exchange(cancelled, true)) {
        ares_cancel(resolver);
        continue;
      }
      std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
      const auto wanted = static_cast<unsigned>(ares_getsock(resolver, sockets.data(), sockets.size()));
      std::vector<pollfd> watched;
      for (unsigned i = 0; i < sockets.size(); ++i) {
        const bool reads = ARES_GETSOCK_READABLE(wanted, i) != 0;
        const bool writes = ARES_GETSOCK_WRITABLE(wanted, i) != 0;
        if (!reads && !writes) continue;
        watched.push_back({sockets[i], static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0});
      }
      wait(watched, left);
      ares_process_fd(resolver, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what is due by time
      for (const pollfd& each : watched) {
        constexpr short kRead = POLLIN | POLLERR | POLLHUP;
        ares_process_fd(resolver, (each.revents & kRead) != 0 ? each.fd : ARES_SOCKET_BAD,
                        (each.revents & POLLOUT) != 0 ? each.fd : ARES_SOCKET_BAD);
      }
    }
  }

  [[nodiscard]] std::string why(int status) const {
    const std::string who = servers.empty() ? "the name server" : "the name server " + servers;
    switch (status) {
      case ARES_ENOTFOUND: return "is no name that the DNS has";
      case ARES_ENODATA: return "has no address";
      case ARES_ETIMEOUT:
      case ARES_ECANCELLED:
        return fmt::format("cannot be looked up: no answer from {} within {}", who,
                           config::exact_time(timeout));
      case ARES_ESERVFAIL: return fmt::format("cannot be looked up: {} failed (SERVFAIL)", who);
      case ARES_EREFUSED: return fmt::format("cannot be looked up: {} refuses to answer", who);
      case ARES_ECONNREFUSED:
        return servers.empty() ? "cannot be looked up: no name server can be reached, or none has an answer"
                               : fmt::format("cannot be looked up: {} cannot be reached", who);
      default: return fmt::format("cannot be looked up at {}: {}", who, ares_strerror(status));
    }
  }

 private:
  void wait(std::vector<pollfd>& watched, Duration left) const {
    using std::chrono::milliseconds;
    const auto most = std::chrono::ceil<milliseconds>(std::max(left, Duration(0)));
    timeval longest{static_cast<time_t>(most.count() / 1000),
                    static_cast<suseconds_t>(most.count() % 1000 * 1000)};
    timeval due{};
    const timeval* const next = ares_timeout(resolver, &longest, &due);
    ::poll(watched.data(), watched.size(),
           static_cast<int>(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000));
  }
};

void NameLookup::Release::operator()(Channel* channel) const {
  if (channel->resolver != nullptr) ares_destroy(channel->resolver);
  ares_library_cleanup();
  delete channel;
}

std::expected<NameLookup, std::string> NameLookup::create(const std::optional<SocketAddress>& server,
                                                          Duration timeout) {
  const auto failed = [](int status) {
    return std::unexpected(fmt::format("cannot look names up: {}", ares_strerror(status)));
  };
  if (const int status = ares_library_init(ARES_LIB_INIT_ALL); status != ARES_SUCCESS) return failed(status);
  std::unique_ptr<Channel, Release> channel(new Channel);
  channel->timeout = timeout;
  ares_options options{};
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(timeout) / kFirstWaitShare;
  options.timeout = static_cast<int>(std::clamp<std::int64_t>(wait.count(), 1, 3'600'000));
  options.tries = kTries;
  std::string lookups = "b";  // the DNS, not the file
  options.lookups = lookups.data();
  int given = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS;
  // Of several servers another is asked where one fails; of a single one it is to be told how.
  options.flags = ARES_FLAG_NOCHECKRESP;
  if (server) given |= ARES_OPT_LOOKUPS | ARES_OPT_FLAGS;
  if (const int status = ares_init_options(&channel->resolver, &options, given); status != ARES_SUCCESS) {
    return failed(status);
  }
  if (!server) return NameLookup(std::move(channel));
  channel->servers = server->text();
  const int status = ares_set_servers_ports_csv(channel->resolver, channel->servers.c_str());
  if (status != ARES_SUCCESS) return failed(status);
  return NameLookup(std::move(channel));
}

std::expected<std::vector<MailExchanger>, std::string> NameLookup::exchangers(const std::string& domain) {
  MailAnswer answer;
  ares_query(channel_->resolver, domain.c_str(), ns_c_in, ns_t_mx, take_exchangers, &answer);
  channel_->await(answer);
  if (answer.status != ARES_SUCCESS && answer.status != ARES_ENODATA) {
    return std::unexpected(channel_->why(answer.status));
  }
  return std::move(answer.exchangers);
}

std::expected<SocketAddress, std::string> NameLookup::address(const std::string& host) {
  AddressAnswer answer;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel_->resolver, host.c_str(), nullptr, &hints, take_address, &answer);
  channel_->await(answer);
  if (answer.address) return *answer.address;
  return std::unexpected(channel_->why(answer.status == ARES_SUCCESS ? ARES_ENODATA : answer.status));
}

}  // namespace mailvoid::loadgen
