// SPDX-License-Identifier: Apache-2.0
// The functions of docker.lua, run through a host on a real engine: what they change, that a second run changes
// nothing, and that a dry run is true and changes nothing.
#include <filesystem>
#include <set>

#include "host/core/text.h"
#include "runbook/host.h"
#include "tests/modules/docker/live_support.h"
#include "tests/support/temp_directory.h"

namespace runbook::docker {
extern const Module kModule;
}

using namespace runbook;
using namespace runbook::docker;

namespace {

class DockerHost {
 public:
  DockerHost() {
    host_.add(docker::kModule);
    std::filesystem::create_directory(directory / "app");
    std::filesystem::copy_file("/bin/busybox", directory / "app/busybox");
    directory.file("app/Dockerfile", "FROM scratch\nCOPY . /bin/\nSTOPSIGNAL SIGKILL\n");
  }

  RunReport run(const std::string& body, RunOptions options = {}) {
    options.file = directory.file("test.lua", cat("local rb = require 'runbook'\nlocal docker = require 'docker'\nlocal engine <close> = docker.connect '",
                                                  private_engine(), "'\n", body));
    return run_file(std::move(options));
  }
  RunReport run_file(RunOptions options) {
    options.allow = {"docker=" + private_engine(), "read=" + directory.path()};
    options.yes = true;
    options.state_directory = state_ / "runs";
    events.clear();
    printed.clear();
    options.on_event = [this](const Value& event) {
      if (event["event"].as_string() == "print") printed += event["text"].as_string() + "\n";
      events.push_back(event);
    };
    return host_.run(options);
  }
  /// A run that has to go well.
  RunReport well(const std::string& body, Mode mode = Mode::kApply) {
    RunOptions options;
    options.mode = mode;
    RunReport report = run(body, std::move(options));
    if (report.error) FAIL(report.error->code + ": " + report.error->message + " (" + report.error->where + ")");
    return report;
  }
  std::string diffs() const {
    std::string all;
    for (const Value& event : events) all += event["diff"].as_string();
    return all;
  }

  TempDirectory directory;
  std::vector<Value> events;
  std::string printed;

 private:
  TempDirectory state_;
  Host host_;
};

// All that the engine has, as text: what a dry run must not change.
// Sorted, for the engine lists in any order.
std::set<std::string> state_of_engine() {
  Live live;
  std::set<std::string> all;
  for (const Operation* list : {&kContainerList, &kImageList, &kNetworkList, &kVolumeList}) {
    const Value listed = live.perform(*list, Value::Object{});
    for (const Value& item : listed.items()) {
      all.insert(cat(item["id"].as_string(), " ", item["name"].as_string(), " ", to_json(item["tags"]), " ", item["state"].as_string()));
    }
  }
  return all;
}

std::string service(const std::string& colour) {
  return cat("engine:network_ensure('ens', { labels = { app = 'ens' } })\n"
             "engine:volume_ensure('ensdata')\n"
             "local image = engine:image_ensure { tag = 'ens:1', context = 'app' }\n"
             "local web, changed = engine:container_ensure { name = 'ens', image = 'ens:1', env = { COLOUR = '", colour, "' },\n"
             "  command = { '/bin/busybox', 'httpd', '-f', '-p', '80' }, networks = { 'ens' }, volumes = { 'ensdata:/data' },\n"
             "  ports = { '127.0.0.1::80' } }\n");
}

void clean_up() {
  Live live;
  live.perform(kContainerRemove, named("ens"));
  live.perform(kNetworkRemove, named("ens"));
  live.perform(kVolumeRemove, named("ensdata"));
  live.perform(kImageRemove, named("ens:1"));
}

}  // namespace

TEST_CASE("docker ensure: a service is planned, made, left alone, and replaced where it differs", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  DockerHost host;
  const std::string body = service("blue") + "print(web.name, web.running, changed)\n";

  const auto before = state_of_engine();
  const RunReport planned = host.well(body, Mode::kDryRun);
  CHECK(planned.planned == 4);
  CHECK(planned.changed == 0);
  CHECK_THAT(host.diffs(), ContainsSubstring("+++ network ens\n+driver = bridge\n+labels.app = ens"));
  CHECK(state_of_engine() == before);

  CHECK(host.well(body).changed == 4);
  CHECK(host.printed == "ens\ttrue\ttrue\n");
  CHECK(host.well(body).changed == 0);
  CHECK(host.printed == "ens\ttrue\tfalse\n");
  CHECK(host.well(body, Mode::kDryRun).planned == 0);

  const std::string green = service("green") + "print(web.name, web.running, changed)\n";
  const auto running = state_of_engine();
  CHECK(host.well(green, Mode::kDryRun).planned == 1);
  CHECK(host.diffs() == "--- container ens\n+++ container ens\n-env.COLOUR = blue\n+env.COLOUR = green\n");
  CHECK(state_of_engine() == running);
  CHECK(host.well(green).changed == 1);
  CHECK(host.well(green).changed == 0);

  // Other files make another image, and with it another container: the plan knows before either is there.
  host.directory.file("app/page", "new");
  CHECK(host.well(green, Mode::kDryRun).planned == 2);
  CHECK(host.well(green).changed == 2);
  CHECK(host.well(green).changed == 0);

  // What was stopped by hand runs again.
  host.well("engine:container_stop('ens')");
  CHECK(host.well(green).changed == 1);
  clean_up();
}

TEST_CASE("docker ensure: a network or a volume that differs is an error that says how", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  DockerHost host;
  host.well("engine:network_ensure('ens')\nengine:volume_ensure('ensdata')\n");
  const RunReport network = host.run("engine:network_ensure('ens', { internal = true })");
  REQUIRE(network.error);
  CHECK(network.error->code == "docker.conflict");
  CHECK_THAT(network.error->context.at("diff"), ContainsSubstring("+internal = true"));
  const RunReport volume = host.run("engine:volume_ensure('ensdata', { labels = { a = 'b' } })");
  REQUIRE(volume.error);
  CHECK_THAT(volume.error->context.at("diff"), ContainsSubstring("+labels.a = b"));
  clean_up();
}

TEST_CASE("docker ensure: a step that fails later is undone to what was there before", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  DockerHost host;
  host.well("engine:image_ensure { tag = 'ens:1', context = 'app' }");
  const auto before = state_of_engine();
  const std::string text = cat(
      "local rb, docker = require 'runbook', require 'docker'\n"
      "return rb.runbook { summary = 'test', on_failure = 'undo', run = function()\n"
      "local engine <close> = docker.connect '", private_engine(), "'\n"
      "rb.step('launch', { undo = rb.revert }, function()\n", service("blue"), "end)\n"
      "rb.step('fail', function() error 'it does not work' end)\n"
      "end }\n");
  RunOptions options;
  options.file = host.directory.file("undo.lua", text);
  const RunReport report = host.run_file(std::move(options));
  CHECK(report.exit == 1);
  REQUIRE(report.error);
  CHECK_THAT(report.error->message, ContainsSubstring("it does not work"));
  CHECK(state_of_engine() == before);
  clean_up();
}

TEST_CASE("docker ensure: a failed wait brings the container's last words to the script", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  DockerHost host;
  host.well("engine:image_ensure { tag = 'ens:1', context = 'app' }");
  const RunReport report = host.run(
      "engine:container_ensure { name = 'ens', image = 'ens:1', command = { '/bin/busybox', 'sh', '-c', 'echo no database; exit 3' },\n"
      "  healthcheck = { test = { '/bin/busybox', 'true' } } }\n"
      "engine:container_wait_healthy('ens', { timeout = '20s' })");
  CHECK(report.exit == 1);
  REQUIRE(report.error);
  CHECK(report.error->code == "docker.unhealthy");
  CHECK(report.error->context.at("log") == "no database");
  clean_up();
}
