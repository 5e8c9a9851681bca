// SPDX-License-Identifier: Apache-2.0
#include "admin/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "admin/http_client.h"
#include "admin/tcp_address.h"

namespace mailvoid::admin {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

const std::string kLongText(300'000, 'x');
const std::string kMoreThanSocketsHold(16 << 20, 'x');

std::vector<HttpRoute> routes() {
  return {
      {"/hello", [](const HttpRequest&) { return HttpResponse{.body = "hello\n"}; }},
      {"/query", [](const HttpRequest& request) { return HttpResponse{.body = std::string(request.query)}; }},
      {"/long", [](const HttpRequest&) { return HttpResponse{.body = kLongText}; }},
      {"/huge", [](const HttpRequest&) { return HttpResponse{.body = kMoreThanSocketsHold}; }},
      {"/mail", [](const HttpRequest&) { return HttpResponse{.body = "mail\n"}; }, Access::token_holder},
  };
}

std::unique_ptr<HttpServer> start(const HttpServerOptions& options = {}) {
  auto server = HttpServer::start(options, routes());
  EXPECT_TRUE(server.has_value()) << server.error();
  return server ? *std::move(server) : nullptr;
}

// Each test of this kind runs on IPv4 and on IPv6.
class HttpServerTest : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<HttpServer> server = start({.address = GetParam()});
  std::string address = server->address();
};
INSTANTIATE_TEST_SUITE_P(IPv4, HttpServerTest, testing::Values("127.0.0.1:0"));
INSTANTIATE_TEST_SUITE_P(IPv6, HttpServerTest, testing::Values("[::1]:0"));

TEST_P(HttpServerTest, ReportsThePortItBound) {
  EXPECT_NE(server->port(), 0);
  EXPECT_EQ(TcpAddress::parse(address)->port(), server->port());
  EXPECT_EQ(get(address, "/hello").status, 200);
}

TEST_P(HttpServerTest, AnswersAGet) {
  const Reply reply = get(address, "/hello");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "hello\n");
  EXPECT_EQ(reply.header("Content-Length"), "6");
  EXPECT_EQ(reply.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(reply.header("Connection"), "close");
}

TEST_P(HttpServerTest, AnswersAHeadWithoutTheBody) {
  const Reply reply = ask(address, "HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("Content-Length"), "6");
  EXPECT_EQ(reply.body, "");
}

TEST_P(HttpServerTest, PassesTheQueryOn) { EXPECT_EQ(get(address, "/query?a=1&b=%20").body, "a=1&b=%20"); }

TEST_P(HttpServerTest, SendsALongAnswerWhole) {
  const Reply reply = get(address, "/long");
  EXPECT_EQ(reply.header("Content-Encoding"), "");
  EXPECT_TRUE(reply.body == kLongText) << reply.body.size();
}

TEST_P(HttpServerTest, KnowsNoOtherPath) {
  for (const char* path : {"/", "/hello/", "/Hello", "/hello2", "/%68ello", "/../hello", "//hello"}) {
    EXPECT_EQ(get(address, path).status, 404) << path;
  }
}

TEST_P(HttpServerTest, RefusesOtherMethods) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    const Reply reply = ask(
        address, std::string(method) + " /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(reply.status, 405) << method;
    EXPECT_EQ(reply.header("Allow"), "GET, HEAD") << method;
  }
}

TEST_P(HttpServerTest, RefusesANameThatItDoesNotHave) {
  for (const char* path : {"/hello", "/nope"}) {
    const Reply reply = ask(address, std::string("GET ") + path + " HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    EXPECT_EQ(reply.status, 421) << path;
  }
  EXPECT_EQ(ask(address, "GET /hello HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n\r\n").status, 400);
  EXPECT_EQ(ask(address, "GET /hello HTTP/1.1\r\n\r\n").status, 400);
  EXPECT_EQ(ask(address, "GET /hello HTTP/1.0\r\n\r\n").status, 200);
}

TEST_P(HttpServerTest, RefusesThePagesOfOtherSites) {
  EXPECT_EQ(get(address, "/hello", "Origin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(get(address, "/hello", "Origin: http://" + address + "\r\n").status, 200);
  EXPECT_EQ(get(address, "/hello", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n").status, 403);
  EXPECT_EQ(get(address, "/hello", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n").status, 200);
  EXPECT_EQ(get(address, "/mail", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n").status, 403);
}

TEST_P(HttpServerTest, ShowsMailOnThisMachine) { EXPECT_EQ(get(address, "/mail").body, "mail\n"); }

TEST_P(HttpServerTest, ShowsMailToWhoHasTheToken) {
  server.reset();
  server = start({.address = GetParam(), .token = "0123456789abcdef"});
  address = server->address();
  const Reply refused = get(address, "/mail");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer realm=\"mailvoid\"");
  EXPECT_EQ(get(address, "/mail", "Authorization: Bearer 0123456789abcdeg\r\n").status, 401);
  EXPECT_EQ(get(address, "/mail", "Authorization: Bearer 0123456789abcdef\r\n").body, "mail\n");
  EXPECT_EQ(get(address, "/hello").status, 200);
}

TEST(HttpServer, ShowsNoMailWhereOtherMachinesCanCome) {
  for (const char* any : {"0.0.0.0:0", "[::]:0"}) {
    const auto server = start({.address = any});
    const std::string here = "127.0.0.1:" + std::to_string(server->port());
    const std::string address = any[0] == '[' ? "[::1]:" + std::to_string(server->port()) : here;
    EXPECT_EQ(get(address, "/mail").status, 403) << any;
    EXPECT_EQ(get(address, "/hello").status, 200) << any;
  }
}

TEST(HttpServer, TakesANameThatItIsGiven) {
  const auto server = start({.host_names = {"sink.example"}});
  EXPECT_EQ(ask(server->address(), "GET /hello HTTP/1.1\r\nHost: sink.example:80\r\n\r\n").status, 200);
}

TEST_P(HttpServerTest, TellsBrowsersToBeCareful) {
  const std::pair<const char*, int> answers[] = {{"/hello", 200}, {"/nope", 404}};
  for (const auto& [path, status] : answers) {
    const Reply reply = get(address, path);
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(reply.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(reply.header("X-Frame-Options"), "DENY");
    EXPECT_EQ(reply.header("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(reply.header("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), "");
  }
}

// A server that waited for one of them would outlast this test by far.
TEST_P(HttpServerTest, StopsThoughClientsAreConnected) {
  server.reset();
  server = start({.address = GetParam(), .client_timeout = 1h});
  address = server->address();
  const Socket silent(address);
  const Socket halfway(address);
  halfway.send_text("GET /hel");
  const Socket not_reading(address);
  not_reading.send_text("GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(not_reading.wait_for_some());
  server.reset();
  EXPECT_EQ(halfway.read_to_end(1min), "");
  EXPECT_FALSE(Socket(address).connected());
}

TEST_P(HttpServerTest, StopsUnderLoad) {
  std::atomic<bool> over = false;
  std::atomic<int> answered = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!over) {
        if (get(address, "/long").status == 200) ++answered;
      }
    });
  }
  while (answered < 50) std::this_thread::yield();
  server.reset();
  EXPECT_FALSE(Socket(address).connected());
  over = true;
  for (std::thread& client : clients) client.join();
}

TEST_P(HttpServerTest, ServesOnWhileItHasManyMoreConnectionsThanItTakes) {
  server.reset();
  server = start({.address = GetParam(), .workers = 2, .waiting_max = 8, .client_timeout = 50ms});
  address = server->address();
  std::vector<std::unique_ptr<Socket>> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(std::make_unique<Socket>(address));
  EXPECT_EQ(get(address, "/hello").status, 200);
}

// However it keeps on sending: its time is for the whole request.
TEST(HttpServer, CutsOffAClientThatDoesNotFinishItsRequest) {
  constexpr int kOctetsMax = 3000;  // a minute, and far from the largest request
  const auto server = start({.client_timeout = 100ms});
  const Socket slow(server->address());
  slow.send_text("GET /hello HTTP/1.1\r\nX: ");
  std::optional<std::string> end;
  for (int i = 0; i < kOctetsMax && !end; ++i) {
    slow.send_text("x");
    end = slow.read_to_end(20ms);
  }
  ASSERT_TRUE(end);
  EXPECT_EQ(parse_reply(end).status, 400);
}

TEST(HttpServer, CutsOffAClientThatDoesNotRead) {
  const auto server = start({.workers = 1, .client_timeout = 100ms});
  const Socket not_reading(server->address());
  not_reading.send_text("GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(get(server->address(), "/hello").status, 200);
}

TEST(HttpServer, RefusesAnOversizedHeader) {
  const auto server = start({.request_bytes_max = 2048});
  for (const std::size_t octets : {3'000u, 100'000u}) {
    const Reply reply = get(server->address(), "/hello", "X-Long: " + std::string(octets, 'x') + "\r\n");
    EXPECT_THAT(reply.status, AnyOf(400, 413)) << octets;
  }
  EXPECT_EQ(get(server->address(), "/hello").status, 200);
}

TEST(HttpServer, SurvivesWhatIsNotHttp) {
  const auto server = start({.client_timeout = 100ms});
  const std::string tls_hello{0x16, 3, 1, 2, 0, 1, 0, 1, 0x7c, 3, 3};
  for (const std::string& nonsense :
       {std::string("\r\n\r\n"), std::string("EHLO there\r\n\r\n"), std::string("OPTIONS * HTTP/1.1\r\n\r\n"),
        std::string("GET http://x/hello HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        std::string("GET hello HTTP/1.1\r\n\r\n"), std::string("GET /hello HTTP/2.0\r\n\r\n"),
        std::string("GET  /hello\r\n\r\n"), std::string(5000, '\0'), tls_hello}) {
    ask(server->address(), nonsense);
  }
  EXPECT_EQ(get(server->address(), "/hello").status, 200);
}

TEST(HttpServer, CompressesForThoseWhoTakeIt) {
  const auto server = start();
  const Reply reply = get(server->address(), "/long", "Accept-Encoding: deflate, gzip\r\n");
  EXPECT_EQ(reply.header("Content-Encoding"), "gzip");
  EXPECT_EQ(reply.header("Content-Length"), std::to_string(reply.body.size()));
  EXPECT_LT(reply.body.size(), kLongText.size() / 10);
  std::string plain(kLongText.size() + 1, '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(reply.body.data()));
  stream.avail_in = static_cast<uInt>(reply.body.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_TRUE(plain == kLongText);
}

TEST(HttpServer, SendsShortAnswersAsTheyAre) {
  const auto server = start();
  EXPECT_EQ(get(server->address(), "/hello", "Accept-Encoding: gzip\r\n").body, "hello\n");
}

TEST(HttpServer, SaysThatAnAddressIsInUse) {
  for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
    const auto first = start({.address = address});
    const auto second = HttpServer::start({.address = first->address()}, routes());
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error(), "cannot listen on " + first->address() + ": Address already in use");
  }
}

TEST(HttpServer, SaysWhyItCannotListen) {
  const auto error_of = [](const char* address) {
    const auto server = HttpServer::start({.address = address}, routes());
    return server ? std::string("no error") : server.error();
  };
  EXPECT_EQ(error_of("192.0.2.1:9525"), "cannot listen on 192.0.2.1:9525: Cannot assign requested address");
  EXPECT_THAT(error_of("localhost:9525"), AllOf(HasSubstr("localhost:9525"), HasSubstr("numeric address")));
  EXPECT_THAT(error_of("127.0.0.1:65536"), HasSubstr("numeric address"));
  EXPECT_THAT(error_of(""), HasSubstr("numeric address"));
}

TEST(HttpServer, CanListenWhereItListenedAMomentAgo) {
  auto first = start();
  const std::string address = first->address();
  EXPECT_EQ(get(address, "/hello").status, 200);
  first.reset();
  const auto second = start({.address = address});
  EXPECT_EQ(get(address, "/hello").status, 200);
}

// The value of `field` in /proc/self/task/*/status, for each thread but this one.
std::vector<std::string> of_other_threads(const std::string& field) {
  std::vector<std::string> values;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == std::to_string(gettid())) continue;
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(field)) values.push_back(line.substr(line.find_last_of(" \t") + 1));
    }
  }
  return values;
}

TEST(HttpServer, LeavesTheProgramsSignalsToTheProgram) {
  const std::size_t before = of_other_threads("SigBlk:").size();
  for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
    const auto server = start({.address = address, .workers = 3});
    sigset_t mine;
    pthread_sigmask(SIG_BLOCK, nullptr, &mine);
    EXPECT_FALSE(sigismember(&mine, SIGTERM)) << "the caller's own mask is as it was";
    if (before != 0) continue;  // a sanitizer's thread, of which nothing can be said
    const auto masks = of_other_threads("SigBlk:");
    EXPECT_GE(masks.size(), 4u);
    for (const std::string& mask : masks) {
      const auto blocked = std::stoull(mask, nullptr, 16);
      for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) EXPECT_TRUE((blocked >> (signal - 1)) & 1);
    }
  }
}

TEST(HttpServer, LeavesABusyCpuToTheProgramsOwnThreads) {
  const int own = getpriority(PRIO_PROCESS, 0);
  const auto server = start();
  EXPECT_EQ(get(server->address(), "/hello").status, 200);
  int yielding = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    const int thread = std::stoi(task.path().filename());
    if (thread != gettid() && getpriority(PRIO_PROCESS, static_cast<id_t>(thread)) >= 10) ++yielding;
  }
  EXPECT_GE(yielding, 1);
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), own);
}

TEST(HttpRequest, FindsAParameterInTheQuery) {
  const HttpRequest request{.path = "/metrics", .query = "a=1&shards=1&b"};
  EXPECT_TRUE(request.has("shards", "1"));
  EXPECT_TRUE(request.has("a", "1"));
  EXPECT_FALSE(request.has("shards", "0"));
  EXPECT_FALSE(request.has("ards", "1"));
  EXPECT_FALSE(request.has("b", ""));
  EXPECT_FALSE((HttpRequest{.path = "/metrics", .query = ""}.has("shards", "1")));
}

}  // namespace
}  // namespace mailvoid::admin
