// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "host/core/text.h"
#include "host/ssh/forward/forwards.h"
#include "runbook/http.h"
#include "tests/host/ssh/ssh_runs.h"
#include "tests/support/http_server.h"
#include "tests/support/private_engine.h"
#include "tests/support/skip.h"
#include "tests/support/test_world.h"

namespace runbook::ssh {

namespace {

/// A machine with an HTTP server behind its sshd, and us in front.
struct Scene {
  explicit Scene(const std::vector<std::string>& sshd_lines = {})
      : server(sshd_lines), http(world.loop(), [this](const HttpServer::Request& request) { return HttpServer::answer(200, request.body + big); },
                                 server.directory() + "/http.sock") {
    chmod((server.directory() + "/http.sock").c_str(), 0777);
    there.address = *Address::parse("127.0.0.1:" + std::to_string(server.port()));
    there.identity = server.user_key();
    there.known_hosts = server.known_hosts();
    there.config = "";
  }
  Result<HttpResponse> get(const Forward& forward, std::string body = {}) {
    HttpRequest request;
    request.method = "POST";
    request.url = "http://behind/";
    request.unix_socket = forward.path();
    request.body = std::move(body);
    return send(std::move(request));
  }
  Result<HttpResponse> send(HttpRequest request) {
    request.timeout = seconds(20);
    std::unique_ptr<Result<HttpResponse>> out;
    world.world().service<HttpClient>().send(std::move(request), [&](Result<HttpResponse> result) {
      out = std::make_unique<Result<HttpResponse>>(std::move(result));
    });
    while (!out && world.loop().turn()) {
    }
    return std::move(*out);
  }
  std::unique_ptr<Forward> forward(ForwardTarget to) {
    auto opened = Forward::open(connections, there, std::move(to));
    REQUIRE(opened);
    return std::move(*opened);
  }

  std::string big;
  Sshd server;
  TestWorld world;
  HttpServer http;
  Destination there;
  Connections connections{world.loop()};
};

ForwardTarget unix_socket(const std::string& path) {
  ForwardTarget to;
  to.path = path;
  return to;
}

/// $XDG_RUNTIME_DIR and $TMPDIR, for a while.
class TemporaryVariables {
 public:
  explicit TemporaryVariables(const std::string& runtime, const std::string& temporary = "/nonexistent") {
    for (const char* name : kNames) {
      if (const char* value = std::getenv(name)) before_.emplace_back(name, value);
      setenv(name, (name == kNames[0] ? runtime : temporary).c_str(), 1);
    }
  }
  ~TemporaryVariables() {
    for (const char* name : kNames) unsetenv(name);
    for (const auto& [name, value] : before_) setenv(name.c_str(), value.c_str(), 1);
  }
  TemporaryVariables(const TemporaryVariables&) = delete;
  TemporaryVariables& operator=(const TemporaryVariables&) = delete;

 private:
  static constexpr const char* kNames[] = {"XDG_RUNTIME_DIR", "TMPDIR"};
  std::vector<std::pair<std::string, std::string>> before_;
};

}  // namespace

TEST_CASE("a socket on another machine carries HTTP exchanges") {
  Scene scene;
  scene.big.assign(5000000, 'b');
  auto forward = scene.forward(unix_socket(scene.server.directory() + "/http.sock"));
  for (int i = 0; i < 3; ++i) {
    auto answer = scene.get(*forward, std::string(300000, 'a'));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body.size() == 5300000);
  }
  struct stat info {};
  REQUIRE(stat(forward->path().substr(0, forward->path().rfind('/')).c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  const std::string path = forward->path();
  forward.reset();
  CHECK(access(path.c_str(), F_OK) != 0);
}

TEST_CASE("a program on another machine carries an HTTP exchange with its standard input and output") {
  Scene scene;
  ForwardTarget to;
  to.kind = ForwardTarget::Kind::kProgram;
  to.argv = {"sh", "-c", "while read -r line; do [ ${#line} -gt 1 ] || break; done; printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'"};
  auto forward = scene.forward(to);
  auto answer = scene.get(*forward);
  REQUIRE(answer);
  CHECK(answer->body == "ok");
}

TEST_CASE("what stands in the way of a forwarded socket is said") {
  Scene open;
  auto missing = open.forward(unix_socket(open.server.directory() + "/none.sock"));
  CHECK_FALSE(open.get(*missing));
  CHECK(missing->last_error().code == "ssh.forward");
  Scene closed({"AllowStreamLocalForwarding no", "AllowTcpForwarding no"});
  auto silent = closed.forward(unix_socket(closed.server.directory() + "/http.sock"));  // sshd does not say why
  CHECK_FALSE(closed.get(*silent));
  CHECK(silent->last_error().hint.find("AllowStreamLocalForwarding") != std::string::npos);
  ForwardTarget port;
  port.kind = ForwardTarget::Kind::kTcp;
  port.host = "127.0.0.1";
  port.port = closed.server.port();
  auto forbidden = closed.forward(port);
  CHECK_FALSE(closed.get(*forbidden));
  CHECK(forbidden->last_error().code == "ssh.forward_forbidden");
  ForwardTarget program;
  program.kind = ForwardTarget::Kind::kProgram;
  program.argv = {"sh", "-c", "echo no such thing >&2; exit 9"};
  auto failing = open.forward(program);
  CHECK_FALSE(open.get(*failing));
  CHECK(failing->last_error().message.find("no such thing") != std::string::npos);
}

TEST_CASE("an engine answers through a forwarded socket, and through docker system dial-stdio") {
  const std::string& url = private_engine();
  if (url.empty()) RUNBOOK_SKIP("a private engine cannot be started");
  Scene scene;
  const std::string socket = url.substr(std::string("unix://").size());
  ForwardTarget dial;
  dial.kind = ForwardTarget::Kind::kProgram;
  dial.argv = {"docker", "-H", url, "system", "dial-stdio"};
  for (const ForwardTarget& to : {unix_socket(socket), dial}) {
    auto forward = scene.forward(to);
    HttpRequest request;
    request.url = "http://docker/_ping";
    request.unix_socket = forward->path();
    for (int i = 0; i < 2; ++i) {
      auto answer = scene.send(request);
      REQUIRE(answer);
      CHECK(answer->status == 200);
      CHECK(answer->body == "OK");
    }
  }
}

TEST_CASE("forwarded sockets: one that cannot be made leaves nothing behind, and does not stand in the way of the next") {
  Scene scene;
  Forwards forwards(scene.world.world());
  {
    const TemporaryVariables nowhere("/nonexistent");
    // Without a descriptor to spare there is no socket.
    rlimit old{};
    getrlimit(RLIMIT_NOFILE, &old);
    const rlimit none{3, old.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    auto failed = forwards.open(scene.there, unix_socket("/x"));
    setrlimit(RLIMIT_NOFILE, &old);
    REQUIRE_FALSE(failed.ok());
  }
  CHECK(forwards.last_error("/x").code.empty());
  auto made = forwards.open(scene.there, unix_socket("/x"));
  REQUIRE(made);
  CHECK(access(made->c_str(), F_OK) == 0);
}

TEST_CASE("forwarded sockets: one that two use stays until both have closed it") {
  Scene scene;
  Forwards forwards(scene.world.world());
  const ForwardTarget to = unix_socket("/x");
  const std::string path = *forwards.open(scene.there, to, 1);
  CHECK(*forwards.open(scene.there, to, 1) == path);
  CHECK(*forwards.open(scene.there, to, 2) == path);
  forwards.close(scene.there, to, 1);
  forwards.close(scene.there, to, 1);
  CHECK(access(path.c_str(), F_OK) == 0);
  forwards.close(scene.there, to, 2);
  CHECK(access(path.c_str(), F_OK) != 0);
}

TEST_CASE("forwarded sockets: they lie below $XDG_RUNTIME_DIR or $TMPDIR, where the name of a socket fits in") {
  Scene scene;
  const TempDirectory runtime, temporary;
  const auto below = [&](const std::string& directory) { return scene.forward(unix_socket("/x"))->path().starts_with(directory + "/runbook-forward-"); };
  const TemporaryVariables variables(runtime.path(), temporary.path());
  CHECK(below(runtime.path()));
  setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
  CHECK(below(temporary.path()));
  std::filesystem::create_directory(temporary / std::string(90, 'd'));
  setenv("TMPDIR", (temporary / std::string(90, 'd')).c_str(), 1);
  CHECK(below("/tmp"));
}

}  // namespace runbook::ssh
