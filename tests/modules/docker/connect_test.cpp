// SPDX-License-Identifier: Apache-2.0
// Targets over TCP: what is read of certificates, and what is said of an engine that cannot be spoken to securely.
#include <sys/stat.h>
#include <unistd.h>

#include "host/core/text.h"
#include "modules/docker/connect/certificates.h"
#include "modules/docker/connect/endpoint.h"
#include "modules/docker/connect/target.h"
#include "modules/docker/operations.h"
#include "tests/support/http_server.h"
#include "tests/support/skip.h"
#include "tests/support/test_world.h"
#include "tests/support/tls_server.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

const files::Tree& tree() { return files::Tree::real(); }

Result<Endpoint> endpoint_of(const Value& target) { return read_endpoint(tree(), target, Environment{}); }

Value tcp(const std::string& address, Value options = Value::object({})) {
  options.set("address", address);
  return options;
}

Error ask(TestWorld& world, const Value& target) {
  const auto answer = world.perform(kContainerList, Value::object({{"target", target}}));
  REQUIRE_FALSE(answer);
  return answer.error();
}

Error ask(const Value& target) {
  TestWorld world;
  return ask(world, target);
}

}  // namespace

TEST_CASE("docker target: addresses over tcp lead where they say, and to docker's ports where they do not",
          "[docker]") {
  for (const auto& [address, plain, secure] :
       {std::tuple{"tcp://node1:4000", "http://node1:4000", "https://node1:4000"},
        {"tcp://node1", "http://node1:2375", "https://node1:2376"},
        {"tcp://node1/prefix/", "http://node1:2375/prefix", "https://node1:2376/prefix"},
        {"tcp://[::1]:23750", "http://[::1]:23750", "https://[::1]:23750"},
        {"tcp://[::1]", "http://[::1]:2375", "https://[::1]:2376"}}) {
    const auto without = endpoint_of(tcp(address, Value::object({{"tls", false}})));
    REQUIRE(without);
    CHECK(without->base == plain);
    const auto with = endpoint_of(tcp(address));
    REQUIRE(with);
    CHECK(with->base == secure);
    CHECK_FALSE(with->insecure);
  }
  for (const char* bad : {"tcp://", "tcp://node1:", "tcp://node1:0", "tcp://node1:99999", "tcp://a b:1",
                          "tcp://user@node1:1", "tcp://node1:1?x", "tcp://node1:1#x"}) {
    INFO(bad);
    const auto refused = endpoint_of(tcp(bad));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "docker.unsupported");
  }
}

TEST_CASE("docker target: over ssh there may be a user, a port and the path of a socket", "[docker]") {
  const auto full = endpoint_of("ssh://deploy@web1:2222/run/user/1000/docker.sock");
  REQUIRE(full);
  CHECK(full->ssh_machine == "ssh://deploy@web1:2222");
  CHECK(full->ssh_socket == "/run/user/1000/docker.sock");
  CHECK(endpoint_of("ssh://web1/")->ssh_socket.empty());
  for (const char* bad : {"ssh://joe:word@web1", "ssh://web1?x=1", "ssh://web1#x"})
    CHECK(endpoint_of(bad).error().code == "docker.unsupported");
  CHECK_FALSE(endpoint_of("ssh://joe:word@web1").error().message.find("word@") != std::string::npos);
}

TEST_CASE("docker target: a secret key is in neither the key of the connection nor the permissions", "[docker]") {
  TestWorld world;
  const Value target =
      tcp("tcp://node1:2376", Value::object({{"certs", "/certs"}, {"key", Value::Secret{"very secret", "KEY"}}}));
  CHECK(key_of(target).find("very secret") == std::string::npos);
  CHECK(key_of(target) != key_of(tcp("tcp://node1:2376", Value::object({{"certs", "/certs"}}))));
  const auto way = way_to(world.world(), target);
  REQUIRE(way.size() == 1);
  CHECK(way[0].kind == "read");
  CHECK(way[0].target == "/certs");
  CHECK(way[0].on_the_way);
}

TEST_CASE("docker certificates: what is missing, broken or encrypted is named", "[docker]") {
  if (!have_openssl()) RUNBOOK_SKIP("there is no openssl");
  const TempDirectory directory;
  const Authority authority(directory);
  authority.sign_client("client");
  authority.encrypt("client", "word");
  const auto read = [&](CertificateFiles from) { return read_certificates(tree(), from); };

  CertificateFiles whole;
  whole.directory = directory.path();
  REQUIRE(read(whole));
  CHECK((*read(whole))->cert.empty());
  directory.file("cert.pem", directory.content("client.pem"));
  CHECK_THAT(read(whole).error().message, ContainsSubstring("key.pem' is missing"));
  directory.file("key.pem", directory.content("client.key"));
  CHECK((*read(whole))->key == directory.content("client.key"));

  directory.file("key.pem", directory.content("client.encrypted.key"));
  const auto encrypted = read(whole);
  REQUIRE_FALSE(encrypted);
  CHECK(encrypted.error().code == "docker.tls");
  CHECK_THAT(encrypted.error().message, ContainsSubstring("key.pem' is encrypted"));
  CHECK_THAT(encrypted.error().hint, ContainsSubstring("without a passphrase"));

  CertificateFiles text = whole;
  text.key_text = directory.content("client.key");
  CHECK((*read(text))->key == text.key_text);
  text.key_text = "word";
  CHECK_THAT(read(text).error().message, ContainsSubstring("no private key"));

  directory.file("ca.pem", "not one");
  CHECK_THAT(read(whole).error().message, ContainsSubstring("ca.pem' holds no certificate of the authority"));
  std::filesystem::remove(directory / "ca.pem");
  CHECK_THAT(read(whole).error().hint, ContainsSubstring("verified"));
}

TEST_CASE("docker tls: each way in which a connection is not secure is said with its remedy", "[docker]") {
  if (!have_openssl()) RUNBOOK_SKIP("there is no openssl");
  const TempDirectory directory, others;
  const Authority authority(directory), strangers(others);
  const Value trusting = Value::object({{"ca", directory / "ca.pem"}});
  const auto refused = [&](const TlsServer& server, const std::string& hint, Value options) {
    const Error error = ask(tcp(cat("tcp://127.0.0.1:", server.port()), std::move(options)));
    INFO(error.message);
    CHECK(error.code == "docker.tls");
    CHECK_THAT(error.message, ContainsSubstring("no secure connection to the engine at 'tcp://127.0.0.1:"));
    CHECK_THAT(error.hint, ContainsSubstring(hint));
  };
  authority.sign("good", "IP:127.0.0.1");
  authority.sign("other", "DNS:other.example");
  authority.sign("old", "IP:127.0.0.1", -1);
  authority.sign_itself("self", "IP:127.0.0.1");
  refused(TlsServer(directory, "self"), "not of the authority", trusting);
  refused(TlsServer(directory, "good"), "not of the authority", Value::object({{"ca", others / "ca.pem"}}));
  refused(TlsServer(directory, "good"), "give the certificate of the authority", Value::object({}));
  refused(TlsServer(directory, "other"), "for other names", trusting);
  refused(TlsServer(directory, "old"), "too old", trusting);
  refused(TlsServer(directory, "good", directory / "ca.pem"), "wants a client certificate", trusting);

  strangers.sign_client("stranger");
  Value stranger = trusting;
  stranger.set("cert", others / "stranger.pem");
  stranger.set("key", others / "stranger.key");
  refused(TlsServer(directory, "good", directory / "ca.pem"), "does not take this client certificate", stranger);

  // Without verification one gets through, to what is no engine.
  const TlsServer self(directory, "self");
  const Error page = ask(tcp(cat("tcp://127.0.0.1:", self.port()), Value::object({{"insecure", true}})));
  CHECK(page.code == "docker.engine");
  CHECK_THAT(page.message, ContainsSubstring("is no Docker Engine"));
}

TEST_CASE("docker tls: a plain port spoken to with TLS, and the other way round, are found out", "[docker]") {
  TestWorld world;
  HttpServer secure(world.loop(), [](const HttpServer::Request&) {
    return HttpServer::raw("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
  });
  const Error over_plain = ask(world, tcp(cat("tcp://127.0.0.1:", secure.port()), Value::object({{"tls", false}})));
  CHECK(over_plain.code == "docker.tls");
  CHECK_THAT(over_plain.message, ContainsSubstring("speaks TLS only"));
  CHECK_THAT(over_plain.hint, ContainsSubstring("certs ="));

  HttpServer plain(world.loop(), [](const HttpServer::Request&) { return HttpServer::answer(200, "OK"); });
  plain.greeting = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request";
  const Error over_tls = ask(world, tcp(cat("tcp://127.0.0.1:", plain.port())));
  CHECK(over_tls.code == "docker.tls");
  CHECK_THAT(over_tls.hint, ContainsSubstring("speaks no TLS"));
}

TEST_CASE("docker tcp: a port where nobody listens, and a name that nobody knows", "[docker]") {
  const Error refused = ask(tcp("tcp://127.0.0.1:1", Value::object({{"tls", false}})));
  CHECK(refused.code == "docker.connect");
  CHECK(refused.retryable);
  CHECK_THAT(refused.hint, ContainsSubstring("does it listen on that port"));
  const Error unknown = ask(tcp("tcp://no.such.host.invalid:2376"));
  CHECK(unknown.code == "docker.connect");
  CHECK_THAT(unknown.hint, ContainsSubstring("name of the machine"));
}

TEST_CASE("docker unix: no socket, a file, a directory and one that is forbidden are told apart", "[docker]") {
  const TempDirectory directory;
  const auto of = [&](const std::string& name) { return ask("unix://" + directory / name); };
  const Error none = of("none.sock");
  CHECK(none.code == "docker.connect");
  CHECK_THAT(none.message, ContainsSubstring("there is no '"));
  directory.file("file", "text");
  CHECK_THAT(of("file").message, ContainsSubstring("is no socket"));
  std::filesystem::create_directory(directory / "made");
  CHECK_THAT(of("made").hint, ContainsSubstring("a directory of that name is made where"));
}

TEST_CASE("docker tcp: requests of one handle go over one connection", "[docker]") {
  TestWorld world;
  HttpServer server(world.loop(), [](const HttpServer::Request& request) {
    return HttpServer::answer(200, request.target == "/_ping" ? "OK" : "[]", "Api-Version: 1.41\r\n");
  });
  const Value target = tcp(cat("tcp://127.0.0.1:", server.port()), Value::object({{"tls", false}}));
  for (int i = 0; i < 5; ++i) REQUIRE(world.perform(kContainerList, Value::object({{"target", target}})));
  REQUIRE(server.requests.size() == 6);
  for (const auto& request : server.requests) CHECK(request.connection == 1);
}

TEST_CASE("docker tls: a server that hangs up once it knows that we have no certificate is no broken engine",
          "[docker]") {
  if (!have_openssl()) RUNBOOK_SKIP("there is no openssl");
  const TempDirectory directory;
  const Authority authority(directory);
  authority.sign("good", "IP:127.0.0.1");
  // Whether its reason arrives before the end of the connection is a matter of chance.
  for (int i = 0; i < 10; ++i) {
    const TlsServer server(directory, "good", directory / "ca.pem");
    const Value options = Value::object({{"ca", directory / "ca.pem"}});
    const Error error = ask(tcp(cat("tcp://127.0.0.1:", server.port()), options));
    INFO(error.message);
    CHECK(error.code == "docker.tls");
    CHECK_THAT(error.hint, ContainsSubstring("wants a client certificate"));
  }
}

TEST_CASE("docker target: a service reads its secrets from the engine that is meant, also over tcp", "[docker]") {
  TestWorld world;
  const Value secret = Value::object({{"secret", "tls"}});
  const Value args = Value::object({{"target", tcp("tcp://node1:2376")},
                                    {"name", "web"},
                                    {"image", "app:1"},
                                    {"secrets", Value::array({secret})}});
  const auto touched = kServiceVerify.access(world.world(), args);
  CHECK(touched.size() > 1);
  for (const Access& access : touched) CHECK(access.target == "tcp://node1:2376");
}
