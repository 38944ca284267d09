// SPDX-License-Identifier: Apache-2.0
// `runbook exec`, and runs over the hosts of an inventory, as people meet them. The hosts are this computer.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "host/core/text.h"
#include "runbook/value.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::cli;

namespace {

class Workplace {
 public:
  Workplace() {
    ::setenv("RUNBOOK_STATE", file("state").c_str(), 1);
    std::string hosts = "hosts:\n";
    for (int i = 1; i <= 500; ++i) hosts += cat("  web", i, ": { here: true, vars: { number: ", i, " } }\n");
    write("hosts.yaml", hosts + "groups: { front: { hosts: [web1, web2, web3] } }\n");
  }
  ~Workplace() { ::unsetenv("RUNBOOK_STATE"); }
  std::string file(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    return file(name);
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(file(name)).rdbuf();
    return text.str();
  }
  /// runbook exec -i hosts.yaml ...
  /// A runbook that writes a file for each host of an inventory.
  std::string writer() const {
    return write("writer.lua", cat(R"(local rb, inventory, rollout, machine = require "runbook", require "inventory", require "rollout", require "machine"
      return rb.runbook {
        permissions = { write = { ")", file(""), R"(" } },
        run = function()
          rollout.run(inventory.load():list(), { title = "write", limit = 9 }, function(host)
            machine.here():file_ensure { path = ")", file(""), R"(/out-" .. host.name, content = host.name }
          end)
        end,
      })"));
  }
  Outcome exec(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"exec", "-i", file("hosts.yaml")});
    return run_program(arguments);
  }

 private:
  TempDirectory directory_;
};

}  // namespace

TEST_CASE("exec: runs a program on every host of a group, and ends with 0") {
  const Workplace place;
  const Outcome outcome = place.exec({"--on", "front", "--output", "prefixed", "--", "echo", "hello"});
  CHECK(outcome.status == 0);
  for (const char* line : {"web1 | hello\n", "web2 | hello\n", "web3 | hello\n"}) CHECK_THAT(outcome.out, ContainsSubstring(line));
  CHECK_THAT(outcome.err, ContainsSubstring("exec: 3 hosts, 3 changed\n"));
}

TEST_CASE("exec: arguments are data, whatever is in them") {
  const Workplace place;
  const Outcome outcome = place.exec({"--on", "web1", "--", "printf", "<%s>", "a b; $HOME `id`", "--on", "-n", ""});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("<a b; $HOME `id`><--on><-n><>"));
}

TEST_CASE("exec: a dry run shows what would run where, and runs nothing") {
  const Workplace place;
  const Outcome outcome = place.exec({"-n", "--on", "front,!web2", "--", "touch", place.file("touched")});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("would change web1 (1 change, ") && ContainsSubstring("would change run: touch") &&
                              ContainsSubstring("exec: 2 hosts, 2 would change\n") && !ContainsSubstring("web2") && !ContainsSubstring("knowledge ends"));
  CHECK(place.read("touched").empty());
}

TEST_CASE("exec: what a script runs cannot read the rest of the script") {
  const Workplace place;
  const std::string script = place.write("reads.sh", "cat\n# it's \"quoted\"; \\\necho \"after $0 $1\"\nexit 3\n\n");
  const Outcome outcome = place.exec({"--on", "web1", "--script", script, "--", "-a b"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.out, ContainsSubstring("  after sh -a b\n"));
  CHECK_THAT(outcome.err, ContainsSubstring("ended with exit code 3"));
}

TEST_CASE("exec: ends with 4 when some of five hundred hosts fail, names them, and resumes only them") {
  const Workplace place;
  const std::string script = place.write("once.sh", "mkdir \"$1.lock\" 2>/dev/null && exit 3\necho done >> \"$1\"\n");
  const Outcome outcome = place.exec({"--on", "all", "--script", script, "--", place.file("log")});
  CHECK(outcome.status == 4);
  CHECK_THAT(outcome.err, ContainsSubstring("exec: 500 hosts, 499 changed, 1 failed\n") && ContainsSubstring("ended with exit code 3") &&
                              ContainsSubstring("1 of 500 hosts failed (rollout.partial)") && ContainsSubstring("resume: runbook resume "));
  const Outcome resumed = run_program({"resume"});
  CHECK(resumed.status == 0);
  CHECK_THAT(resumed.err, ContainsSubstring("499 ok (499 done before), 1 changed\n"));
  CHECK(split(place.read("log"), '\n').size() == 501);  // each host once, and what follows the last newline
}

TEST_CASE("exec: ends with 1 when every host fails") {
  const Outcome outcome = Workplace().exec({"--on", "front", "--", "false"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, ContainsSubstring("3 of 3 hosts failed (rollout.failed)"));
}

TEST_CASE("exec: no host, an unknown name and a bad inventory end with 2") {
  const Workplace place;
  CHECK_THAT(place.exec({"--on", "frnot", "--", "true"}).err, ContainsSubstring("'frnot' is neither a host nor a group, did you mean 'front'?"));
  CHECK(place.exec({"--on", "frnot", "--", "true"}).status == 2);
  CHECK(place.exec({"--on", "front", "--limit", "web9", "--", "true"}).status == 2);
  const Outcome bad = run_program({"exec", "-i", place.write("bad.yaml", "hosts:\n  a: { adress: b }\n"), "--on", "a", "--", "true"});
  CHECK(bad.status == 2);
  CHECK_THAT(bad.err, ContainsSubstring("bad.yaml:2: unknown key 'adress', did you mean 'address'?"));
  CHECK(run_program({"exec", "-i", place.file("none.yaml"), "--on", "a", "--", "true"}).status == 2);
}

TEST_CASE("exec: a command line that is not whole is refused with what is missing") {
  const Workplace place;
  CHECK_THAT(place.exec({"--", "true"}).err, ContainsSubstring("'exec' expects --on HOSTS"));
  CHECK_THAT(place.exec({"--on", "front"}).err, ContainsSubstring("'exec' expects a program after '--'"));
  CHECK_THAT(place.exec({"--on", "front", "uptime"}).err, ContainsSubstring("follow '--': exec --on HOSTS -- uptime"));
  CHECK_THAT(place.exec({"--on", "front", "--output", "groupd", "--", "true"}).err, ContainsSubstring("did you mean 'grouped'?"));
  CHECK_THAT(place.exec({"--on", "front", "--forks", "0", "--", "true"}).err, ContainsSubstring("'--forks' expects a number from 1 on"));
}

TEST_CASE("exec: --json tells of each host and sums up") {
  const Outcome outcome = Workplace().exec({"--json", "--on", "front", "--", "true"});
  int started = 0;
  Value sum;
  for (const std::string& line : split(outcome.out, '\n')) {
    if (line.empty()) continue;
    const Value event = from_json(line).value();
    if (event["event"] == Value("host.start")) ++started;
    if (event["event"] == Value("rollout.end")) sum = event;
  }
  CHECK(started == 3);
  CHECK(sum["total"] == Value(3));
  CHECK(sum["changed"] == Value(3));
  CHECK(sum["hosts"].items().size() == 3);
}

TEST_CASE("fleet: --limit and --inventory are those of a runbook's hosts, --forks bounds how many at once") {
  const Workplace place;
  const std::string file = place.write("show.lua", R"(local rollout, inventory = require "rollout", require "inventory"
    local now, most = 0, 0
    local rb = require "runbook"
    rollout.run(inventory.load():list("web*"), { limit = 100 }, function(host)
      now = now + 1
      most = math.max(most, now)
      rb.sleep(0.01)
      now = now - 1
    end)
    print("at most", most))");
  const Outcome outcome = run_program({file, "-i", place.file("hosts.yaml"), "--limit", "web1?,!web13", "--limit", "cpu=5s", "--forks", "4"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "at most\t4\n");
  CHECK_THAT(outcome.err, ContainsSubstring("hosts: 9 hosts, 9 ok\n"));
  std::string without_limit = place.read("show.lua");
  without_limit.replace(without_limit.find("limit = 100"), 11, "");
  const std::string unlimited = place.write("unlimited.lua", without_limit);
  CHECK(run_program({unlimited, "-i", place.file("hosts.yaml"), "--forks", "120"}).out == "at most\t120\n");
  CHECK(run_program({unlimited, "-i", place.file("hosts.yaml")}).out == "at most\t50\n");
  CHECK_THAT(run_program({file}).err, ContainsSubstring("there is no inventory (inventory.missing)"));
  const Outcome heedless = run_program({place.write("heedless.lua", "print 'everywhere'"), "--limit", "web1"});
  CHECK(heedless.status == 1);
  CHECK_THAT(heedless.err, ContainsSubstring("--limit names hosts, but the runbook asked no inventory for any"));
}

TEST_CASE("fleet: a plan that is kept is of the hosts that it was made for, and what differs ends the run") {
  const Workplace place;
  const std::string file = place.writer(), plan = place.file("kept.plan");
  CHECK(run_program({"plan", file, "-i", place.file("hosts.yaml"), "--limit", "front", "--forks", "1", "-o", plan}).status == 0);
  const Outcome outcome = run_program({"run", "--plan", plan});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, ContainsSubstring("write: 3 hosts, 3 changed\n"));
  CHECK(place.read("out-web3") == "web3");
  CHECK(place.read("out-web4").empty());

  const Outcome other = run_program({"run", "--plan", plan, "--limit", "web4"});
  CHECK(other.status == 7);
  CHECK_THAT(other.err, ContainsSubstring("(plan.mismatch)") && !ContainsSubstring("rollout."));
  CHECK(place.read("out-web4").empty());
}

TEST_CASE("fleet: a recording is replayed with the hosts that it was made for") {
  const Workplace place;
  const std::string cassette = place.file("run.cassette");
  CHECK(run_program({"record", place.writer(), "-i", place.file("hosts.yaml"), "--limit", "front", "--forks", "1", "-o", cassette}).status == 0);
  const Outcome outcome = run_program({"replay", cassette});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, ContainsSubstring("write: 3 hosts, 3 changed\n"));
}

TEST_CASE("fleet: what helps hosts that failed is told once") {
  const Workplace place;
  const std::string file = place.write("fails.lua", R"(local rollout, inventory, rb = require "rollout", require "inventory", require "runbook"
    rollout.run(inventory.load():list("front"), function() rb.fail("x.bad", "no", { hint = "buy another" }) end))");
  const Outcome outcome = run_program({file, "-i", place.file("hosts.yaml")});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, ContainsSubstring("  failed web3: no (x.bad)\n  hint: buy another\n"));
  CHECK(outcome.err.find("buy another") == outcome.err.rfind("buy another"));
}

TEST_CASE("fleet: on a terminal a failed host is told at once, while others are under way") {
  const Workplace place;
  const std::string log = place.file("told");
  const Outcome outcome = run_on_terminal({"exec", "-i", place.file("hosts.yaml"), "--on", "front", "--script",
                                           place.write("one.sh", "mkdir \"$1\" 2>/dev/null && exit 3\nsleep 1\n"), "--", log});
  CHECK(outcome.status == 4);
  const auto told = outcome.out.find("ended with exit code 3");
  REQUIRE(told != std::string::npos);
  CHECK_THAT(outcome.out.substr(told), ContainsSubstring(" running"));
}

TEST_CASE("fleet: on a terminal the counts are live") {
  const Workplace place;
  const Outcome outcome = run_on_terminal({"exec", "-i", place.file("hosts.yaml"), "--on", "all", "--forks", "100", "--", "sleep", "0.2"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("/500") && ContainsSubstring(" running") && ContainsSubstring(" waiting") &&
                              ContainsSubstring("500 hosts") && ContainsSubstring("500 changed"));
}
