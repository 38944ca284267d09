// SPDX-License-Identifier: Apache-2.0
// Which servers a client takes for the one it was sent to: with openssl's own server, and certificates made for the
// test.
#include <cstdlib>

#include "host/core/text.h"
#include "modules/http/client.h"
#include "tests/support/skip.h"
#include "tests/support/test_world.h"
#include "tests/support/tls_server.h"

using namespace runbook;

namespace {

class Bench : public TestWorld {
 public:
  Bench() {
    for (const char* proxy : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) unsetenv(proxy);
  }
  Result<Value> get(const std::string& url, Value options = Value::object({})) {
    options.set("url", url);
    return wait([&](Done done) { http::perform({world(), std::move(options), {}}, "GET", std::move(done)); });
  }
  Result<Value> trusting(const TempDirectory& directory, const std::string& url) {
    return get(url, Value::object({{"ca_file", directory / "ca.pem"}}));
  }
};

void refused(const Result<Value>& answer) {
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == "http.tls");
  CHECK_FALSE(answer.error().retryable);
  CHECK_THAT(answer.error().message, ContainsSubstring("no secure connection to 'https://"));
}

}  // namespace

TEST_CASE("http tls: a server is believed whose certificate an authority signed that is trusted", "[http]") {
  if (!have_openssl()) RUNBOOK_SKIP("there is no openssl");
  const TempDirectory directory;
  Authority(directory).sign("good", "IP:127.0.0.1,DNS:localhost");
  const TlsServer server(directory, "good");
  Bench bench;
  const auto answer = bench.trusting(directory, server.url());
  INFO((answer ? "" : answer.error().message));
  REQUIRE(answer);
  CHECK((*answer)["status"].as_int() == 200);
  CHECK(bench.trusting(directory, server.url("localhost")).ok());
  // The same server, by an authority that nobody has heard of.
  refused(bench.get(server.url()));
  CHECK(bench.get(server.url(), Value::object({{"insecure", true}})).ok());
}

TEST_CASE("http tls: a certificate for another host, one that has expired and one that signed itself are refused",
          "[http]") {
  if (!have_openssl()) RUNBOOK_SKIP("there is no openssl");
  const TempDirectory directory;
  const Authority authority(directory);
  Bench bench;
  SECTION("another host") {
    authority.sign("other", "DNS:other.example");
    const TlsServer server(directory, "other");
    refused(bench.trusting(directory, server.url()));
    refused(bench.trusting(directory, server.url("localhost")));
  }
  SECTION("expired") {
    authority.sign("old", "IP:127.0.0.1", -1);
    const TlsServer server(directory, "old");
    const auto answer = bench.trusting(directory, server.url());
    refused(answer);
    CHECK_THAT(answer.error().message, ContainsSubstring("expired"));
  }
  SECTION("signed by itself") {
    authority.sign_itself("self", "IP:127.0.0.1");
    const TlsServer server(directory, "self");
    refused(bench.trusting(directory, server.url()));
  }
}

TEST_CASE("http tls: without authorities to trust nobody is believed", "[http]") {
  if (!have_openssl()) RUNBOOK_SKIP("there is no openssl");
  const TempDirectory directory;
  Authority(directory).sign("good", "IP:127.0.0.1");
  const TlsServer server(directory, "good");
  Bench bench;
  directory.file("ca.pem", "no certificate");
  refused(bench.trusting(directory, server.url()));
  std::filesystem::remove(directory / "ca.pem");
  refused(bench.trusting(directory, server.url()));
}
