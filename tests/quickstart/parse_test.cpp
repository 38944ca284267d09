// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include <string>

#include "runbooks/quickstart/app/http.h"
#include "runbooks/quickstart/app/resolve.h"
#include "runbooks/quickstart/app/socket.h"
#include "tests/support/catch.h"

namespace quickstart {
namespace {

int status_of(const std::string& head) {
  Request request;
  Response refusal;
  return parse_request(head, &request, &refusal) ? 0 : refusal.status;
}

TEST_CASE("quickstart http: a request is its method, target and headers in lower case") {
  Request request;
  Response refusal;
  REQUIRE(parse_request("POST /visits?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length:  7 ", &request, &refusal));
  CHECK(request.method == "POST");
  CHECK(request.target == "/visits?x=1");
  CHECK(request.header("host") == "a");
  CHECK(request.content_length == 7);
}

TEST_CASE("quickstart http: what two readers could understand differently is refused") {
  CHECK(status_of("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nContent-Length: +1") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nTransfer-Encoding: chunked") == 411);
  CHECK(status_of("GET / HTTP/1.1\r\nHost : a") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\n folded: a") == 400);
  CHECK(status_of("GET  / HTTP/1.1") == 400);
  CHECK(status_of("GET http://elsewhere/ HTTP/1.1") == 400);
  CHECK(status_of("GET / HTTP/2") == 400);
  CHECK(status_of("") == 400);
}

TEST_CASE("quickstart http: a head of too many lines is refused") {
  std::string head = "GET / HTTP/1.1";
  for (int i = 0; i < 101; ++i) head += "\r\nx: y";
  CHECK(status_of(head) == 431);
}

TEST_CASE("quickstart socket: an endpoint is a host and a port") {
  Endpoint endpoint;
  CHECK(parse_endpoint("web-green:8080", &endpoint));
  CHECK(endpoint.host == "web-green");
  CHECK(endpoint.port == 8080);
  for (const char* wrong : {"", ":80", "a", "a:", "a:x", "a:80x", "a:65536", "a:-1", "a b:80", "a\n:80"}) {
    CHECK_FALSE(parse_endpoint(wrong, &endpoint));
  }
}

const std::string kHeader{0x12, 0x34, '\x81', '\x80', 0, 1, 0, 2, 0, 0, 0, 0};
const std::string kQuestion{3, 'w', 'e', 'b', 0, 0, 1, 0, 1};
const std::string kAlias{'\xc0', 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, '\xc0', 12};
const std::string kAddress{'\xc0', 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 1, 2, 3};

TEST_CASE("quickstart resolve: a question asks for the address of the name") {
  CHECK(dns_question("web", 0x1234) == std::string{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0} + kQuestion);
  CHECK(dns_question("a..b", 1).empty());
  CHECK(dns_question(std::string(64, 'a'), 1).empty());
}

TEST_CASE("quickstart resolve: the address is found behind an alias") {
  in_addr address{};
  std::string error;
  REQUIRE(dns_answer(kHeader + kQuestion + kAlias + kAddress, 0x1234, &address, &error));
  CHECK(ntohl(address.s_addr) == 0x0a010203);
}

TEST_CASE("quickstart resolve: an answer cut short anywhere gives no address") {
  const std::string packet = kHeader + kQuestion + kAlias + kAddress;
  in_addr address{};
  std::string error;
  for (std::size_t size = 0; size < packet.size(); ++size) {
    CHECK_FALSE(dns_answer(packet.substr(0, size), 0x1234, &address, &error));
  }
}

TEST_CASE("quickstart resolve: an answer to another question is refused") {
  in_addr address{};
  std::string error;
  CHECK_FALSE(dns_answer(kHeader + kQuestion + kAlias + kAddress, 0x1235, &address, &error));
  std::string missing = kHeader;
  missing[3] = '\x83';
  CHECK_FALSE(dns_answer(missing, 0x1234, &address, &error));
  CHECK(error == "no such name");
}

}  // namespace
}  // namespace quickstart
