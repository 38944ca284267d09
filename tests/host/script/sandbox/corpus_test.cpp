// SPDX-License-Identifier: Apache-2.0
// Every hostile script ends as its first line says, in a process of its own.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "host/core/text.h"
#include "tests/host/script/sandbox/run.h"

namespace runbook::script {
namespace {

constexpr double kMostCpuSeconds = 2;
constexpr unsigned kMostWallSeconds = 30;  // the machine may be busy with other things

struct Hostile {
  std::string name;
  std::string source;
  std::vector<std::string> expected;  ///< "ok", "error: TEXT", or the name of a limit
  Limits limits;
};

struct Ended {
  std::string how;  ///< as expected is written; "uninterruptible" is added where the process had to be ended
  double cpu_seconds = 0;
  std::size_t memory = 0;
};

void set_limit(Limits& limits, std::string_view name, std::string_view value) {
  if (name == "cpu") limits.cpu_seconds = parse_duration(value);
  if (name == "memory") limits.memory_bytes = static_cast<std::size_t>(parse_size(value));
  if (name == "output") limits.output_bytes = static_cast<std::size_t>(parse_size(value));
  if (name == "tasks") limits.tasks = std::stoi(std::string(value));
  if (name == "instructions") limits.instructions = std::stoll(std::string(value));
}

Hostile read(const std::filesystem::path& path) {
  Hostile out;
  out.name = path.stem().string();
  out.limits.cpu_seconds = 0.1;
  out.limits.memory_bytes = std::size_t{32} << 20;
  out.limits.output_bytes = std::size_t{1} << 20;
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  out.source = text.str();
  constexpr std::string_view kExpect = "-- expect: ";
  constexpr std::string_view kLimit = "-- limit: ";
  const std::vector<std::string> lines = split(out.source, '\n');
  REQUIRE(lines[0].substr(0, kExpect.size()) == kExpect);
  std::string expect = lines[0].substr(kExpect.size());
  for (std::size_t at; (at = expect.find(" or ")) != std::string::npos; expect.erase(0, at + 4)) {
    out.expected.push_back(expect.substr(0, at));
  }
  out.expected.push_back(expect);
  if (lines[1].substr(0, kLimit.size()) == kLimit) {
    for (const std::string& pair : split(lines[1].substr(kLimit.size()), ' ')) {
      const std::size_t equals = pair.find('=');
      set_limit(out.limits, pair.substr(0, equals), pair.substr(equals + 1));
    }
  }
  return out;
}

Resolved resolve(lua_State*, const std::string& name) {
  static const std::map<std::string, std::string> modules = {
      {"cycle_a", "require 'cycle_b'"},
      {"cycle_b", "require 'cycle_a'"},
      {"cycle_self", "require 'cycle_self'"},
      {"waits", "wait()"},
      {"waits_in_coroutine", "coroutine.wrap(function() wait() end)()"},
      {"yields", "coroutine.yield()"},
      {"loops", "while true do end"},
      {"fails", "error('failed on purpose', 0)"},
  };
  const auto found = modules.find(name);
  if (found == modules.end()) return {};
  return {Resolved::Kind::kSource, found->second, name + ".lua", {}};
}

[[noreturn]] void run_in_child(const Hostile& script, int out) {
  ::alarm(kMostWallSeconds);
  Runner runner(script.limits);
  runner.sandbox().set_resolver(resolve);
  lua_State* L = runner.sandbox().state();
  lua_pushcfunction(L, [](lua_State* state) {
    Sandbox::of(state).begin_task(state);
    return 0;
  });
  runner.sandbox().set_global(L, "begin_task");
  const Ran ran = runner.run(script.source, script.name + ".lua");
  std::string how = ran.ok ? "ok" : "error: " + printable(ran.error);
  if (ran.verdict != Verdict::kNone) how = to_string(ran.verdict);
  if (ran.printed.find("survived") != std::string::npos) how += " and survived";
  if (::write(out, how.data(), how.size()) < 0) ::_exit(99);
  ::_exit(ran.ok ? 0 : std::max(1, exit_status(ran.verdict)));
}

Ended run(const Hostile& script) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::dup2(ends[1], STDERR_FILENO);
    run_in_child(script, ends[1]);
  }
  ::close(ends[1]);
  Ended out;
  char block[4096];
  for (ssize_t count; (count = ::read(ends[0], block, sizeof block)) > 0;) out.how.append(block, static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  const auto seconds_of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  out.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  out.memory = static_cast<std::size_t>(usage.ru_maxrss) * 1024;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  if (code == 10 && out.how.find("could not be interrupted") != std::string::npos) out.how = "cpu";
  const int expected_code = out.how == "ok" ? 0 : out.how == "cpu" ? 10 : out.how == "memory" ? 11 : out.how.rfind("error: ", 0) == 0 ? 1 : 12;
  if (code != expected_code) out.how += cat(" with exit status ", code);
  return out;
}

bool fits(const Hostile& script, const std::string& how) {
  return std::any_of(script.expected.begin(), script.expected.end(), [&how](const std::string& expected) {
    constexpr std::string_view kError = "error: ";
    if (expected.substr(0, kError.size()) != kError) return how == expected;
    return how.substr(0, kError.size()) == kError && how.find(expected.substr(kError.size())) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("sandbox: every hostile script ends as it declares, soon and within its memory") {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(RUNBOOK_CORPUS)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  REQUIRE(paths.size() >= 120);
  for (const auto& path : paths) {
    const Hostile script = read(path);
    const Ended ended = run(script);
    INFO(script.name << ": " << ended.how.substr(0, 500) << ", " << ended.cpu_seconds << " s, " << (ended.memory >> 20) << " MiB");
    CHECK(fits(script, ended.how));
    CHECK(ended.cpu_seconds < kMostCpuSeconds + script.limits.cpu_seconds);
#if !defined(__SANITIZE_ADDRESS__)
    CHECK(ended.memory < script.limits.memory_bytes + (std::size_t{48} << 20));
#endif
  }
}

}  // namespace runbook::script
