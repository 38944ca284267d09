// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "host/core/process.h"
#include "tests/modules/machine/machine_fixture.h"

using namespace std::chrono_literals;
using namespace runbook;
using namespace runbook::machine;

namespace {

Value shell(const std::string& script) { return Value::object({{"argv", Value::array({"sh", "-c", script})}}); }

Value with(Value args, const char* key, Value value) {
  args.set(key, std::move(value));
  return args;
}

bool no_children() { return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

// What was started and stopped is reaped from the loop.
void reap(Machine& machine) {
  while (!no_children()) {
    if (!machine.world().loop().turn()) break;
  }
}

// Records of detached processes go to a directory of the test.
struct State {
  State() { setenv("RUNBOOK_STATE", directory.path().c_str(), 1); }
  ~State() { unsetenv("RUNBOOK_STATE"); }
  TempDirectory directory;
};

}  // namespace

TEST_CASE("machine: run gives what a program printed", "[machine]") {
  Machine machine;
  const Value result = *machine.call("run", shell("echo out; echo err >&2"));
  CHECK(result["code"].as_int() == 0);
  CHECK(result["stdout"].as_string() == "out\n");
  CHECK(result["stderr"].as_string() == "err\n");
  CHECK(result["seconds"].is_number());
  CHECK(result["signal"].is_null());
  CHECK(no_children());
}

TEST_CASE("machine: a program that fails is an error with its last words", "[machine]") {
  Machine machine;
  const auto failed = machine.call("run", shell("echo one >&2; echo two >&2; exit 7"));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == "machine.exit");
  CHECK(failed.error().context.at("exit_code") == "7");
  CHECK(failed.error().context.at("output") == "one\ntwo");
  CHECK_THAT(failed.error().message, ContainsSubstring("exit code 7: two"));
  const auto signalled = machine.call("run", shell("kill -TERM $$"));
  CHECK(signalled.error().context.at("signal") == "SIGTERM");
  const Value checked = *machine.call("run", with(shell("kill -KILL $$"), "check", false));
  CHECK(checked["code"].as_int() == 137);
  CHECK(checked["signal"].as_string() == "SIGKILL");
}

TEST_CASE("machine: a program gets its environment, directory and input, secrets opened", "[machine]") {
  Machine machine;
  TempDirectory directory;
  Value args = shell("cat; pwd; echo $TOKEN; env | grep -c ^LD_");
  args.set("cwd", directory.path());
  args.set("stdin", secret("in\n"));
  args.set("env", Value::object({{"TOKEN", secret("t0ken")}, {"NUMBER", 3}}));
  args.set("check", false);
  CHECK((*machine.call("run", args))["stdout"].as_string() == "in\n" + directory.path() + "\nt0ken\n0\n");
}

TEST_CASE("machine: what would be unsafe to run is refused", "[machine]") {
  Machine machine;
  const auto code = [&](Value args) { return machine.call("run", std::move(args)).error().code; };
  CHECK(code(Value::object({{"argv", Value::Array{}}})) == "machine.argument");
  CHECK(code(Value::object({{"argv", Value::array({"./x"})}})) == "machine.not_found");
  CHECK(code(Value::object({{"argv", Value::array({"no-such-program"})}})) == "machine.not_found");
  CHECK(code(Value::object({{"argv", Value::array({"echo", secret("x")})}})) == "machine.secret_argument");
  CHECK(code(Value::object({{"argv", Value::array({"echo", std::string("a\0b", 3)})}})) == "machine.argument");
  CHECK(code(with(shell("true"), "env", Value::object({{"LD_PRELOAD", "x"}}))) == "machine.argument");
  CHECK(code(with(shell("true"), "env", Value::object({{"A=B", "x"}}))) == "machine.argument");
  CHECK(code(with(shell("true"), "cwd", "/nonexistent")) == "machine.not_found");
}

TEST_CASE("machine: lines arrive as events while the program runs", "[machine]") {
  Machine machine;
  std::vector<std::string> lines;
  machine.on_event = [&](Value event) {
    CHECK(event["event"].as_string() == "line");
    lines.push_back(event["stream"].as_string() + ":" + event["line"].as_string());
  };
  REQUIRE(machine.call("run", shell("printf 'a\\nb\\377\\n\\nlast'; echo e >&2")));
  std::sort(lines.begin(), lines.end());
  CHECK(lines == std::vector<std::string>{"stderr:e", "stdout:", "stdout:a", "stdout:b\xff", "stdout:last"});
}

TEST_CASE("machine: 100 MB in one line take little memory", "[machine]") {
  Machine machine;
  std::size_t longest = 0, count = 0;
  machine.on_event = [&](Value event) {
    longest = std::max(longest, event["line"].as_string().size());
    CHECK(event["cut"].as_bool());
    ++count;
  };
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const Value result = *machine.call("run", shell("head -c 104857600 /dev/zero | tr '\\0' x"));
  getrusage(RUSAGE_SELF, &after);
  CHECK(result["truncated"].as_bool());
  CHECK(result["stdout"].as_string().size() == 10 << 20);
  CHECK(longest == 64 * 1024);
  CHECK(count == 1);
  CHECK(after.ru_maxrss - before.ru_maxrss < 64 * 1024);
}

TEST_CASE("machine: a query whose answer is cut off is an error", "[machine]") {
  Machine machine;
  const Value args = with(shell("printf 12345"), "max_output", 4);
  CHECK(machine.call("query", args).error().code == "machine.output_limit");
  CHECK((*machine.call("run", args))["stdout"].as_string() == "1234");
  CHECK(machine.operation("query").effect == Effect::kRead);
}

TEST_CASE("machine: a program that takes too long is stopped, and says what it said", "[machine]") {
  Machine machine;
  const auto failed = machine.call("run", with(shell("echo working; sleep 1000"), "timeout", 0.3));
  CHECK(failed.error().code == "machine.timeout");
  CHECK(failed.error().context.at("output") == "working");
  while (machine.world().loop().turn()) {
  }
  CHECK(no_children());
}

TEST_CASE("machine: a cancelled run is over at once and never answers", "[machine]") {
  Machine machine;
  bool called = false;
  Cancel cancel = machine.operation("run").perform(machine.invocation(shell("sleep 1000")), [&](Result<Value>) { called = true; });
  cancel();
  while (machine.world().loop().turn()) {
  }
  CHECK_FALSE(called);
  CHECK(no_children());
  CHECK(machine.world().loop().open_handles() == 0);
}

TEST_CASE("machine: a process outlives its run, is known by name and stopped by another", "[machine]") {
  State state;
  const Value args = Value::object({{"name", "web"}, {"argv", Value::array({"sh", "-c", "echo up; exec sleep 1000"})},
                                    {"env", Value::object({{"TOKEN", secret("t0ken")}})}});
  pid_t pid = 0;
  {
    Machine machine;
    const Value started = *machine.call("process_start", args);
    pid = static_cast<pid_t>(started["pid"].as_int());
    CHECK(started["running"].as_bool());
    CHECK(machine.call("process_start", args).error().code == "machine.exists");
    CHECK(machine.act(machine.operation("process_start").probe, args)->as_bool());
  }
  CHECK(process_start_ticks(pid) != 0);
  Machine machine;
  const Value found = *machine.call("process_get", Value::object({{"name", "web"}}));
  CHECK(found["pid"].as_int() == pid);
  CHECK(found["running"].as_bool());
  CHECK(state.directory.content("processes/web.log") == "up\n");
  CHECK(state.directory.content("processes/web.json").find("t0ken") == std::string::npos);
  CHECK((*machine.call("process_verify", args))["state"].as_string() == "same");
  const Value other = with(args, "env", Value::object({{"TOKEN", secret("other")}}));
  CHECK((*machine.call("process_verify", other))["state"].as_string() == "different");
  const Value name = Value::object({{"name", "web"}});
  CHECK((*machine.call("process_stop", name))["changed"].as_bool());
  CHECK(process_start_ticks(pid) == 0);
  CHECK_FALSE((*machine.call("process_stop", name))["changed"].as_bool());
  CHECK(machine.call("process_find", name)->is_null());
  CHECK(machine.call("process_get", name).error().code == "machine.not_found");
  waitpid(pid, nullptr, 0);
}

TEST_CASE("machine: a process that ends at once is an error with its log", "[machine]") {
  State state;
  Machine machine;
  const auto failed = machine.call("process_start", Value::object({{"name", "bad"}, {"argv", Value::array({"sh", "-c", "echo no port; exit 3"})}}));
  CHECK(failed.error().code == "machine.exit");
  CHECK_THAT(failed.error().message, ContainsSubstring("exit code 3: no port"));
  CHECK(machine.call("process_find", Value::object({{"name", "bad"}}))->is_null());
  CHECK(no_children());
}

TEST_CASE("machine: a number that another process has got since is not taken for ours", "[machine]") {
  State state;
  Machine machine;
  const Value name = Value::object({{"name", "old"}});
  REQUIRE(machine.call("process_start", Value::object({{"name", "old"}, {"argv", Value::array({"sleep", "1000"})}})));
  Value record = *from_json(state.directory.content("processes/old.json"));
  const auto pid = static_cast<pid_t>(record["pid"].as_int());
  record.set("start", record["start"].as_int() - 1);
  state.directory.file("processes/old.json", to_json(record));
  CHECK_FALSE((*machine.call("process_get", name))["running"].as_bool());
  CHECK_FALSE((*machine.call("process_stop", name))["changed"].as_bool());
  CHECK(process_start_ticks(pid) != 0);
  kill(-pid, SIGKILL);
  while (machine.world().loop().turn(false) || !no_children()) std::this_thread::sleep_for(5ms);
}

TEST_CASE("machine: a process that ignores SIGTERM is killed after the grace", "[machine]") {
  State state;
  Machine machine;
  REQUIRE(machine.call("process_start", Value::object({{"name", "stubborn"}, {"argv", Value::array({"sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"})}})));
  CHECK((*machine.call("process_stop", Value::object({{"name", "stubborn"}, {"grace", 0.1}})))["changed"].as_bool());
  for (int i = 0; i < 200 && !no_children(); ++i, std::this_thread::sleep_for(5ms)) machine.world().loop().turn(false);
  CHECK(no_children());
}

TEST_CASE("machine: names of processes cannot lead out of their directory", "[machine]") {
  State state;
  Machine machine;
  for (const char* name : {"", "../x", "a/b", ".hidden", "-x"}) {
    CHECK(machine.call("process_find", Value::object({{"name", name}})).error().code == "machine.argument");
    CHECK(machine.call("process_start", Value::object({{"name", name}, {"argv", Value::array({"true"})}})).error().code == "machine.argument");
  }
}

TEST_CASE("machine: taking back a start takes its log along, taking back a stop starts what ran", "[machine]") {
  Machine machine;
  State state;
  TempDirectory directory;
  const auto named = [](Value more = Value::Object{}) {
    more.set("name", "revert-sleep");
    return more;
  };
  const Value args = named(Value::object({{"argv", Value::array({"sleep", "100"})}, {"log", directory / "log"}}));
  const Operation& start = machine.operation("process_start");
  const Operation& stop = machine.operation("process_stop");

  const Value absent = *machine.act(start.capture, args);
  const Value first = *machine.call("process_start", args);
  const Value running = *machine.act(stop.capture, named());
  CHECK((*machine.call("process_stop", named()))["changed"].as_bool());

  Value undo_stop = named();
  undo_stop.set("before", *from_json(to_json(running)));
  undo_stop.set("target", machine.target());
  const auto touched = stop.access(machine.world().world(), undo_stop);
  REQUIRE(touched.size() == 3);
  CHECK(touched[1].kind == "run");
  CHECK(touched[1].target.ends_with("/sleep"));
  CHECK(touched[2].kind == "write");
  REQUIRE(machine.act(stop.revert, undo_stop));
  const Value again = *machine.call("process_verify", args);
  CHECK(again["state"].as_string() == "same");
  CHECK(again["pid"].as_int() != first["pid"].as_int());

  Value undo_start = args;
  undo_start.set("before", absent);
  REQUIRE(machine.act(start.revert, undo_start));
  CHECK((*machine.call("process_verify", args))["state"].as_string() == "absent");
  CHECK_FALSE(std::filesystem::exists(directory / "log"));
  reap(machine);
}

TEST_CASE("machine: a process that had an environment is not started again without it", "[machine]") {
  Machine machine;
  State state;
  Value args = Value::object({{"name", "revert-env"}, {"argv", Value::array({"sleep", "100"})}, {"env", Value::object({{"TOKEN", secret("t0ken")}})}});
  REQUIRE(machine.call("process_start", args));
  Value undo = Value::object({{"name", "revert-env"}});
  undo.set("before", *machine.act(machine.operation("process_stop").capture, undo));
  CHECK(to_json(undo).find("t0ken") == std::string::npos);
  REQUIRE(machine.call("process_stop", undo));
  CHECK(machine.act(machine.operation("process_stop").revert, undo).error().code == "machine.cannot_revert");
  reap(machine);
}
