// SPDX-License-Identifier: Apache-2.0
#include "modules/http/client.h"

#include <unistd.h>

#include <cstdlib>

#include "host/core/text.h"
#include "tests/support/http_server.h"
#include "tests/support/test_world.h"

using namespace runbook;
using http::is_expected;

namespace {

class Bench : public TestWorld {
 public:
  Bench() { unsetenv("http_proxy"); }
  Result<Value> call(const std::string& method, Value args) {
    return wait([&](Done done) { http::perform({world(), std::move(args), {}}, method, std::move(done)); });
  }
};

HttpServer::Handler answer(int status, const std::string& body, const std::string& headers = {}) {
  return [=](const HttpServer::Request&) { return HttpServer::answer(status, body, headers); };
}

Value::Secret secret(const char* text) { return {text, "TOKEN"}; }

}  // namespace

TEST_CASE("http client: a response has lower-case headers, and JSON decoded", "[http]") {
  Bench bench;
  HttpServer server(bench.loop(), answer(200, R"({"a":[1,null]})", "Content-Type: application/json; charset=utf-8\r\nVary: a\r\nVary: b\r\n"));
  const auto response = bench.call("GET", Value::object({{"url", server.url("/x")}}));
  REQUIRE(response);
  CHECK((*response)["status"].as_int() == 200);
  CHECK((*response)["headers"]["vary"].as_string() == "a, b");
  CHECK((*response)["json"]["a"].items().size() == 2);
  CHECK((*response)["url"].as_string() == server.url("/x"));
}

TEST_CASE("http client: a status that was not expected is an error with its words", "[http]") {
  Bench bench;
  HttpServer server(bench.loop(), answer(503, "try later\nmuch later"));
  const auto response = bench.call("POST", Value::object({{"url", server.url("/x?token=hunter2")}}));
  REQUIRE_FALSE(response);
  const Error& error = response.error();
  CHECK(error.code == "http.status");
  CHECK(error.retryable);
  CHECK(error.context.at("status") == "503");
  CHECK(error.context.at("body") == "try later\nmuch later");
  CHECK(error.message == cat("POST ", server.url("/x"), ": status 503: try later"));
}

TEST_CASE("http client: expect takes statuses, classes and lists", "[http]") {
  CHECK(is_expected(204, Value()));
  CHECK_FALSE(is_expected(301, Value()));
  CHECK(is_expected(404, Value(404)));
  CHECK(is_expected(404, Value("4xx")));
  CHECK(is_expected(404, Value::array({"2xx", 404})));
  CHECK_FALSE(is_expected(200, Value(404)));
  Bench bench;
  for (const Value& wrong : {Value("abc"), Value(true), Value(7), Value::array({"6xx"})}) {
    CHECK(bench.call("GET", Value::object({{"url", "http://127.0.0.1:1/"}, {"expect", wrong}})).error().code == "argument.invalid");
  }
}

TEST_CASE("http client: fetch returns any status unless told what to expect", "[http]") {
  Bench bench;
  HttpServer server(bench.loop(), answer(404, "no"));
  CHECK((*bench.call("", Value::object({{"url", server.url("/")}})))["status"].as_int() == 404);
  CHECK(bench.call("", Value::object({{"url", server.url("/")}, {"expect", 200}})).error().code == "http.status");
}

TEST_CASE("http client: bodies are sent as JSON, as forms or as they are", "[http]") {
  Bench bench;
  HttpServer server(bench.loop(), answer(200, ""));
  const auto post = [&](const char* key, Value value) {
    REQUIRE(bench.call("POST", Value::object({{"url", server.url("/")}, {key, std::move(value)}})));
    return server.requests.back();
  };
  auto seen = post("json", Value::object({{"k", secret("hunter2")}}));
  CHECK(seen.body == R"({"k":"hunter2"})");
  CHECK(seen.headers.at("content-type") == "application/json");
  seen = post("form", Value::object({{"a b", "1&2"}, {"n", 3}, {"s", secret("x y")}}));
  CHECK(seen.body == "a%20b=1%262&n=3&s=x%20y");
  CHECK(seen.headers.at("content-type") == "application/x-www-form-urlencoded");
  seen = post("body", "raw");
  CHECK(seen.body == "raw");
  CHECK(bench.call("POST", Value::object({{"url", server.url("/")}, {"body", "x"}, {"form", Value(Value::Object{})}})).error().code ==
        "argument.invalid");
}

TEST_CASE("http client: credentials go into the Authorization header and no message", "[http]") {
  Bench bench;
  HttpServer server(bench.loop(), answer(401, "no"));
  auto response = bench.call("GET", Value::object({{"url", server.url("/")}, {"bearer", secret("hunter2")}}));
  CHECK(server.requests.back().headers.at("authorization") == "Bearer hunter2");
  CHECK(response.error().message.find("hunter2") == std::string::npos);
  response = bench.call("GET", Value::object({{"url", server.url("/")}, {"user", "Aladdin"}, {"password", secret("open sesame")}}));
  CHECK(server.requests.back().headers.at("authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST_CASE("http client: what may pass is tried again as often as asked", "[http]") {
  Bench bench;
  int seen = 0;
  HttpServer server(bench.loop(), [&](const HttpServer::Request&) {
    ++seen;
    if (seen == 1) return HttpServer::answer(503, "", "Retry-After: 0\r\n");
    if (seen == 2) return HttpServer::raw("");
    return HttpServer::answer(200, "at last");
  });
  const auto response = bench.call("GET", Value::object({{"url", server.url("/")}, {"retries", 3}}));
  REQUIRE(response);
  CHECK((*response)["body"].as_string() == "at last");
  CHECK(seen == 3);
}

TEST_CASE("http client: no attempt is made that the call's time does not allow", "[http]") {
  Bench bench;
  HttpServer server(bench.loop(), answer(503, "", "Retry-After: 3600\r\n"));
  const auto response = bench.call("GET", Value::object({{"url", server.url("/")}, {"retries", 3}, {"timeout", 5}}));
  CHECK(response.error().code == "http.status");
  CHECK(server.requests.size() == 1);
}

TEST_CASE("http client: a call cancelled between two attempts makes no other", "[http]") {
  Bench bench;
  HttpServer server(bench.loop(), answer(503, ""));
  bool called = false;
  Cancel cancel = http::perform({bench.world(), Value::object({{"url", server.url("/")}, {"retries", 3}}), {}}, "GET",
                                [&](const Result<Value>&) { called = true; });
  while (server.requests.empty()) bench.loop().turn();
  bool over = false;
  bench.loop().after(seconds(0.1), [&] { cancel(); });
  bench.loop().after(seconds(0.9), [&] { over = true; });
  while (!over) bench.loop().turn();
  CHECK_FALSE(called);
  CHECK(server.requests.size() == 1);
}

TEST_CASE("http client: demanded JSON that is none is an error", "[http]") {
  Bench bench;
  HttpServer server(bench.loop(), answer(200, "<html>"));
  CHECK(bench.call("GET", Value::object({{"url", server.url("/")}, {"json", true}})).error().code == "http.json");
  CHECK(server.requests.back().headers.at("accept") == "application/json");
}

TEST_CASE("http client: says what a call touches", "[http]") {
  TestWorld test;
  auto touched = http::access(test.world(), Value::object({{"url", "https://Example.org/x?y"}, {"ca_file", "/etc/ca.pem"}}));
  REQUIRE(touched.size() == 2);
  CHECK(touched[0].kind == "net");
  CHECK(touched[0].target == "https://example.org");
  CHECK(touched[1].kind == "read");
  touched = http::access(test.world(), Value::object({{"url", "http://docker/info"}, {"unix_socket", "/var/run/docker.sock"}}));
  CHECK(touched.at(0).target == "unix:///var/run/docker.sock");
}

TEST_CASE("http client: an address that is named itself may be link-local", "[http]") {
  CHECK(http::make_request("GET", Value::object({{"url", "http://169.254.169.254/"}}))->allow_link_local);
  CHECK_FALSE(http::make_request("GET", Value::object({{"url", "http://metadata.example/"}}))->allow_link_local);
}
