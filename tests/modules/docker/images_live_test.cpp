// SPDX-License-Identifier: Apache-2.0
// Images built on a real engine.
#include <filesystem>

#include "tests/modules/docker/live_support.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

struct App {
  App() {
    std::filesystem::copy_file("/bin/busybox", directory / "busybox");
    directory.file("Dockerfile", "FROM scratch\nARG GREETING=hello\nLABEL greeting=$GREETING\nCOPY busybox /bin/busybox\nCMD [\"/bin/busybox\"]\n");
    directory.file(".dockerignore", "notes\n");
  }
  Value spec() const { return Value::object({{"tag", "app:1"}, {"context", directory.path()}}); }
  TempDirectory directory;
};

}  // namespace

TEST_CASE("docker live: an image is built once from the same files, and again from others", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  App app;
  CHECK_FALSE(live.perform(kImageVerify, app.spec())["exists"].as_bool(true));
  const Value first = live.perform(kImageBuild, app.spec());
  CHECK(first["labels"]["greeting"].as_string() == "hello");
  CHECK(first["labels"]["runbook.context"].as_string() == first["context_hash"].as_string());
  CHECK(live.perform(kImageVerify, app.spec())["equal"].as_bool());

  app.directory.file("notes", "ignored");
  CHECK(live.perform(kImageVerify, app.spec())["equal"].as_bool());
  app.directory.file("more", "counted");
  CHECK_FALSE(live.perform(kImageVerify, app.spec())["equal"].as_bool(true));
  Value other = app.spec();
  other.set("args", Value::object({{"GREETING", "good day"}}));
  CHECK_FALSE(live.perform(kImageVerify, other)["equal"].as_bool(true));
  const Value second = live.perform(kImageBuild, other);
  CHECK(second["labels"]["greeting"].as_string() == "good day");
  CHECK(second["id"].as_string() != first["id"].as_string());

  Value undo = other;
  undo.set("before", Value::object({{"id", first["id"]}}));
  undo.set("target", private_engine());
  REQUIRE(live.wait([&](Done done) { kImageBuild.revert({live.world(), undo, {}}, std::move(done)); }).ok());
  CHECK(live.perform(kImageGet, named("app:1"))["id"].as_string() == first["id"].as_string());
  CHECK(live.perform(kImageRemove, named("app:1"))["changed"].as_bool());
  CHECK_FALSE(live.perform(kImageRemove, named("app:1"))["changed"].as_bool(true));
}

TEST_CASE("docker live: a build that fails says what the builder said, and leaves no tag", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  App app;
  app.directory.file("Dockerfile", "FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"ls\", \"/no/such\"]\n");
  const auto failed = live.attempt(kImageBuild, app.spec());
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == "docker.build");
  CHECK_THAT(failed.error().context.at("log"), ContainsSubstring("/no/such"));
  CHECK(live.perform(kImageFind, named("app:1")).is_null());
}
