// SPDX-License-Identifier: Apache-2.0
#include "host/cli/display.h"

#include "host/cli/report.h"
#include "tests/cli/fake_console.h"
#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::cli;

namespace {

const char* kRun = R"(
  {"event": "run.start", "file": "deploy.lua", "mode": "apply", "run": "3f2a"}
  {"event": "step.start", "path": "build the image", "title": "build the image"}
  {"event": "effect.start", "id": 1, "parent": 0, "step": "build the image", "operation": "docker.image_ensure", "effect": "change", "description": "ensure image 'app'"}
  {"event": "effect.start", "id": 2, "parent": 1, "step": "build the image", "operation": "docker.image_build", "effect": "change", "description": "build image 'app:1'"}
  {"event": "output", "step": "build the image", "effect": 2, "stream": "stdout", "line": "Step 1/2 : FROM scratch"}
  {"event": "effect.end", "id": 2, "parent": 1, "step": "build the image", "operation": "docker.image_build", "effect": "change", "description": "build image 'app:1'", "state": "done", "changed": true, "diff": "--- a\n+++ b\n-old\n+new\n"}
  {"event": "effect.end", "id": 1, "parent": 0, "step": "build the image", "operation": "docker.image_ensure", "effect": "change", "description": "ensure image 'app'", "state": "done", "changed": true}
  {"event": "step.end", "path": "build the image", "title": "build the image", "state": "done", "changed": 1, "seconds": 2.1}
  {"event": "print", "text": "hello"}
  {"event": "log", "level": "warn", "message": "slow", "fields": {"ms": 12}}
)";

const char* kFailure = R"(
  {"event": "step.start", "path": "push image", "title": "push image"}
  {"event": "output", "step": "push image", "effect": 3, "stream": "stderr", "line": "denied"}
  {"event": "step.end", "path": "push image", "title": "push image", "state": "failed", "seconds": 1, "error": {"code": "docker.auth", "message": "docker.image_push registry.example.org/web:9f1c: unauthorized", "where": "deploy.lua:42"}}
  {"event": "run.end", "run": "3f2a", "state": "failed", "exit": 1, "changed": 1, "unchanged": 5, "planned": 0, "failed": 1, "seconds": 12.3, "resume": "runbook resume 3f2a", "undo": "runbook undo 3f2a", "error": {"code": "docker.auth", "message": "docker.image_push registry.example.org/web:9f1c: unauthorized", "where": "deploy.lua:42", "hint": "set RUNBOOK_DOCKER_AUTH", "context": {"host": "node2"}}}
)";

}  // namespace

TEST_CASE("display: plain lines tell of steps, changes with their diffs, and the failure") {
  FakeConsole fake;
  auto display = make_display(fake.console, {});
  feed(*display, kRun);
  feed(*display, kFailure);
  CHECK(fake.out == "hello\n");
  CHECK(fake.err ==
        "step build the image\n"
        "  change build image 'app:1'\n"
        "      --- a\n      +++ b\n      -old\n      +new\n"
        "done build the image (1 changed, 2.1 s)\n"
        "warning: slow  ms=12\n"
        "step push image\n"
        "failed push image (1.0 s)\n"
        "1 changed, 5 unchanged, 1 failed, 12.3 s\n"
        "runbook: deploy.lua:42: step 'push image' failed\n"
        "  docker.image_push registry.example.org/web:9f1c: unauthorized (docker.auth)\n"
        "  host node2\n"
        "  | denied\n"
        "  hint: set RUNBOOK_DOCKER_AUTH\n"
        "  resume: runbook resume 3f2a\n"
        "  undo:   runbook undo 3f2a\n");
}

TEST_CASE("display: a dry run's plan is a result, with diffs and where its knowledge ends") {
  FakeConsole fake;
  auto display = make_display(fake.console, {});
  feed(*display, R"(
    {"event": "run.start", "file": "deploy.lua", "mode": "dry-run"}
    {"event": "step.start", "path": "launch", "title": "launch"}
    {"event": "effect.start", "id": 1, "parent": 0, "step": "launch", "effect": "destroy", "description": "remove container 'web'"}
    {"event": "effect.end", "id": 1, "parent": 0, "step": "launch", "effect": "destroy", "description": "remove container 'web'", "state": "planned", "changed": true, "diff": "-web"}
    {"event": "effect.start", "id": 2, "parent": 0, "step": "launch", "effect": "read", "description": "get x"}
    {"event": "effect.end", "id": 2, "parent": 0, "step": "launch", "effect": "read", "description": "get x", "state": "unknown", "changed": false}
    {"event": "plan.end", "where": "deploy.lua:42", "because": "depends on the result of docker.image_build"}
    {"event": "step.end", "path": "launch", "title": "launch", "state": "planned", "seconds": 0.2}
    {"event": "run.end", "state": "planned", "exit": 0, "changed": 0, "unchanged": 0, "planned": 1, "failed": 0, "seconds": 0.3}
  )");
  CHECK(fake.err.empty());
  CHECK(fake.out ==
        "step launch\n"
        "  would destroy remove container 'web'\n"
        "      -web\n"
        "knowledge ends here: deploy.lua:42: depends on the result of docker.image_build\n"
        "planned launch (200 ms)\n"
        "1 would change, 0 unchanged, 300 ms\n");
}

TEST_CASE("display: a script without effects shows only what it prints") {
  FakeConsole fake;
  auto display = make_display(fake.console, {});
  feed(*display, R"(
    {"event": "run.start", "file": "hello.lua", "mode": "apply"}
    {"event": "print", "text": "hello\u001b[31m"}
    {"event": "run.end", "state": "done", "exit": 0, "changed": 0, "unchanged": 0, "planned": 0, "failed": 0, "seconds": 0.001}
  )");
  CHECK(fake.out == "hello\\x1b[31m\n");
  CHECK(fake.err.empty());
}

TEST_CASE("display: quiet leaves results, warnings and errors") {
  FakeConsole fake;
  auto display = make_quiet_display(fake.console);
  feed(*display, kRun);
  CHECK(fake.out == "hello\n");
  CHECK(fake.err == "warning: slow  ms=12\n");
  feed(*display, kFailure);
  CHECK_THAT(fake.err, ContainsSubstring("step 'push image' failed"));
}

TEST_CASE("display: json writes every event on a line of its own, with the schema's number") {
  FakeConsole fake;
  auto display = make_json_display(fake.console);
  feed(*display, kRun);
  const auto lines = lines_of(fake.out);
  CHECK(lines.size() == 10);
  for (const std::string& line : lines) CHECK(from_json(line).value()["schema"] == Value(1));
}

TEST_CASE("display: live redraws the running step in place and leaves its final state") {
  FakeConsole fake(true);
  auto display = make_display(fake.console, {});
  feed(*display, kRun);
  feed(*display, R"({"event": "step.start", "path": "launch", "title": "launch"})");
  fake.time += 3;
  display->tick();
  CHECK_THAT(fake.screen.text(), ContainsSubstring("launch  3.0 s"));
  feed(*display, R"({"event": "step.start", "path": "launch/wait", "title": "wait"}
    {"event": "output", "step": "launch/wait", "line": "still starting"})");
  fake.time += 1;
  display->tick();
  CHECK_THAT(fake.screen.text(), ContainsSubstring("    still starting"));
  feed(*display, R"({"event": "step.end", "path": "launch/wait", "title": "wait", "state": "done", "seconds": 1}
    {"event": "step.end", "path": "launch", "title": "launch", "state": "done", "seconds": 4}
    {"event": "run.end", "state": "done", "exit": 0, "changed": 1, "unchanged": 0, "planned": 0, "failed": 0, "seconds": 9})");
  CHECK(fake.screen.text() ==
        "+ build the image  1 changed, 2.1 s\n"
        "  change build image 'app:1'\n"
        "hello\n"
        "warning: slow  ms=12\n"
        "+ launch  4.0 s\n"
        "  + wait  1.0 s\n"
        "1 changed, 0 unchanged, 9.0 s\n");
}

TEST_CASE("display: live never draws more than ten times a second, nor more lines than the screen has") {
  FakeConsole fake(true, 40, 10);
  auto display = make_live_display(fake.console, {});
  feed(*display, R"({"event": "step.start", "path": "all", "title": "all"})");
  std::size_t frames = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string path = cat("all/host", i);
    const std::size_t before = fake.err.size();
    display->event(Value::object({{"event", "step.start"}, {"path", path}, {"title", cat("host", i, std::string(80, 'x'))}}));
    frames += fake.err.size() != before;
    fake.time += 0.001;
  }
  CHECK(frames <= 11);
  CHECK(fake.screen.highest_up <= 8);
  for (int i = 0; i < 1000; ++i) {
    display->event(Value::object({{"event", "step.end"}, {"path", cat("all/host", i)}, {"title", "x"}, {"state", i == 7 ? "failed" : "done"}}));
  }
  fake.time += 1;
  display->tick();
  CHECK(fake.screen.highest_up <= 8);
  feed(*display, R"({"event": "step.end", "path": "all", "title": "all", "state": "failed"})");
  CHECK_THAT(fake.screen.text(), ContainsSubstring("host7"));
  CHECK_THAT(fake.screen.text(), ContainsSubstring("more, done"));
  CHECK(lines_of(fake.screen.text()).size() < 70);
}

TEST_CASE("display: live clears what a narrower terminal has wrapped") {
  FakeConsole fake(true, 60, 20);
  auto display = make_live_display(fake.console, {});
  display->event(Value::object({{"event", "step.start"}, {"path", "a"}, {"title", std::string(50, 'a')}}));
  fake.screen.resize(20, 20);
  const std::size_t before = fake.err.size();
  display->suspend();
  CHECK(fake.err.substr(before) == "\r\x1b[3A\x1b[J");
}

TEST_CASE("display: steps that an interrupted run left open are shown as cancelled") {
  FakeConsole fake(true);
  auto display = make_live_display(fake.console, {});
  feed(*display, R"({"event": "step.start", "path": "a", "title": "a"}
    {"event": "run.end", "state": "cancelled", "exit": 130, "changed": 1, "unchanged": 0, "planned": 0, "failed": 0, "seconds": 9})");
  CHECK(fake.screen.text() == "! a  cancelled\n1 changed, 0 unchanged, 9.0 s, interrupted\n");
}

TEST_CASE("report: an error with several lines is a list of problems") {
  const std::string text = show_error(Error("parameter.invalid", "'--a': wrong\nmissing '--b'", "see --help"), Paint(false));
  CHECK(text == "runbook: 2 problems (parameter.invalid)\n  '--a': wrong\n  missing '--b'\n  hint: see --help\n");
  CHECK(show_error(Error("x.y", "no").with("host", "node2").because(Error("a.b", "why")), Paint(false)) ==
        "runbook: no (x.y)\n  because: why (a.b)\n  host node2\n");
}

TEST_CASE("console: colours follow the option, then the environment, then the stream") {
  std::map<std::string, const char*> set;
  const auto environment = [&](const char* name) { return set.count(name) ? set[name] : nullptr; };
  CHECK(want_colour("", true, environment));
  CHECK_FALSE(want_colour("", false, environment));
  CHECK(want_colour("always", false, environment));
  set["TERM"] = "dumb";
  CHECK_FALSE(want_colour("", true, environment));
  set["FORCE_COLOR"] = "1";
  CHECK(want_colour("auto", false, environment));
  set["NO_COLOR"] = "";
  CHECK(want_colour("", false, environment));
  set["NO_COLOR"] = "1";
  CHECK_FALSE(want_colour("", true, environment));
  CHECK(want_colour("always", true, environment));
}

TEST_CASE("console: text is measured and cut by what it takes on the screen") {
  CHECK(text_width("a\xC3\xA9\xE4\xBD\xA0\x1b[31mx\x1b[0m") == 5);
  CHECK(text_width("✅⌚⭐") == 6);
  CHECK(text_width("✓→─☎") == 4);
  CHECK(fit("abcdef", 6, false) == "abcdef");
  CHECK(fit("abcdefg", 6, false) == "abc...");
  CHECK(fit("abcdefg", 6, true) == "abcde\xE2\x80\xA6");
  CHECK(fit("\x1b[31mabcdefg\x1b[0m", 6, false) == "\x1b[31mabc...\x1b[0m");
}
