// SPDX-License-Identifier: Apache-2.0
// Streams over TLS, with openssl's own server at the other end.
#include "runbook/http.h"
#include "tests/support/skip.h"
#include "tests/support/test_world.h"
#include "tests/support/tls_server.h"

using namespace runbook;

namespace {

struct Outcome {
  bool streamed = false;
  std::string received;
  Error error;
};

/// Asks for the server's page, which ends with the connection, as a stream.
Outcome stream(const std::string& url, std::shared_ptr<const HttpTls> tls, bool insecure = false) {
  TestWorld world;
  Outcome out;
  bool over = false;
  std::unique_ptr<ByteStream> kept;
  HttpRequest request;
  request.url = url;
  request.tls = std::move(tls);
  request.insecure = insecure;
  request.timeout = seconds(10);
  world.world().service<HttpClient>().upgrade(
      std::move(request), [&](std::string_view bytes) { out.received += bytes; },
      [&](const Status& status) {
        over = true;
        if (!status) out.error = status.error();
      },
      [&](Result<std::unique_ptr<ByteStream>> result) {
        out.streamed = result.ok();
        over = !result.ok();
        if (result)
          kept = std::move(*result);
        else
          out.error = result.error();
      });
  while (!over && world.loop().turn()) {
  }
  return out;
}

std::shared_ptr<HttpTls> trusting(const TempDirectory& directory) {
  auto tls = std::make_shared<HttpTls>();
  tls->ca = directory.content("ca.pem");
  return tls;
}

}  // namespace

TEST_CASE("http upgrade: over TLS the server is verified, by address or name", "[http]") {
  if (!have_openssl()) RUNBOOK_SKIP("there is no openssl");
  const TempDirectory directory;
  const Authority authority(directory);
  authority.sign("good", "IP:127.0.0.1,DNS:localhost");
  authority.sign("other", "DNS:other.example");
  const TlsServer good(directory, "good"), other(directory, "other");
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const Outcome page = stream(good.url(host), trusting(directory));
    CHECK(page.streamed);
    CHECK_THAT(page.received, ContainsSubstring("s_server"));
  }
  const Outcome stranger = stream(good.url(), nullptr);
  CHECK(stranger.error.code == "http.tls");
  CHECK_FALSE(stranger.streamed);
  CHECK(stream(other.url(), trusting(directory)).error.code == "http.tls");
  CHECK(stream(other.url("localhost"), trusting(directory)).error.code == "http.tls");
  CHECK(stream(other.url(), nullptr, true).streamed);
}

TEST_CASE("http upgrade: a server that wants a client certificate gets ours or refuses", "[http]") {
  if (!have_openssl()) RUNBOOK_SKIP("there is no openssl");
  const TempDirectory directory;
  const Authority authority(directory);
  authority.sign("good", "IP:127.0.0.1");
  authority.sign_client("client");
  const TlsServer server(directory, "good", directory / "ca.pem");
  const Outcome refused = stream(server.url(), trusting(directory));
  CHECK(refused.error.code == "http.tls");
  CHECK_THAT(refused.error.message, ContainsSubstring("alert"));
  auto ours = trusting(directory);
  ours->cert = directory.content("client.pem");
  ours->key = directory.content("client.key");
  CHECK(stream(server.url(), ours).streamed);
  ours->key = "nonsense";
  CHECK(stream(server.url(), ours).error.code == "http.tls");
}
