// SPDX-License-Identifier: Apache-2.0
#include "host/net/url.h"

#include "host/core/net_address.h"
#include "tests/support/catch.h"

using namespace runbook;

TEST_CASE("url: reads scheme, host, port and path", "[url]") {
  const auto url = parse_url("HTTPS://Example.org:8443/a/b?x=1#part");
  REQUIRE(url);
  CHECK(url->scheme == "https");
  CHECK(url->host == "example.org");
  CHECK(url->port == 8443);
  CHECK(url->path == "/a/b?x=1");
  CHECK(url->origin() == "https://example.org:8443");
}

TEST_CASE("url: the origin leaves out the scheme's own port", "[url]") {
  CHECK(parse_url("http://example.org:80")->origin() == "http://example.org");
  CHECK(parse_url("https://[::1]/")->origin() == "https://[::1]");
  CHECK(parse_url("http://example.org?q")->path == "/?q");
}

TEST_CASE("url: refuses what two readers could read differently", "[url]") {
  for (const char* text : {"", "example.org", "ftp://example.org/", "file:///etc/passwd", "http://", "http:///x", "http://good.example@evil.example/",
                           "http://good.example\\@evil.example/", "http://exa mple.org/", "http://example.org/\r\nX: y", "http://example.org:0/",
                           "http://example.org:99999/", "http://example.org:8a/", "http://[::1/", "http://[evil]/", "http://-x/", "http://a%2eb/"}) {
    INFO(text);
    REQUIRE_FALSE(parse_url(text));
    CHECK(parse_url(text).error().code == "http.url");
  }
}

TEST_CASE("url: an error does not repeat the query or a password", "[url]") {
  CHECK(parse_url("ftp://example.org/?token=hunter2").error().message.find("hunter2") == std::string::npos);
  CHECK(parse_url("https://me:hunter2@example.org/").error().message.find("hunter2") == std::string::npos);
}

TEST_CASE("url: a Location is resolved against where it came from", "[url]") {
  const Url base = *parse_url("https://example.org/a/b/c?q=1");
  const auto lead = [&](const char* location) { return resolve_url(base, location)->text(); };
  CHECK(lead("http://other.example/x") == "http://other.example/x");
  CHECK(lead("//other.example/x") == "https://other.example/x");
  CHECK(lead("/x/../y") == "https://example.org/y");
  CHECK(lead("d") == "https://example.org/a/b/d");
  CHECK(lead("../d?z#f") == "https://example.org/a/d?z");
  CHECK(lead("?z") == "https://example.org/a/b/c?z");
  CHECK(lead("/x?next=http://other.example/") == "https://example.org/x?next=http://other.example/");
  CHECK_FALSE(resolve_url(base, "file:///etc/passwd"));
}

TEST_CASE("url: knows link-local and metadata addresses in every notation", "[url]") {
  for (const char* text : {"169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "febf::1", "::ffff:169.254.169.254", "fd00:ec2::254"}) {
    INFO(text);
    CHECK(is_link_local(text));
  }
  for (const char* text : {"127.0.0.1", "169.253.1.1", "10.0.0.1", "::1", "fec0::1", "fd00::1", "example.org", ""}) {
    INFO(text);
    CHECK_FALSE(is_link_local(text));
  }
}
