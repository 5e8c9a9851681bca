// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server for people and scrapers: exact paths, GET and HEAD, one request a connection, fixed
// worker threads, bounded memory. civetweb does the talking. Not for the internet: no TLS, no authentication.
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
};

// Called on any of the worker threads, several at once; must not throw.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct HttpRoute {
  std::string path;  // matched whole, without the query
  HttpHandler handler;
};

struct HttpServerOptions {
  // A numeric address with a port, "127.0.0.1:9525" or "[::1]:9525"; port 0 takes a free one.
  std::string address = "127.0.0.1:0";
  unsigned workers = 3;
  // Connections that wait for a worker; more wait in the kernel, and beyond its backlog they are refused.
  unsigned waiting_max = 32;
  // From the accept: how long a client may take over its request, and again over reading the answer.
  std::chrono::milliseconds client_timeout{2000};
  // Request line and headers; more is answered with 413. Held once per worker.
  std::size_t request_bytes_max = 8192;
};

class HttpServer {
 public:
  // Listens and starts the workers, which block every signal. The error is one line for people that names the
  // address and the cause: "cannot listen on 127.0.0.1:80: Permission denied".
  // Other paths than those of `routes` are answered with 404, other methods with 405.
  [[nodiscard]] static std::expected<std::unique_ptr<HttpServer>, std::string> start(
      const HttpServerOptions& options, std::vector<HttpRoute> routes);

  // Stops listening, cuts off whoever is connected, and returns when no handler runs any more.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

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
