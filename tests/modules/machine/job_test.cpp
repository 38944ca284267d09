// SPDX-License-Identifier: Apache-2.0
// Programs that go on when the connection is lost, on a machine behind a shell.
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#include "runbook/run_identity.h"
#include "tests/modules/machine/shell_fixture.h"

using namespace runbook;
using namespace runbook::machine;

namespace {

class JobMachine : public ShellMachine {
 public:
  explicit JobMachine(const Userland& userland = kUserlands[0]) : ShellMachine(userland) {
    shell().env.push_back("XDG_STATE_HOME=" + (state_ / "state dir"));
    begin_run("run-1");
  }
  /// What follows is another run, or another attempt at one.
  void begin_run(const std::string& id, std::int64_t attempt = 1) {
    world().world().provide(std::make_shared<RunIdentity>(id, attempt));
  }
  Value job(std::vector<Value> argv, Value more = Value::Object{}) const {
    Value args = Value::object({{"argv", Value(Value::Array(std::move(argv)))}, {"job", "work"}});
    for (const auto& [key, value] : more.members()) args.set(key, value);
    return args;
  }
  Value sh(const std::string& script, Value more = Value::Object{}) const {
    return job({"sh", "-c", script, "sh", state_.path()}, std::move(more));
  }
  /// Runs it, with `meanwhile` called for each line of output.
  Result<Value> run(Value args, std::function<void(const Value&)> meanwhile = {}, std::string continues = {}) {
    on_event = meanwhile;
    auto result = world().wait([&](Done done) {
      Invocation call = invocation(std::move(args));
      call.effect_id = ++effect_;
      call.continues = std::move(continues);
      call.once_recorded = recorded;
      operation("run").perform(std::move(call), std::move(done));
    });
    on_event = {};
    return result;
  }
  /// Starts it, and forgets about it when its first line is there, as kill -9 does.
  void begin_and_die(Value args) {
#if defined(__SANITIZE_ADDRESS__)
    const __lsan::ScopedDisabler dead;  // who is killed releases nothing
#endif
    bool seen = false;
    on_event = [&](const Value&) { seen = true; };
    Invocation call = invocation(std::move(args));
    call.effect_id = ++effect_;
    operation("run").perform(std::move(call), [](const Result<Value>&) { FAIL("it ended"); });
    while (!seen && world().loop().turn()) {
    }
    on_event = {};
    shell().cut_silently();
  }
  void settle() {
    for (int turn = 0; turn < 2000 && world().loop().turn(false); ++turn) usleep(1000);
  }
  bool left() const {
    const std::filesystem::path jobs = state_ / "state dir/runbook/jobs";
    return std::filesystem::exists(jobs / "work");
  }
  const TempDirectory& state() const { return state_; }

  std::function<void(std::function<void()>)> recorded;

 private:
  TempDirectory state_;
  std::uint64_t effect_ = 0;
};

std::string numbers(int count) {
  std::string text;
  for (int number = 1; number <= count; ++number) text += std::to_string(number) + '\n';
  return text;
}

}  // namespace

TEST_CASE("jobs: give what run gives, and leave nothing there", "[machine][shell]") {
  for (const Userland& userland : kUserlands) {
    INFO(userland.name);
    JobMachine machine(userland);
    const auto result = machine.run(machine.sh("cat; echo \"$TOKEN\" >&2; pwd",
        Value::object({{"stdin", secret(std::string("in\0put\n", 7))}, {"cwd", "/usr"}, {"env", Value::object({{"TOKEN", secret("it's")}})}})));
    REQUIRE(result);
    CHECK((*result)["stdout"].as_string() == std::string("in\0put\n/usr\n", 12));
    CHECK((*result)["stderr"].as_string() == "it's\n");
    CHECK((*result)["code"].as_int() == 0);
    machine.settle();
    CHECK_FALSE(machine.left());
    for (const std::string& command : machine.shell().commands) CHECK(command.find("it's") == std::string::npos);

    const auto failed = machine.run(machine.sh("echo why >&2; exit 3"));
    CHECK(failed.error().code == "machine.exit");
    CHECK(failed.error().context.at("exit_code") == "3");
    CHECK(failed.error().context.at("output") == "why");
    CHECK(machine.run(machine.job({"no-such-program"})).error().code == "machine.not_found");
    CHECK(machine.run(machine.job({"true"}, Value::object({{"job", "../x"}}))).error().code == "machine.argument");
    CHECK(machine.run(machine.job({"true"}, Value::object({{"cwd", "/nowhere"}}))).error().code == "machine.not_found");
    machine.settle();
    CHECK_FALSE(machine.left());
  }
}

TEST_CASE("jobs: go on when the connection is lost, and no line is lost or comes twice", "[machine][shell]") {
  for (const Userland& userland : kUserlands) {
    INFO(userland.name);
    JobMachine machine(userland);
    int cuts = 0, lines = 0;
    const auto result = machine.run(
        machine.sh("echo x >>\"$1/runs\"; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i; "
                   "case $i in *00) echo $i >&2; sleep 0.02;; esac; done; exit 7", Value::object({{"check", false}})),
        [&](const Value&) {
          if (++lines % 700 == 0) {
            ++cuts;
            machine.shell().cut();
          }
        });
    REQUIRE(result);
    CHECK(cuts >= 3);
    CHECK((*result)["code"].as_int() == 7);
    CHECK((*result)["stdout"].as_string() == numbers(3000));
    CHECK(machine.state().content("runs") == "x\n");
  }
}

TEST_CASE("jobs: are found again by the run that began them", "[machine][shell]") {
  JobMachine machine;
  const Value args = machine.sh("echo x >>\"$1/runs\"; echo first; until [ -e \"$1/go\" ]; do sleep 0.05; done; echo last");
  machine.begin_and_die(args);

  machine.begin_run("run-2");
  const auto other = machine.run(args);
  CHECK(other.error().code == "machine.busy");
  CHECK_THAT(other.error().hint, ContainsSubstring("runbook resume run-1"));

  machine.begin_run("run-1", 2);
  CHECK(machine.run(machine.sh("echo something else"), {}, "1.1").error().code == "machine.job");
  std::ofstream(machine.state() / "go") << "";
  const auto result = machine.run(args, {}, "1.1");
  REQUIRE(result);
  CHECK((*result)["stdout"].as_string() == "first\nlast\n");
  CHECK(machine.state().content("runs") == "x\n");
}

TEST_CASE("jobs: a result is there until it is recorded, and is taken once", "[machine][shell]") {
  JobMachine machine;
  const Value args = machine.sh("echo x >>\"$1/runs\"; echo done");
  machine.recorded = [](const std::function<void()>&) {};  // killed before it was
  REQUIRE(machine.run(args));
  machine.begin_run("run-1", 2);
  machine.recorded = nullptr;
  CHECK((*machine.run(args, {}, "1.1"))["stdout"].as_string() == "done\n");
  CHECK(machine.state().content("runs") == "x\n");
  machine.settle();
  CHECK_FALSE(machine.left());

  // The same name once more, in the same run: what is left of the former one is not its result.
  machine.recorded = [](const std::function<void()>&) {};
  REQUIRE(machine.run(args));
  REQUIRE(machine.run(args));
  CHECK(machine.state().content("runs") == "x\nx\nx\n");
}

TEST_CASE("jobs: a cancelled one is ended there, and one that takes too long, too", "[machine][shell]") {
  for (const Userland& userland : kUserlands) {
    INFO(userland.name);
    JobMachine machine(userland);
    const std::string script = "echo $$ >\"$1/pid\"; sleep 1000";
    const auto late = machine.run(machine.sh(script, Value::object({{"timeout", 1.5}})));
    CHECK(late.error().code == "machine.timeout");
    const auto pid = static_cast<pid_t>(std::stol(machine.state().content("pid")));
    // The next one of that name waits for its end.
    CHECK(machine.run(machine.sh("echo again")));
    // Whoever adopts it has to reap it, too.
    for (int i = 0; i < 100 && kill(pid, 0) == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(kill(pid, 0) != 0);
    machine.settle();
    CHECK_FALSE(machine.left());
  }
}

TEST_CASE("jobs: one that is killed there is told, not waited for", "[machine][shell]") {
  JobMachine machine;
  const auto result = machine.run(machine.sh("echo $$; kill -9 0; sleep 1000"));
  CHECK(result.error().code == "machine.job_lost");
}

TEST_CASE("jobs: two of one name at a time are refused, and jobs on this computer", "[machine][shell]") {
  JobMachine machine;
  Result<Value> second = Value();
  const auto first = machine.run(machine.sh("echo one; sleep 0.3"), [&](const Value&) {
    machine.operation("run").perform(machine.invocation(machine.sh("echo two")), [&](Result<Value> result) { second = std::move(result); });
  });
  CHECK(first);
  CHECK(second.error().code == "machine.busy");
  Machine here;
  CHECK(here.call("run", machine.sh("true")).error().code == "machine.unsupported");
}

TEST_CASE("jobs: what nobody asked for in a month is swept away", "[machine][shell]") {
  JobMachine machine;
  const std::filesystem::path old = machine.state() / "state dir/runbook/jobs/old/run-0";
  const std::filesystem::path young = machine.state() / "state dir/runbook/jobs/young/run-0";
  for (const auto& path : {old, young}) {
    std::filesystem::create_directories(path);
    std::ofstream(path / "end") << "0 1\n";
  }
  std::filesystem::last_write_time(old, std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 40));
  REQUIRE(machine.run(machine.job({"true"})));
  CHECK_FALSE(std::filesystem::exists(old.parent_path()));
  CHECK(std::filesystem::exists(young));
}
