// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server for people and scrapers: exact paths, GET and HEAD, one request a connection, fixed
// worker threads, bounded memory. civetweb does the talking; it makes the process ignore SIGPIPE. Not for the
// internet: no TLS. Who may ask is said in http_guard.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "admin/http_guard.h"

namespace mailvoid::admin {

// Valid during the handler's call only.
struct HttpRequest {
  std::string_view path;
  std::string_view query;  // what follows "?", as sent; empty without one

  // Whether the query holds `name=value` literally.
  [[nodiscard]] bool has(std::string_view name, std::string_view value) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;  // compressed on the way where the client takes gzip and it is worth it
  // What a browser may do with it. A page says more, and keeps frame-ancestors.
  std::string content_security_policy = "default-src 'none'; frame-ancestors 'none'";
};

// Called on any of the worker threads, several at once; must not throw.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct HttpRoute {
  std::string path;     // matched whole, without the query
  HttpHandler handler;  // asked only on behalf of those whom `access` lets in
  Access access = Access::anyone;
};

struct HttpServerOptions {
  // A numeric address with a port, "127.0.0.1:9525" or "[::1]:9525"; port 0 takes a free one.
  std::string address = "127.0.0.1:0";
  unsigned workers = 4;
  // Connections that wait in the kernel for a worker. What comes on top of them is not accepted: its client
  // tries again by itself, a second later as a rule.
  unsigned waiting_max = 32;
  // How long a worker waits for a whole request, and again (give or take two seconds) for a client that does
  // not read its answer.
  std::chrono::milliseconds client_timeout{1000};
  // Request line and headers; more is answered with 400 or 413. Held once per worker.
  std::size_t request_bytes_max = 8192;
  // As in HttpGuardOptions.
  std::vector<std::string> host_names = {};
  std::string token = {};
};

class HttpServer {
 public:
  // Listens and starts the workers, which block every signal, inherit the caller's CPU affinity and yield
  // busy CPUs to threads of ordinary priority. The error is one line for people that names the address and
  // the cause: "cannot listen on 127.0.0.1:80: Permission denied". Requests that HttpGuard refuses never get
  // to a route; then other paths than those of `routes` are answered with 404, other methods with 405. Every
  // answer tells browsers to believe its type, to frame it nowhere and to tell nobody of it.
  [[nodiscard]] static std::expected<std::unique_ptr<HttpServer>, std::string> start(
      const HttpServerOptions& options, std::vector<HttpRoute> routes);

  // Stops listening, cuts off whoever is connected, and returns when no handler runs any more.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // As HttpGuard's; requests that have been let in are answered. From any thread.
  void replace_token(std::string token);

  // The port bound.
  [[nodiscard]] std::uint16_t port() const;
  // The address as given, with the port bound: "127.0.0.1:9525", "[::1]:9525".
  [[nodiscard]] std::string address() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailvoid::admin
