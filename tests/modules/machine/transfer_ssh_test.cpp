// SPDX-License-Identifier: Apache-2.0
// Files over a real SSH server, whose connections are cut.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <thread>

#include "modules/machine/file_value.h"
#include "modules/machine/local.h"
#include "modules/ssh/operations.h"
#include "runbook/remote_shell.h"
#include "tests/modules/machine/machine_fixture.h"
#include "tests/support/skip.h"
#include "tests/support/sshd.h"

using namespace runbook;
using namespace runbook::machine;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kMiB = 1 << 20;

class SshMachine : public Machine {
 public:
  explicit SshMachine(const Sshd& server) {
    world().world().service<ShellRoutes>().add(ssh::kRoute);
    target_ = Value::object({{"kind", "ssh"},
                             {"address", "127.0.0.1"},
                             {"host", "127.0.0.1"},
                             {"port", server.port()},
                             {"identity", server.user_key()},
                             {"known_hosts", server.known_hosts()},
                             {"config", false}});
  }
};

/// A file of random bytes, made without being held in memory.
std::string large_file(const TempDirectory& directory, std::int64_t size) {
  const std::string path = directory / "large";
  std::ifstream random("/dev/urandom", std::ios::binary);
  std::ofstream out(path, std::ios::binary);
  std::string piece(kMiB, '\0');
  for (std::int64_t left = size; left > 0; left -= kMiB) {
    random.read(piece.data(), kMiB);
    out.write(piece.data(), std::min<std::int64_t>(left, kMiB));
  }
  return path;
}

std::string sum(const std::string& path) {
  auto hash = sha256_file(files::Tree::real(), path);
  REQUIRE(hash);
  return *hash;
}

std::uintmax_t part_size(const TempDirectory& directory) {
  for (const auto& entry : fs::directory_iterator(directory.path())) {
    if (!entry.path().filename().string().starts_with(".runbook-")) continue;
    std::error_code gone;
    const auto size = fs::file_size(entry.is_directory() ? entry.path() / "part" : entry.path(), gone);
    return gone ? 0 : size;
  }
  return 0;
}

void check_whole(Result<Value> result, const std::string& from, const std::string& to, const TempDirectory& there) {
  if (!result) FAIL(result.error().code << ": " << result.error().message);
  CHECK(sum(to) == sum(from));
  CHECK(part_size(there) == 0);
  CHECK(std::distance(fs::directory_iterator(there.path()), {}) == 1);
}

}  // namespace

TEST_CASE("transfer over SSH: a connection that is cut three times does not matter", "[machine][transfer][ssh]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to start a server");
  const Sshd server;
  TempDirectory here, there;
  const std::string from = large_file(here, 200 * kMiB), to = there / "f";
  for (const char* verb : {"file_put", "file_fetch"}) {
    INFO(verb);
    SshMachine machine(server);
    int cuts = 0;
    std::int64_t before = 0, sent_twice = 0;
    machine.on_event = [&](const Value& event) {
      const std::int64_t done = event["done"].as_int();
      if (done < before) sent_twice += before - done;
      before = done;
      if (cuts < 3 && done > (cuts + 1) * 50 * kMiB) {
        ++cuts;
        server.cut();
      }
    };
    check_whole(machine.call(verb, Value::object({{"from", from}, {"to", to}})), from, to, there);
    CHECK(cuts == 3);
    // What was on its way is lost; what has arrived is not sent again.
    CHECK(sent_twice < 60 * kMiB);
    fs::remove(to);
  }
}

TEST_CASE("transfer over SSH: the next run goes on from where one was killed", "[machine][transfer][ssh]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to start a server");
  const Sshd server;
  TempDirectory here, there;
  const std::string from = large_file(here, 100 * kMiB), to = there / "f";
  for (const char* verb : {"file_put", "file_fetch"}) {
    INFO(verb);
    const Value args = Value::object({{"from", from}, {"to", to}});
    const pid_t child = fork();
    if (child == 0) {
      SshMachine machine(server);
      machine.on_event = [](const Value& event) {
        if (event["done"].as_int() > 50 * kMiB) raise(SIGKILL);
      };
      auto result = machine.call(verb, args);
      _exit(result ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    for (int i = 0; i < 100 && part_size(there) == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    // The server finds out that nobody is there any more.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto part = static_cast<std::int64_t>(part_size(there));
    CHECK(part > 30 * kMiB);

    SshMachine machine(server);
    std::int64_t first = -1;
    machine.on_event = [&](const Value& event) {
      if (first < 0) first = event["done"].as_int();
    };
    check_whole(machine.call(verb, args), from, to, there);
    CHECK(first >= part);
    fs::remove(to);
  }
}

TEST_CASE("transfer over SSH: a tree goes and comes to be the same", "[machine][sync][ssh]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to start a server");
  const Sshd server;
  TempDirectory here, there;
  for (int i = 0; i < 500; ++i) here.file("f" + std::to_string(i), std::string(4096, static_cast<char>(i)));
  SshMachine machine(server);
  Value args = Value::object({{"from", here.path()}, {"to", there / "tree"}});
  auto seen = machine.call("tree_verify", args);
  if (!seen) FAIL(seen.error().code << ": " << seen.error().message);
  Value put = args;
  for (const char* key : {"added", "changed", "attributes"}) put.set(key, (*seen)[key]);
  put.set("create", true);
  auto done = machine.call("tree_put", put);
  if (!done) FAIL(done.error().code << ": " << done.error().message);
  seen = machine.call("tree_verify", args);
  REQUIRE(seen);
  CHECK((*seen)["same"].as_bool());
}
