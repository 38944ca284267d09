// SPDX-License-Identifier: Apache-2.0
// Containers, on a real engine.
#include <algorithm>

#include "host/core/text.h"
#include "tests/modules/docker/live_support.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

Value described(const char* name, const char* script) {
  return Value::object({{"name", name},
                        {"image", live_image()},
                        {"command", Value::array({"/bin/busybox", "sh", "-c", script})},
                        {"stop_signal", "KILL"},
                        {"labels", Value::object({{"test", "containers"}})}});
}
constexpr const char* kSleep = "while :; do /bin/busybox sleep 1; done";

}  // namespace

TEST_CASE("docker live: the engine says what it is", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  const Value version = live.perform(kVersion, Value::Object{});
  CHECK_FALSE(version["version"].as_string().empty());
  CHECK(version["os"].as_string() == "linux");
  CHECK(live.perform(kInfo, Value::Object{})["containers"].is_integer());
}

TEST_CASE("docker live: a container is made, started, stopped and removed, and each twice changes nothing", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  CHECK(live.perform(kContainerFind, named("cycle")).is_null());
  CHECK(live.attempt(kContainerGet, named("cycle")).error().code == "docker.not_found");

  const Value made = live.perform(kContainerCreate, described("cycle", kSleep));
  CHECK(made["state"].as_string() == "created");
  CHECK(made["name"].as_string() == "cycle");
  CHECK(live.attempt(kContainerCreate, described("cycle", kSleep)).error().code == "docker.conflict");

  CHECK(live.perform(kContainerStart, named("cycle"))["changed"].as_bool());
  CHECK_FALSE(live.perform(kContainerStart, named("cycle"))["changed"].as_bool(true));
  CHECK(live.perform(kContainerGet, named("cycle"))["running"].as_bool());

  Value by_label = Value::object({{"labels", Value::object({{"test", "containers"}})}});
  const Value rows = live.perform(kContainerList, by_label);
  REQUIRE(rows.items().size() == 1);
  CHECK(rows.items()[0]["name"].as_string() == "cycle");

  CHECK(live.perform(kContainerStop, named("cycle"))["changed"].as_bool());
  CHECK_FALSE(live.perform(kContainerStop, named("cycle"))["changed"].as_bool(true));
  CHECK(live.perform(kContainerRename, Value::object({{"name", "cycle"}, {"new_name", "other"}}))["changed"].as_bool());
  CHECK(live.perform(kContainerRemove, named("other"))["changed"].as_bool());
  CHECK_FALSE(live.perform(kContainerRemove, named("other"))["changed"].as_bool(true));
}

TEST_CASE("docker live: a running container is stopped before it is removed", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  live.perform(kContainerCreate, described("running", kSleep));
  live.perform(kContainerStart, named("running"));
  CHECK(live.perform(kContainerRemove, named("running"))["changed"].as_bool());
  CHECK(live.perform(kContainerFind, named("running")).is_null());
}

TEST_CASE("docker live: logs keep their streams apart and their order, and lines are heard as they come", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  live.perform(kContainerCreate, described("talker", "echo one; echo two >&2; echo three"));
  live.perform(kContainerStart, named("talker"));
  const Value ended = live.perform(kContainerWaitExit, named("talker"));
  CHECK(ended["exit_code"].as_int() == 0);

  std::vector<std::string> heard;
  Value args = named("talker");
  args.set("target", private_engine());
  const auto log = live.wait([&](Done done) {
    kContainerLogs.perform({live.world(), args,
                            [&](Value event) { heard.push_back(event["stream"].as_string() + " " + event["line"].as_string()); }},
                           std::move(done));
  });
  REQUIRE(log.ok());
  CHECK((*log)["stdout"].as_string() == "one\nthree\n");
  CHECK((*log)["stderr"].as_string() == "two\n");
  std::sort(heard.begin(), heard.end());
  CHECK(heard == std::vector<std::string>{"stderr two", "stdout one", "stdout three"});
  Value last = named("talker");
  last.set("tail", 1);
  CHECK(live.perform(kContainerLogs, last)["output"].as_string().size() <= 6);
  live.perform(kContainerRemove, named("talker"));
}

TEST_CASE("docker live: a program run in a container gives its output, its input and its exit code", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  live.perform(kContainerCreate, described("shell", kSleep));
  live.perform(kContainerStart, named("shell"));
  const auto run = [&](const char* script) {
    Value args = named("shell");
    args.set("command", Value::array({"/bin/busybox", "sh", "-c", script}));
    return args;
  };
  const Value said = live.perform(kContainerExec, run("echo out; echo err >&2"));
  CHECK(said["stdout"].as_string() == "out\n");
  CHECK(said["stderr"].as_string() == "err\n");
  CHECK(said["exit_code"].as_int() == 0);

  Value with_input = run("/bin/busybox wc -c");
  with_input.set("stdin", std::string(300000, 'x'));
  CHECK(trim(live.perform(kContainerExec, with_input)["stdout"].as_string()) == "300000");

  const auto failed = live.attempt(kContainerExec, run("echo broken >&2; exit 3"));
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == "docker.exit");
  CHECK(failed.error().context.at("exit_code") == "3");
  CHECK_THAT(failed.error().message, ContainsSubstring("broken"));
  Value unchecked = run("exit 3");
  unchecked.set("check", false);
  CHECK(live.perform(kContainerExec, unchecked)["exit_code"].as_int() == 3);
  live.perform(kContainerRemove, named("shell"));
}

TEST_CASE("docker live: waiting for health ends with the container's last words when it fails", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  Value well = described("well", kSleep);
  well.set("healthcheck", Value::object({{"test", Value::array({"/bin/busybox", "true"})}, {"interval", "100ms"}}));
  live.perform(kContainerCreate, well);
  live.perform(kContainerStart, named("well"));
  CHECK(live.perform(kContainerWaitHealthy, named("well"))["health"].as_string() == "healthy");

  Value ill = described("ill", "echo cannot open the database; while :; do /bin/busybox sleep 1; done");
  ill.set("healthcheck", Value::object({{"test", Value::array({"/bin/busybox", "false"})}, {"interval", "100ms"}, {"retries", 1}}));
  live.perform(kContainerCreate, ill);
  live.perform(kContainerStart, named("ill"));
  const auto unhealthy = live.attempt(kContainerWaitHealthy, named("ill"));
  REQUIRE_FALSE(unhealthy.ok());
  CHECK(unhealthy.error().code == "docker.unhealthy");
  CHECK(unhealthy.error().context.at("log") == "cannot open the database");

  live.perform(kContainerCreate, described("brief", "echo no such option; exit 7"));
  live.perform(kContainerStart, named("brief"));
  live.perform(kContainerWaitExit, named("brief"));
  const auto over = live.attempt(kContainerWaitHealthy, named("brief"));
  REQUIRE_FALSE(over.ok());
  CHECK_THAT(over.error().message, ContainsSubstring("exit code 7"));
  CHECK(over.error().context.at("log") == "no such option");

  live.perform(kContainerCreate, described("plain", kSleep));
  live.perform(kContainerStart, named("plain"));
  CHECK_THAT(live.attempt(kContainerWaitHealthy, named("plain")).error().message, ContainsSubstring("no health check"));
  Value soon = named("plain");
  soon.set("timeout", 0.2);
  CHECK(live.attempt(kContainerWaitExit, soon).error().code == "docker.timeout");
  for (const char* name : {"well", "ill", "brief", "plain"}) live.perform(kContainerRemove, named(name));
}

TEST_CASE("docker live: a container is compared with its description and replaced by one that is as described", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  Value spec = described("ensured", kSleep);
  spec.set("env", Value::object({{"COLOUR", "blue"}, {"TOKEN", Value::Secret{"hunter2", "TOKEN"}}}));
  const Value absent = live.perform(kContainerVerify, spec);
  CHECK_FALSE(absent["exists"].as_bool(true));
  CHECK(live.perform(kContainerReplace, spec)["running"].as_bool());
  const Value same = live.perform(kContainerVerify, spec);
  CHECK(same["equal"].as_bool());
  CHECK(same["running"].as_bool());

  const std::string id = same["container"]["id"].as_string();
  spec.set("env", Value::object({{"COLOUR", "green"}, {"TOKEN", Value::Secret{"hunter3", "TOKEN"}}}));
  const Value other = live.perform(kContainerVerify, spec);
  CHECK_FALSE(other["equal"].as_bool(true));
  CHECK(other["diff"].as_string() ==
        "--- container ensured\n+++ container ensured\n-env.COLOUR = blue\n+env.COLOUR = green\n"
        "-env.TOKEN = ***\n+env.TOKEN = ***\n");
  const Value replaced = live.perform(kContainerReplace, spec);
  CHECK(replaced["name"].as_string() == "ensured");
  CHECK(replaced["id"].as_string() != id);
  CHECK(live.perform(kContainerVerify, spec)["equal"].as_bool());

  // What cannot be started leaves the old one running.
  Value broken = described("ensured", kSleep);
  broken.set("command", Value::array({"/no/such/program"}));
  const auto failed = live.attempt(kContainerReplace, broken);
  REQUIRE_FALSE(failed.ok());
  CHECK_THAT(failed.error().message, ContainsSubstring("/no/such/program"));
  const Value kept = live.perform(kContainerGet, named("ensured"));
  CHECK(kept["id"].as_string() == replaced["id"].as_string());
  CHECK(kept["running"].as_bool());
  CHECK(live.perform(kContainerFind, named("ensured.new")).is_null());
  live.perform(kContainerRemove, named("ensured"));
}
