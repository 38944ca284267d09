// SPDX-License-Identifier: Apache-2.0
#include "host/core/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace std::chrono_literals;
using runbook::Cancel;
using runbook::Loop;
using runbook::Processes;
using runbook::ProcessExit;
using runbook::ProcessOptions;
using runbook::Result;
using runbook::Stream;
using runbook::TempDirectory;

namespace {

struct Ran {
  Result<ProcessExit> exit;
  std::string out, error;
};

ProcessOptions shell(const std::string& script) {
  ProcessOptions options;
  options.argv = {"/bin/sh", "-c", script};
  options.env = runbook::minimal_environment();
  return options;
}

Ran run(ProcessOptions options, int closed = -1) {
  Loop loop;
  Processes processes(loop);
  const int saved = closed < 0 ? -1 : dup(closed);
  if (closed >= 0) close(closed);
  std::optional<Result<ProcessExit>> exit;
  Ran ran{ProcessExit{}, {}, {}};
  options.on_output = [&](Stream stream, std::string_view text) { (stream == Stream::kOut ? ran.out : ran.error) += text; };
  processes.start(std::move(options), [&](Result<ProcessExit> result) { exit = std::move(result); });
  if (closed >= 0) {
    dup2(saved, closed);
    close(saved);
  }
  while (!exit && loop.turn()) {
  }
  REQUIRE(exit);
  while (loop.turn()) {
  }
  CHECK(loop.open_handles() == 0);
  ran.exit = std::move(*exit);
  return ran;
}

bool alive(pid_t pid) { return runbook::process_start_ticks(pid) != 0; }

bool no_children() { return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

pid_t wait_for_pid(const TempDirectory& directory, Loop& loop) {
  for (int i = 0; i < 500; ++i) {
    const std::string text = directory.content("pid");
    if (text.ends_with("\n")) return std::stoi(text);
    loop.turn(false);
    std::this_thread::sleep_for(5ms);
  }
  return 0;
}

bool gone_within(pid_t pid, std::chrono::milliseconds limit, Loop& loop) {
  for (auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
    loop.turn(false);
    if (!alive(pid)) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

}  // namespace

TEST_CASE("process: gives output, error output and exit code apart", "[core]") {
  const Ran ran = run(shell("echo out; echo err >&2; exit 3"));
  REQUIRE(ran.exit);
  CHECK(ran.exit.value().code == 3);
  CHECK(ran.exit.value().signal == 0);
  CHECK(ran.out == "out\n");
  CHECK(ran.error == "err\n");
  CHECK(no_children());
}

TEST_CASE("process: a signal that ended it is told apart from a code", "[core]") {
  const Ran ran = run(shell("kill -9 $$"));
  REQUIRE(ran.exit);
  CHECK(ran.exit.value().signal == SIGKILL);
  CHECK(ran.exit.value().code == -1);
}

TEST_CASE("process: a program that cannot run is an error with its name", "[core]") {
  ProcessOptions options;
  options.argv = {"/nonexistent/program"};
  const Ran ran = run(options);
  REQUIRE_FALSE(ran.exit);
  CHECK(ran.exit.error().code == "process.not_found");
  CHECK_THAT(ran.exit.error().message, ContainsSubstring("/nonexistent/program"));

  TempDirectory directory;
  options.argv = {directory.file("plain", "#!/bin/sh\n")};
  CHECK(run(options).exit.error().code == "process.permission");
  options = shell("true");
  options.cwd = directory / "missing";
  CHECK_THAT(run(options).exit.error().message, ContainsSubstring("missing"));
}

TEST_CASE("process: input is read whole, and is empty without any", "[core]") {
  ProcessOptions options = shell("cat");
  options.input = std::string(3 << 20, 'x') + std::string("\0\xff", 2);
  CHECK(run(options).out == options.input);
  CHECK(run(shell("cat; echo done")).out == "done\n");
}

TEST_CASE("process: a program that does not read its input breaks nothing", "[core]") {
  ProcessOptions options = shell("exit 0");
  options.input = std::string(3 << 20, 'x');
  CHECK(run(options).exit.value().code == 0);
}

TEST_CASE("process: a child has the standard descriptors, no other and a clean signal state", "[core]") {
  TempDirectory directory;
  const int leaky = open(directory.file("secret", "s").c_str(), O_RDONLY);  // NOLINT: without O_CLOEXEC on purpose
  signal(SIGPIPE, SIG_IGN);
  const Ran ran = run(shell("ls /proc/self/fd | wc -l; grep -E 'Sig(Ign|Blk)' /proc/self/status"));
  signal(SIGPIPE, SIG_DFL);
  close(leaky);
  CHECK_THAT(ran.out, ContainsSubstring("4\n"));  // 0, 1, 2 and the directory that ls reads
  const auto ignored = std::stoull(ran.out.substr(ran.out.find("SigIgn:") + 7), nullptr, 16);
  CHECK((ignored & 0x7fffffff) == 0);  // above are the two that the C library keeps to itself
  CHECK_THAT(ran.out, ContainsSubstring("SigBlk:\t0000000000000000"));
}

TEST_CASE("process: works with the standard descriptors of the parent closed", "[core]") {
  const Ran ran = run(shell("cat; echo out; echo err >&2"), 0);
  CHECK(ran.out == "out\n");
  CHECK(ran.error == "err\n");
}

TEST_CASE("process: the environment is exactly what is given", "[core]") {
  setenv("LD_PRELOAD_TEST", "x", 1);
  setenv("GIT_DIR", "/x", 1);
  ProcessOptions options = shell("env");
  options.env["NAME"] = "two\nlines";
  const Ran ran = run(options);
  unsetenv("GIT_DIR");
  unsetenv("LD_PRELOAD_TEST");
  CHECK(ran.out.find("GIT_DIR") == std::string::npos);
  CHECK(ran.out.find("LD_") == std::string::npos);
  CHECK_THAT(ran.out, ContainsSubstring("NAME=two\nlines"));
  CHECK_THAT(ran.out, ContainsSubstring("LANG=C.UTF-8"));
}

TEST_CASE("process: cancelling ends the whole tree and reaps it", "[core]") {
  TempDirectory directory;
  Loop loop;
  Processes processes(loop);
  ProcessOptions options = shell("sh -c 'trap \"\" TERM; echo $$ > pid; sleep 1000; sleep 1000' & sleep 1000");
  options.cwd = directory.path();
  bool called = false;
  Cancel cancel = processes.start(options, [&](Result<ProcessExit>) { called = true; });
  const pid_t grandchild = wait_for_pid(directory, loop);
  REQUIRE(grandchild > 0);
  cancel();
  CHECK(gone_within(grandchild, 2s, loop));
  while (loop.turn()) {
  }
  CHECK_FALSE(called);
  CHECK(processes.running() == 0);
  CHECK(loop.open_handles() == 0);
  CHECK(no_children());
}

TEST_CASE("process: what ignores SIGTERM is killed after the grace", "[core]") {
  TempDirectory directory;
  Loop loop;
  Processes processes(loop);
  ProcessOptions options = shell("trap '' TERM; echo $$ > pid; while :; do sleep 0.02; done");
  options.cwd = directory.path();
  options.grace = 0.1;
  Cancel cancel = processes.start(options, [](Result<ProcessExit>) {});
  const pid_t pid = wait_for_pid(directory, loop);
  cancel();
  CHECK(gone_within(pid, 3s, loop));
  CHECK(no_children());
}

TEST_CASE("process: a process left in the background does not hold up the result", "[core]") {
  TempDirectory directory;
  ProcessOptions options = shell("sleep 30 & echo $! > pid; echo started");
  options.cwd = directory.path();
  const auto began = std::chrono::steady_clock::now();
  const Ran ran = run(options);
  CHECK(ran.out == "started\n");
  CHECK(std::chrono::steady_clock::now() - began < 5s);
  kill(std::stoi(directory.content("pid")), SIGKILL);
}

TEST_CASE("process: the end of the run stops what still runs", "[core]") {
  TempDirectory directory;
  Loop loop;
  pid_t pid = 0;
  {
    Processes processes(loop);
    ProcessOptions options = shell("echo $$ > pid; trap '' TERM; while :; do sleep 0.05; done");
    options.cwd = directory.path();
    processes.start(options, [](Result<ProcessExit>) {});
    pid = wait_for_pid(directory, loop);
  }
  CHECK_FALSE(alive(pid));
  CHECK(no_children());
}

TEST_CASE("process: 100 MB in one line pass through flat memory", "[core]") {
  Loop loop;
  Processes processes(loop);
  std::size_t bytes = 0;
  bool over = false;
  ProcessOptions options = shell("head -c 104857600 /dev/zero | tr '\\0' x");
  options.on_output = [&](Stream, std::string_view text) { bytes += text.size(); };
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  processes.start(options, [&](Result<ProcessExit> exit) { over = exit.ok() && exit->code == 0; });
  while (loop.turn()) {
  }
  getrusage(RUSAGE_SELF, &after);
  CHECK(over);
  CHECK(bytes == 104857600);
  CHECK(after.ru_maxrss - before.ru_maxrss < 8 * 1024);
}

TEST_CASE("process: one turn of the loop brings no more than a piece of the output", "[core]") {
  Loop loop;
  Processes processes(loop);
  std::size_t bytes = 0, most = 0;
  bool over = false;
  ProcessOptions options = shell("head -c 10485760 /dev/zero");
  options.on_output = [&](Stream, std::string_view text) {
    bytes += text.size();
    usleep(200);  // the program is faster than we are
  };
  processes.start(options, [&](const Result<ProcessExit>&) { over = true; });
  while (!over) {
    const std::size_t before = bytes;
    loop.turn();
    most = std::max(most, bytes - before);
  }
  CHECK(bytes == 10485760);
  CHECK(most <= 64 * 1024);
}

TEST_CASE("process: a detached one outlives the run and is told by its start", "[core]") {
  Loop loop;
  pid_t pid = 0;
  {
    Processes processes(loop);
    auto started = runbook::start_detached(shell("sleep 1000"), -1);
    REQUIRE(started);
    pid = *started;
    processes.adopt(pid);
    CHECK_FALSE(loop.turn(false));  // it does not keep the loop going
  }
  CHECK(runbook::process_start_ticks(pid) > 0);
  CHECK(getsid(pid) == pid);
  kill(-pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  CHECK(runbook::process_start_ticks(pid) == 0);
}

TEST_CASE("process: a detached one that ends while we run leaves no zombie", "[core]") {
  Loop loop;
  Processes processes(loop);
  processes.adopt(runbook::start_detached(shell("exit 0"), -1).value());
  for (int i = 0; i < 400 && !no_children(); ++i) {
    loop.turn(false);
    std::this_thread::sleep_for(5ms);
  }
  CHECK(no_children());
}

TEST_CASE("process: programs are looked up in fixed directories alone", "[core]") {
  CHECK(runbook::find_program("sh").value().ends_with("/sh"));
  CHECK(runbook::find_program("/opt/../bin/sh").value() == "/bin/sh");
  CHECK(runbook::find_program("./sh").error().code == "process.not_found");
  CHECK(runbook::find_program("no-such-program").error().code == "process.not_found");
  CHECK(runbook::find_program("").error().code == "process.not_found");
}
