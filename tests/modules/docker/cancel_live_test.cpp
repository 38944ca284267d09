// SPDX-License-Identifier: Apache-2.0
// What is cancelled while an engine works on it leaves nothing there. (Programs: copy_live_test, saves: image_archive_live_test.)
#include <filesystem>
#include <fstream>

#include "host/core/text.h"
#include "tests/modules/docker/live_support.h"
#include "tests/support/registry.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

/// Begins the operation, and cancels it at the first event that `when` holds for.
void cancel_at(Live& live, const Operation& operation, Value args, const std::function<bool(const Value&)>& when) {
  args.set("target", private_engine());
  bool seen = false;
  Cancel cancel = operation.perform({live.world(), args, [&](Value event) { seen = seen || when(event); }},
                                    [](const Result<Value>& result) { FAIL("it ended first: " << (result ? "well" : result.error().message)); });
  while (!seen) REQUIRE(live.loop().turn());
  cancel();
}

void pause(Live& live, double length) {
  bool over = false;
  Cancel timer = live.loop().after(seconds(length), [&over] { over = true; });
  while (!over) live.loop().turn();
}

}  // namespace

TEST_CASE("docker live: a cancelled build leaves neither a container nor an image", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  TempDirectory directory;
  std::filesystem::copy_file("/bin/busybox", directory / "busybox");
  directory.file("Dockerfile", "FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"sleep\", \"4321\"]\n");
  const Value spec = Value::object({{"tag", "cancelled:1"}, {"context", directory.path()}});
  cancel_at(live, kImageBuild, spec, [](const Value& event) { return event["line"].as_string().find("Running in") != std::string::npos; });
  for (int i = 0; i < 200 && !live.perform(kContainerList, Value::Object{}).items().empty(); ++i) pause(live, 0.1);
  CHECK(live.perform(kContainerList, Value::Object{}).items().empty());
  CHECK(live.perform(kImageFind, named("cancelled:1")).is_null());
}

TEST_CASE("docker live: a cancelled pull leaves no image", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  RUNBOOK_NEEDS_REGISTRY();
  Live live;
  const Registry registry;
  TempDirectory directory;
  const std::string name = registry.address() + "/large:1";
  REQUIRE(std::system(cat("cd ", directory.path(), " && head -c 60000000 /dev/urandom >large && tar -cf large.tar large").c_str()) == 0);
  live.perform(kImageImport, Value::object({{"tag", name}, {"path", directory / "large.tar"}}));
  live.perform(kImagePush, named(name.c_str()));
  live.perform(kImageRemove, named(name.c_str()));
  cancel_at(live, kImagePull, named(name.c_str()), [](const Value& event) { return event["event"].as_string() == "progress"; });
  pause(live, 3);
  CHECK(live.perform(kImageFind, named(name.c_str())).is_null());
}
