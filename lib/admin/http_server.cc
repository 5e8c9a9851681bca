// SPDX-License-Identifier: Apache-2.0
#include "admin/http_server.h"

#include <civetweb.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <future>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "admin/gzip.h"
#include "admin/http_guard.h"
#include "admin/tcp_address.h"
#include "admin/tcp_relay.h"
#include "base/clock.h"

namespace mailvoid::admin {
namespace {

constexpr std::size_t kWorthCompressing = 1024;
constexpr std::size_t kSendBytes = 16384;
constexpr std::chrono::milliseconds kStopPoll{2};
constexpr int kNice = 10;  // a tenth of what a thread has by default, where they compete
constexpr std::string_view kForAll =
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";

// Threads inherit the mask of who starts them: none of ours shall take a signal that is meant for the
// program.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

std::string_view view(const char* text) { return text == nullptr ? std::string_view() : text; }

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 421: return "Misdirected Request";
    case 503: return "Service Unavailable";
    default: return "Other";
  }
}

std::string render(HttpResponse response, bool with_body, bool may_compress) {
  std::string more;
  if (response.body.size() >= kWorthCompressing) {
    more = "Vary: Accept-Encoding\r\n";
    if (std::string packed = may_compress ? gzip(response.body) : std::string(); !packed.empty()) {
      response.body = std::move(packed);
      more += "Content-Encoding: gzip\r\n";
    }
  }
  if (response.status == 401) more += "WWW-Authenticate: Bearer realm=\"mailvoid\"\r\n";
  if (response.status == 405) more += "Allow: GET, HEAD\r\n";
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Content-Security-Policy: {}\r\n{}"
      "Connection: close\r\n\r\n{}",
      response.status, reason(response.status), response.content_type, response.body.size(), kForAll,
      response.content_security_policy, more,
      with_body ? std::string_view(response.body) : std::string_view());
}

// civetweb's timeout starts anew with every piece the client takes; this one is for all of them.
void send_all(mg_connection* connection, std::string_view bytes, std::chrono::milliseconds timeout) {
  const Instant deadline = now() + timeout;
  while (!bytes.empty() && now() < deadline) {
    const std::string_view piece = bytes.substr(0, kSendBytes);
    if (mg_write(connection, piece.data(), piece.size()) != static_cast<int>(piece.size())) return;
    bytes.remove_prefix(piece.size());
  }
}

HttpCaller caller_of(const mg_connection* connection, const mg_request_info& info) {
  const std::span headers(info.http_headers, static_cast<std::size_t>(info.num_headers));
  const auto hosts = std::ranges::count_if(
      headers, [](const mg_header& header) { return mg_strcasecmp(header.name, "Host") == 0; });
  const auto header = [connection](const char* name) { return view(mg_get_header(connection, name)); };
  return {.names_host_once = hosts == 1 || (hosts == 0 && view(info.http_version) == "1.0"),
          .host = header("Host"),
          .origin = header("Origin"),
          .fetch_site = header("Sec-Fetch-Site"),
          .fetch_mode = header("Sec-Fetch-Mode"),
          .authorization = header("Authorization")};
}

std::string cannot_listen(std::string_view address, std::string_view cause) {
  return fmt::format("cannot listen on {}: {}", address, cause);
}

}  // namespace

bool HttpRequest::has(std::string_view name, std::string_view value) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.size() == name.size() + 1 + value.size() && pair.starts_with(name) && pair[name.size()] == '=' &&
        pair.ends_with(value)) {
      return true;
    }
  }
  return false;
}

struct HttpServer::Impl {
  Impl(HttpServerOptions given, std::vector<HttpRoute> table, TcpAddress listen_on)
      : options(std::move(given)),
        routes(std::move(table)),
        guard({options.host_names, options.token, listen_on.is_loopback()}),
        address(listen_on),
        civetweb_address(listen_on) {
    mg_init_library(0);
  }
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::optional<std::string> start();
  std::optional<std::string> start_civetweb();
  int answer(mg_connection* connection) const;
  [[nodiscard]] HttpResponse respond(std::string_view method, const HttpRequest& request,
                                     const HttpCaller& caller) const;

  HttpServerOptions options;
  std::vector<HttpRoute> routes;
  HttpGuard guard;
  TcpAddress address;           // the one that is told to people
  TcpAddress civetweb_address;  // the same, unless there is a relay between them
  std::thread::id starter = std::this_thread::get_id();
  std::string last_log_line;  // what civetweb had to say to the starter
  mg_context* civetweb = nullptr;
  std::unique_ptr<TcpRelay> relay;
};

std::expected<std::unique_ptr<HttpServer>, std::string> HttpServer::start(const HttpServerOptions& options,
                                                                          std::vector<HttpRoute> routes) {
  const auto address = TcpAddress::parse(options.address);
  if (!address) {
    return std::unexpected(cannot_listen(
        options.address, "it must be a numeric address and a port, as 127.0.0.1:9525 or [::1]:9525"));
  }
  auto impl = std::make_unique<Impl>(options, std::move(routes), *address);
  const SignalsBlocked blocked;
  if (auto error = impl->start()) return std::unexpected(cannot_listen(options.address, *error));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

// What is wrong, or nothing.
std::optional<std::string> HttpServer::Impl::start() {
  // civetweb says little about why it cannot listen; and the relay needs the socket.
  const int listener = address.listen(static_cast<int>(options.waiting_max));
  if (listener < 0) return std::system_category().message(errno);

  const bool relayed = address.is_ipv6() && mg_check_feature(MG_FEATURES_IPV6) == 0;
  if (!relayed) {
    close(listener);
    auto error = start_civetweb();
    address = civetweb_address;
    return error;
  }
  address.set_port(TcpAddress::port_of(listener));
  civetweb_address = *TcpAddress::parse("127.0.0.1:0");
  if (auto error = start_civetweb()) {
    close(listener);
    return error;
  }
  TcpRelayOptions relaying{.target = civetweb_address};
  relaying.connections_max = options.workers + options.waiting_max;
  // Everybody before it may take as long as a client may, and so may it.
  relaying.lifetime_max = 2 * options.client_timeout * (2 + relaying.connections_max / options.workers);
  try {
    relay = std::make_unique<TcpRelay>(listener, relaying);
  } catch (const std::system_error& error) {
    close(listener);
    return error.what();
  }
  return std::nullopt;
}

std::optional<std::string> HttpServer::Impl::start_civetweb() {
  const std::string where = civetweb_address.text();
  const std::string workers = std::to_string(options.workers);
  const std::string backlog = std::to_string(options.waiting_max);
  const std::string timeout = std::to_string(options.client_timeout.count());
  const std::string request_bytes = std::to_string(options.request_bytes_max);
  // connection_queue: what waits there when the server stops is never closed, so it is as short as can be.
  const std::array<const char*, 19> settings{"listening_ports",
                                             where.c_str(),
                                             "num_threads",
                                             workers.c_str(),
                                             "connection_queue",
                                             "1",
                                             "listen_backlog",
                                             backlog.c_str(),
                                             "request_timeout_ms",
                                             timeout.c_str(),
                                             "tcp_nodelay",
                                             "1",
                                             "max_request_size",
                                             request_bytes.c_str(),
                                             "decode_url",
                                             "no",
                                             "enable_auth_domain_check",
                                             "no",
                                             nullptr};
  mg_callbacks callbacks{};
  callbacks.init_thread = [](const mg_context*, int) -> void* {
    setpriority(PRIO_PROCESS, 0, kNice);  // of the thread; fails where it is less already
    return nullptr;
  };
  callbacks.begin_request = [](mg_connection* connection) {
    return static_cast<const Impl*>(mg_get_request_info(connection)->user_data)->answer(connection);
  };
  callbacks.http_error = [](mg_connection* connection, int status, const char* text) {
    const std::string reply = render({.status = status, .body = fmt::format("{}\n", text)}, true, false);
    mg_write(connection, reply.data(), reply.size());
    return 0;
  };
  callbacks.log_message = [](const mg_connection* connection, const char* text) {
    auto* impl = static_cast<Impl*>(mg_get_user_data(mg_get_context(connection)));
    if (std::this_thread::get_id() == impl->starter) impl->last_log_line = text;
    return 1;  // not to stderr
  };
  civetweb = mg_start(&callbacks, this, const_cast<const char**>(settings.data()));
  mg_server_port bound{};
  if (civetweb == nullptr || mg_get_server_ports(civetweb, 1, &bound) != 1) {
    return last_log_line.empty() ? "civetweb does not start" : last_log_line;
  }
  civetweb_address.set_port(static_cast<std::uint16_t>(bound.port));
  return std::nullopt;
}

HttpServer::Impl::~Impl() {
  relay.reset();
  if (civetweb != nullptr) {
    // mg_stop() waits for threads that look up every two seconds or when their sockets end.
    const SignalsBlocked blocked;
    const auto stopped = std::async(std::launch::async, [this] { mg_stop(civetweb); });
    do {
      civetweb_address.shut_down_sockets();
    } while (stopped.wait_for(kStopPoll) != std::future_status::ready);
  }
  mg_exit_library();
}

int HttpServer::Impl::answer(mg_connection* connection) const {
  const mg_request_info& info = *mg_get_request_info(connection);
  const std::string_view method = view(info.request_method);
  HttpResponse response =
      respond(method, {.path = view(info.local_uri_raw), .query = view(info.query_string)},
              caller_of(connection, info));
  const int status = response.status;
  const bool may_compress = accepts_gzip(view(mg_get_header(connection, "Accept-Encoding")));
  send_all(connection, render(std::move(response), method != "HEAD", may_compress), options.client_timeout);
  return status;
}

HttpResponse HttpServer::Impl::respond(std::string_view method, const HttpRequest& request,
                                       const HttpCaller& caller) const {
  const auto route = std::ranges::find(routes, request.path, &HttpRoute::path);
  const Access access = route == routes.end() ? Access::anyone : route->access;
  if (auto refusal = guard.refuse(caller, access)) {
    return {.status = refusal->status, .body = std::move(refusal->text) + '\n'};
  }
  if (route == routes.end()) return {.status = 404, .body = "no such page\n"};
  if (method != "GET" && method != "HEAD") return {.status = 405, .body = "GET and HEAD only\n"};
  return route->handler(request);
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

void HttpServer::replace_token(std::string token) { impl_->guard.replace_token(std::move(token)); }

std::uint16_t HttpServer::port() const { return impl_->address.port(); }
std::string HttpServer::address() const { return impl_->address.text(); }

}  // namespace mailvoid::admin
