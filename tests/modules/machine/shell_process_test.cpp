// SPDX-License-Identifier: Apache-2.0
// Processes that outlive the run, on a machine behind a shell.
#include <signal.h>

#include "host/core/process.h"
#include "tests/modules/machine/shell_fixture.h"

using namespace runbook;
using namespace runbook::machine;

namespace {

class ProcessMachine : public ShellMachine {
 public:
  explicit ProcessMachine(const Userland& userland) : ShellMachine(userland) {
    shell().env.push_back("XDG_STATE_HOME=" + (state_ / "state dir"));
  }
  ~ProcessMachine() { (void)call("process_stop", Value::object({{"name", "app"}, {"grace", 0}})); }
  Value wanted(const char* seconds) {
    return Value::object({{"name", "app"},
                          {"argv", Value::array({"sh", "-c", "echo \"$TOKEN\"; exec sleep \"$1\"", "sh", seconds})},
                          {"env", Value::object({{"TOKEN", secret("hunter2")}, {"PATH", "/usr/bin:/bin"}})},
                          {"log", state_ / "log"}});
  }
  const TempDirectory& state() const { return state_; }

 private:
  TempDirectory state_;
};

const Value kApp = Value::object({{"name", "app"}});

}  // namespace

TEST_CASE("shell: a process outlives what started it, and is known by its name", "[machine][shell]") {
  for (const Userland& userland : kUserlands) {
    INFO(userland.name);
    ProcessMachine machine(userland);
    CHECK(machine.call("process_find", kApp)->is_null());
    CHECK(machine.call("process_get", kApp).error().code == "machine.not_found");
    CHECK((*machine.call("process_verify", machine.wanted("1000")))["state"].as_string() == "absent");
    CHECK_FALSE((*machine.call("process_stop", kApp))["changed"].as_bool(true));

    auto started = machine.call("process_start", machine.wanted("1000"));
    REQUIRE(started);
    const auto pid = static_cast<pid_t>((*started)["pid"].as_int());
    CHECK((*started)["running"].as_bool());
    CHECK(getpgid(pid) == pid);
    CHECK(getsid(pid) == pid);
    CHECK(machine.state().content("log") == "hunter2\n");
    CHECK(machine.call("process_start", machine.wanted("1000")).error().code == "machine.exists");
    const Value found = *machine.call("process_get", kApp);
    CHECK(found["pid"].as_int() == pid);
    CHECK(found["log"].as_string() == machine.state() / "log");
    CHECK(found["argv"].items().size() == 5);
    CHECK((*machine.call("process_verify", machine.wanted("1000")))["state"].as_string() == "same");
    CHECK((*machine.call("process_verify", machine.wanted("1001")))["state"].as_string() == "different");
    CHECK(machine.act(machine.operation("process_start").probe, machine.wanted("1000"))->as_bool());
    for (const std::string& command : machine.shell().commands) CHECK(command.find("hunter2") == std::string::npos);

    CHECK((*machine.call("process_stop", kApp))["changed"].as_bool());
    CHECK(process_start_ticks(pid) == 0);
    CHECK(machine.call("process_find", kApp)->is_null());
  }
}

TEST_CASE("shell: a process that ends at once says how, and one that was killed is stopped", "[machine][shell]") {
  for (const Userland& userland : kUserlands) {
    INFO(userland.name);
    ProcessMachine machine(userland);
    Value args =
        Value::object({{"name", "app"}, {"argv", Value::array({"sh", "-c", "echo one; echo why >&2; exit 7"})}});
    const auto ended = machine.call("process_start", args);
    CHECK(ended.error().code == "machine.exit");
    CHECK_THAT(ended.error().message, ContainsSubstring("with exit code 7: why"));
    CHECK(machine.call("process_find", kApp)->is_null());
    args.set("argv", Value::array({"no-such-program"}));
    CHECK(machine.call("process_start", args).error().code == "machine.not_found");
    args.set("name", "../x");
    CHECK(machine.call("process_start", args).error().code == "machine.argument");

    auto started = machine.call("process_start", machine.wanted("1000"));
    REQUIRE(started);
    const auto pid = static_cast<pid_t>((*started)["pid"].as_int());
    kill(pid, SIGKILL);
    while (process_start_ticks(pid) != 0) {
    }
    CHECK_FALSE((*machine.call("process_get", kApp))["running"].as_bool(true));
    CHECK((*machine.call("process_verify", machine.wanted("1000")))["state"].as_string() == "stopped");
    CHECK_FALSE((*machine.call("process_stop", kApp))["changed"].as_bool(true));
  }
}

TEST_CASE("shell: starting and stopping a process are brought back", "[machine][shell]") {
  ProcessMachine machine(kUserlands[0]);
  const Operation &start = machine.operation("process_start"), &stop = machine.operation("process_stop");
  Value args = machine.wanted("1000");
  args.set("env", Value());
  args.set("before", *machine.act(start.capture, args));
  REQUIRE(machine.call("process_start", args));
  REQUIRE(machine.act(start.revert, args));
  CHECK(machine.call("process_find", kApp)->is_null());
  CHECK_FALSE(std::filesystem::exists(machine.state() / "log"));

  args.erase("before");
  REQUIRE(machine.call("process_start", args));
  Value stopping = kApp;
  stopping.set("before", *machine.act(stop.capture, kApp));
  REQUIRE(machine.call("process_stop", kApp));
  REQUIRE(machine.act(stop.revert, stopping));
  CHECK((*machine.call("process_verify", args))["state"].as_string() == "same");
}

TEST_CASE("shell: without flock a lock is taken from who is gone, and from nobody else", "[machine][shell]") {
  TempDirectory tools;
  for (const char* tool : {"sh", "cat", "cut", "date", "id", "mkdir", "mv", "rm", "setsid", "stat", "tail"}) {
    const std::string path = std::string("/usr/bin/") + tool;
    std::filesystem::create_symlink(std::filesystem::exists(path) ? path : std::string("/bin/") + tool, tools / tool);
  }
  // No time passes there.
  std::ofstream(tools / "sleep") << "#!/bin/sh\n";
  std::filesystem::permissions(tools / "sleep", std::filesystem::perms(0755));
  ProcessMachine machine(kUserlands[0]);
  machine.shell().env[0] = "PATH=" + tools.path();
  const std::string lock = machine.state() / "state dir/runbook/processes/app.there.locked";
  const Value stop = Value::object({{"name", "app"}, {"grace", 0}});
  for (const bool known : {true, false}) {
    // Whoever starts one has the usual PATH.
    REQUIRE(machine.call("process_start", machine.wanted("1000")));
    std::filesystem::create_directories(lock);
    std::ofstream(lock + "/holder") << getpid() << ' ' << process_start_ticks(getpid()) << '\n';
    const auto held = machine.call("process_stop", stop);
    REQUIRE_FALSE(held);
    CHECK(held.error().code == "machine.busy");
    std::filesystem::remove(lock + "/holder");
    if (known) std::ofstream(lock + "/holder") << getpid() << " 1\n";
    CHECK((*machine.call("process_stop", stop))["changed"].as_bool());
    CHECK_FALSE(std::filesystem::exists(lock));
  }
}
