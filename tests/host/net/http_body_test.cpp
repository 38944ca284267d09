// SPDX-License-Identifier: Apache-2.0
#include "host/net/http_body.h"

#include "host/core/text.h"
#include "tests/support/catch.h"

using namespace runbook;

namespace {

HttpHead head_of(const std::vector<std::string>& lines) {
  HttpHead head;
  REQUIRE(head.add("HTTP/1.1 200 OK"));
  for (const std::string& line : lines) REQUIRE(head.add(line));
  REQUIRE(head.add(""));
  return head;
}

struct Read {
  std::string content;
  std::string rest;
  bool whole = false;
  std::string code;
};

// The wire in pieces of that size: where it is cut must not matter.
Read read(const std::vector<std::string>& headers, const std::string& wire, std::size_t size) {
  HttpBody body;
  Read out;
  if (Status begun = body.begin(head_of(headers), "GET"); !begun) {
    out.code = begun.error().code;
    return out;
  }
  for (std::size_t at = 0; at < wire.size(); at += size) {
    std::string_view bytes = std::string_view(wire).substr(at, size);
    while (!bytes.empty() && !body.whole()) {
      const auto piece = body.next(bytes);
      if (!piece) {
        out.code = piece.error().code;
        return out;
      }
      out.content += *piece;
    }
    out.rest += bytes;
  }
  out.whole = body.whole();
  return out;
}

}  // namespace

TEST_CASE("http body: it is found however the wire is cut", "[http]") {
  for (const std::size_t size : {1U, 2U, 3U, 7U, 1000U}) {
    INFO(size);
    const Read sized = read({"Content-Length: 5"}, "helloHTTP/1.1", size);
    CHECK(sized.content == "hello");
    CHECK(sized.whole);
    CHECK(sized.rest == "HTTP/1.1");
    const Read chunked = read({"Transfer-Encoding: Chunked"}, "5\r\nhello\r\n6;note=\"x\"\r\n world\r\nA\n0123456789\n0\r\nTrailer: 1\r\n\r\nrest", size);
    CHECK(chunked.content == "hello world0123456789");
    CHECK(chunked.whole);
    CHECK(chunked.rest == "rest");
    const Read open = read({}, "until the end", size);
    CHECK(open.content == "until the end");
    CHECK_FALSE(open.whole);
  }
}

TEST_CASE("http body: some responses have none, whatever their headers say", "[http]") {
  HttpBody body;
  REQUIRE(body.begin(head_of({"Content-Length: 99"}), "HEAD"));
  CHECK(body.whole());
  HttpHead gone;
  for (const char* line : {"HTTP/1.1 204 No Content", "Transfer-Encoding: chunked", ""}) REQUIRE(gone.add(line));
  REQUIRE(body.begin(gone, "POST"));
  CHECK(body.whole());
  REQUIRE(body.begin(head_of({"Content-Length: 0"}), "GET"));
  CHECK(body.whole());
}

TEST_CASE("http body: a length that is none, or two of them, are refused", "[http]") {
  for (const char* length : {"-1", "", "5x", "0x5", "99999999999999999999", "5, 5"}) {
    INFO(length);
    CHECK(read({cat("Content-Length: ", length)}, "hello", 100).code == "http.protocol");
  }
  CHECK(read({"Content-Length: 5", "Content-Length: 6"}, "hello", 100).code == "http.protocol");
  CHECK(read({"Content-Length: 5", "Content-Length: 5"}, "hello", 100).whole);
  CHECK(read({"Transfer-Encoding: gzip, chunked"}, "hello", 100).code == "http.protocol");
  // The chunks count, not the length (RFC 9112, 6.3).
  CHECK(read({"Transfer-Encoding: chunked", "Content-Length: 3"}, "5\r\nhello\r\n0\r\n\r\n", 100).content == "hello");
}

TEST_CASE("http body: broken chunks are refused", "[http]") {
  for (const char* wire : {"x\r\nhello\r\n", "-5\r\nhello\r\n", "\r\n", "5\r\nhello!\r\n0\r\n\r\n", "fffffffffffffffff\r\n"}) {
    INFO(wire);
    CHECK(read({"Transfer-Encoding: chunked"}, wire, 100).code == "http.protocol");
  }
  CHECK(read({"Transfer-Encoding: chunked"}, std::string(20000, '0'), 100).code == "http.protocol");
  std::string trailers = "0\r\n";
  for (int i = 0; i < 10000; ++i) trailers += "X: 0123456789\r\n";
  CHECK(read({"Transfer-Encoding: chunked"}, trailers, 1000).code == "http.too_large");
}
