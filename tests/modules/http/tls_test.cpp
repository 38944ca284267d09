// SPDX-License-Identifier: Apache-2.0
// Which servers a client takes for the one it was sent to: with openssl's own server, and certificates made for the
// test.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "host/core/text.h"
#include "modules/http/client.h"
#include "tests/support/skip.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_world.h"

using namespace runbook;

namespace {

bool have_openssl() { return std::system("command -v openssl >/dev/null 2>&1") == 0; }

/// Certificates in a directory: "ca.pem", and NAME.pem with NAME.key for servers.
class Authority {
 public:
  explicit Authority(const TempDirectory& directory) : directory_(directory) {
    openssl("req -x509 -days 2 -subj /CN=authority -keyout ca.key -out ca.pem" + kNewKey);
  }
  /// `days` that it is valid for from now on; negative: it has expired.
  void sign(const std::string& name, const std::string& host, int days = 2) const {
    openssl(cat("req -subj /CN=", name, " -addext subjectAltName=", host, " -keyout ", name, ".key -out ", name, ".csr",
                kNewKey));
    openssl(cat("x509 -req -in ", name, ".csr -CA ca.pem -CAkey ca.key -copy_extensions copy -days ", days, " -out ",
                name, ".pem"));
  }
  void sign_itself(const std::string& name, const std::string& host) const {
    openssl(cat("req -x509 -days 2 -subj /CN=", name, " -addext subjectAltName=", host, " -keyout ", name, ".key -out ",
                name, ".pem", kNewKey));
  }

 private:
  static inline const std::string kNewKey = " -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1";
  void openssl(const std::string& arguments) const {
    INFO(arguments);
    REQUIRE(std::system(cat("cd ", directory_.path(), " && openssl ", arguments, " 2>>openssl.log").c_str()) == 0);
  }
  const TempDirectory& directory_;
};

/// Answers every request over TLS with a page of its own, on a free loopback port.
class TlsServer {
 public:
  TlsServer(const TempDirectory& directory, const std::string& name) {
    const std::string certificate = directory / (name + ".pem"), key = directory / (name + ".key");
    int out[2];
    REQUIRE(pipe(out) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], STDOUT_FILENO);
      close(out[0]);
      close(out[1]);
      if (freopen("/dev/null", "w", stderr) == nullptr) _exit(127);
      execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificate.c_str(), "-key",
             key.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    close(out[1]);
    out_ = fdopen(out[0], "r");
    char line[256];
    while (port_.empty() && std::fgets(line, sizeof line, out_)) {
      const std::string text(trim(line));
      if (text.starts_with("ACCEPT")) port_ = text.substr(text.rfind(':') + 1);
    }
    REQUIRE_FALSE(port_.empty());
  }
  ~TlsServer() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    std::fclose(out_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  std::string url(const std::string& host = "127.0.0.1") const { return cat("https://", host, ":", port_, "/"); }

 private:
  pid_t pid_ = -1;
  FILE* out_ = nullptr;
  std::string port_;
};

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
