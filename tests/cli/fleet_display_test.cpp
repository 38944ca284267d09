// SPDX-License-Identifier: Apache-2.0
// What is shown of runs over many hosts.
#include "host/cli/display.h"
#include "host/cli/report.h"
#include "tests/cli/fake_console.h"
#include "tests/support/catch.h"

using namespace runbook;
using namespace runbook::cli;

namespace {

const char* kTwoHosts = R"(
  {"event": "run.start", "file": "update.lua", "mode": "apply"}
  {"event": "rollout.start", "title": "update", "hosts": 2, "batches": [2]}
  {"event": "host.start", "rollout": "update", "host": "web1", "path": "update[web1]"}
  {"event": "step.start", "path": "update[web1]", "title": "update"}
  {"event": "host.start", "rollout": "update", "host": "web2", "path": "update[web2]"}
  {"event": "step.start", "path": "update[web2]", "title": "update"}
  {"event": "step.start", "path": "update[web1]/write", "title": "write"}
  {"event": "output", "step": "update[web2]", "effect": 2, "stream": "stdout", "line": "second\u001b[31m"}
  {"event": "effect.start", "id": 1, "parent": 0, "step": "update[web1]/write", "effect": "change", "description": "write '/etc/motd'"}
  {"event": "output", "step": "update[web1]/write", "effect": 1, "stream": "stdout", "line": "first"}
  {"event": "effect.end", "id": 1, "parent": 0, "step": "update[web1]/write", "effect": "change", "description": "write '/etc/motd'", "state": "done", "changed": true}
  {"event": "step.end", "path": "update[web2]", "title": "update", "state": "failed", "seconds": 1, "error": {"code": "x.bad", "message": "no\u001b[2J\nway"}}
  {"event": "host.end", "rollout": "update", "host": "web2", "path": "update[web2]", "state": "failed", "changed": 0, "seconds": 1, "error": {"code": "x.bad", "message": "no\u001b[2J\nway"}}
  {"event": "step.end", "path": "update[web1]/write", "title": "write", "state": "done", "changed": 1, "seconds": 1}
  {"event": "step.end", "path": "update[web1]", "title": "update", "state": "done", "changed": 1, "seconds": 2}
  {"event": "host.end", "rollout": "update", "host": "web1", "path": "update[web1]", "state": "changed", "changed": 1, "seconds": 2}
  {"event": "rollout.end", "title": "update", "total": 2, "ok": 0, "changed": 1, "failed": 1, "unreachable": 0, "skipped": 0, "cancelled": 0, "earlier": 0, "hosts": [{"host": "web1", "state": "changed"}, {"host": "web2", "state": "failed", "error": {"code": "x.bad", "message": "no\u001b[2J\nway"}}]}
)";

std::string shown(DisplayOptions options, const char* events = kTwoHosts) {
  FakeConsole fake;
  auto display = make_display(fake.console, options);
  feed(*display, events);
  CHECK(fake.out.empty());
  return fake.err;
}

const std::string kSummary =
    "update: 2 hosts, 1 changed, 1 failed\n"
    "  failed web2: no\\x1b[2J way (x.bad)\n";

std::string exec_events() {
  std::string events = kTwoHosts;
  events.replace(events.find("update.lua"), 10, "(exec)");
  return events;
}

}  // namespace

TEST_CASE("fleet display: the lines of a host come together when it ends, and then the summary") {
  CHECK(shown({}) ==
        "failed web2 (1.0 s): no\\x1b[2J way (x.bad)\n"
        "  | second\\x1b[31m\n"
        "changed web1 (1 changed, 2.0 s)\n"
        "  change write '/etc/motd'\n"
        "  done write (1 changed, 1.0 s)\n" +
            kSummary);
}

TEST_CASE("fleet display: prefixed lines come at once, each behind its host's name") {
  CHECK(shown({.hosts = HostLines::kPrefixed}) ==
        "web1 | step write\n"
        "web2 | | second\\x1b[31m\n"
        "web1 | | first\n"
        "web1 | change write '/etc/motd'\n"
        "failed web2 (1.0 s): no\\x1b[2J way (x.bad)\n"
        "web1 | done write (1 changed, 1.0 s)\n"
        "changed web1 (1 changed, 2.0 s)\n" +
            kSummary);
}

TEST_CASE("fleet display: interleaved lines come as they are") {
  CHECK_THAT(shown({.hosts = HostLines::kInterleaved}), ContainsSubstring("step write\n| second\\x1b[31m\n| first\nchange write"));
}

TEST_CASE("fleet display: quiet leaves the hosts that failed") {
  CHECK(shown({.quiet = true}) == "  failed web2: no\\x1b[2J way (x.bad)\n");
}

TEST_CASE("fleet display: what exec's programs print is its result, with errors apart where lines come at once") {
  const std::string events = exec_events();
  FakeConsole grouped;
  feed(*make_display(grouped.console, {}), events.c_str());
  CHECK(grouped.out ==
        "failed web2 (1.0 s): no\\x1b[2J way (x.bad)\n"
        "  second\\x1b[31m\n"
        "changed web1 (1 changed, 2.0 s)\n"
        "  first\n");
  FakeConsole prefixed;
  feed(*make_display(prefixed.console, {.quiet = true, .hosts = HostLines::kPrefixed}), events.c_str());
  CHECK(prefixed.out == "web2 | second\\x1b[31m\nweb1 | first\n");
}

TEST_CASE("fleet display: rollouts of one title inside different hosts are told apart") {
  FakeConsole fake(true, 80, 20);
  auto display = make_display(fake.console, {});
  feed(*display, R"({"event": "run.start", "file": "x.lua", "mode": "apply"}
    {"event": "rollout.start", "title": "sites", "path": "sites", "hosts": 2}
    {"event": "host.start", "rollout": "sites", "host": "a", "path": "sites[a]"}
    {"event": "host.start", "rollout": "sites", "host": "b", "path": "sites[b]"}
    {"event": "rollout.start", "title": "web", "path": "sites[a]/web", "hosts": 4}
    {"event": "rollout.start", "title": "web", "path": "sites[b]/web", "hosts": 7}
    {"event": "host.start", "rollout": "web", "host": "w", "path": "sites[b]/web[w]"}
    {"event": "host.end", "rollout": "web", "host": "w", "path": "sites[b]/web[w]", "state": "changed", "planned": 2, "changed": 0}
    {"event": "rollout.end", "title": "web", "path": "sites[a]/web", "total": 4, "hosts": []})");
  fake.time += 1;
  display->tick();
  CHECK_THAT(fake.screen.text(), ContainsSubstring("sites  0/2  2 running") && ContainsSubstring("web  1/7  1 would change, 6 waiting") &&
                                     !ContainsSubstring("/4"));
}

TEST_CASE("fleet display: what helps is told once for all hosts, and not without end") {
  Value end = Value::object({{"event", "rollout.end"}, {"title", "x"}, {"total", 16}, {"failed", 16}});
  Value hosts{Value::Array{}};
  for (int i = 0; i < 16; ++i) {
    Value error = Value::object({{"message", "no"}, {"hint", cat("hint ", i / 2)}});
    hosts.push(Value::object({{"host", cat("h", i)}, {"state", "failed"}, {"error", error}}));
  }
  end.set("hosts", hosts);
  const std::string shown_hints = show_fleet_failures(end, Paint(false));
  CHECK_THAT(shown_hints, ContainsSubstring("  hint: hint 0\n  hint: hint 1\n  hint: hint 2\n") && ContainsSubstring("hint 4\n  and 3 more hints\n"));
  CHECK(shown_hints.find("hint 0") == shown_hints.rfind("hint 0"));
}

TEST_CASE("fleet display: a host with endless output is shown before it ends") {
  FakeConsole fake;
  const std::string line(1000, 'x');
  auto display = make_display(fake.console, {});
  feed(*display, R"events({"event": "run.start", "file": "(exec)"}
    {"event": "rollout.start", "title": "exec", "hosts": 1}
    {"event": "host.start", "rollout": "exec", "host": "a", "path": "exec[a]"})events");
  for (int i = 0; i < 1100; ++i) display->event(Value::object({{"event", "output"}, {"step", "exec[a]"}, {"stream", "stdout"}, {"line", line}}));
  CHECK_THAT(fake.out.substr(0, 20), ContainsSubstring("a goes on:"));
  CHECK(fake.out.size() > (1u << 20));
}

TEST_CASE("fleet display: what a cancelled host printed is not lost") {
  CHECK_THAT(shown({.verbose = 1}, R"({"event": "run.start", "file": "x.lua"}
    {"event": "rollout.start", "title": "exec", "hosts": 2}
    {"event": "host.start", "rollout": "exec", "host": "a", "path": "exec[a]"}
    {"event": "output", "step": "exec[a]", "stream": "stdout", "line": "half"}
    {"event": "rollout.end", "title": "exec", "total": 2, "cancelled": 1, "skipped": 1, "hosts": []})"),
             ContainsSubstring("cancelled a\n  | half\nexec: 2 hosts, 1 cancelled, 1 skipped\n"));
}

TEST_CASE("fleet display: five hundred hosts take no more lines than the screen has, and few redraws") {
  FakeConsole fake(true, 50, 12);
  auto display = make_display(fake.console, {});
  feed(*display, R"({"event": "run.start", "file": "update.lua", "mode": "apply"}
    {"event": "rollout.start", "title": "update", "hosts": 500})");
  const auto host = [](const char* event, int number) {
    const std::string name = cat("web", number);
    return Value::object({{"event", event}, {"rollout", "update"}, {"host", name}, {"path", cat("update[", name, "]")}});
  };
  int redraws = 0;
  const auto write = fake.console.err.write;
  fake.console.err.write = [&](std::string_view text) {
    if (text.find("running") != std::string_view::npos) ++redraws;
    return write(text);
  };
  for (int i = 1; i <= 400; ++i) {
    display->event(host("host.start", i));
    display->event(Value::object({{"event", "output"}, {"step", cat("update[web", i, "]")}, {"line", cat("line\x1b[2J of ", i)}}));
    if (i % 4 != 0) {
      Value end = host("host.end", i);
      end.set("state", i == 7 ? "unreachable" : "changed");
      if (i == 7) end.set("error", Value::object({{"code", "ssh.connect"}, {"message", "refused"}}));
      display->event(end);
    }
    fake.time += 0.01;
  }
  CHECK(redraws <= 45);  // in four seconds
  fake.time += 1;
  display->tick();
  const std::string text = fake.screen.text();
  CHECK(fake.screen.highest_up <= 11);
  CHECK_THAT(text, ContainsSubstring("unreachable web7: refused (ssh.connect)"));
  CHECK_THAT(text, ContainsSubstring("update  300/500  299 changed, 1 unreachable, 1..."));
  CHECK_THAT(text, ContainsSubstring("  web4   5.0 s   line\\x1b[2J of 4\n  web8"));
  CHECK_THAT(text, ContainsSubstring("and 92 more running"));
  CHECK_THAT(text, !ContainsSubstring("changed web1 "));
}
