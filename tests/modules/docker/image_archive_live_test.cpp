// SPDX-License-Identifier: Apache-2.0
// Images as files, on a real engine: saved, loaded, and what a save that does not end leaves.
#include <filesystem>

#include "host/core/text.h"
#include "tests/modules/docker/live_support.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::docker;

namespace {

Value save_args(const std::string& image, const std::string& path) {
  return Value::object({{"images", Value::array({image})}, {"path", path}});
}

std::size_t count_files(const std::string& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) count += entry.path().empty() ? 0 : 1;
  return count;
}

Value tagged(Live& live, const char* tag) {
  return live.perform(kImageTag, Value::object({{"name", live_image()}, {"tag", tag}}));
}

}  // namespace

TEST_CASE("docker live: an image that was saved is the same one when it is loaded, and loading it again changes nothing", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  TempDirectory directory;
  const std::string path = directory / "image.tar";
  const std::string id = tagged(live, "saved:1")["id"].as_string();
  const Value saved = live.perform(kImageSave, save_args("saved:1", path));
  CHECK(saved["size"].as_int() == static_cast<std::int64_t>(std::filesystem::file_size(path)));
  CHECK(count_files(directory.path()) == 1);

  live.perform(kImageRemove, named("saved:1"));
  const Value loaded = live.perform(kImageLoad, Value::object({{"path", path}}));
  CHECK(loaded["changed"].as_bool());
  REQUIRE(loaded["images"].items().size() == 1);
  CHECK(loaded["images"].items()[0].as_string() == "saved:1");
  CHECK(live.perform(kImageGet, named("saved:1"))["id"].as_string() == id);
  CHECK_FALSE(live.perform(kImageLoad, Value::object({{"path", path}}))["changed"].as_bool(true));
  live.perform(kImageRemove, named("saved:1"));
}

TEST_CASE("docker live: what cannot be saved or loaded leaves no file and no image", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  TempDirectory directory;
  const auto absent = live.attempt(kImageSave, save_args("nothere:1", directory / "x.tar"));
  CHECK(absent.error().code == "docker.not_found");
  CHECK(count_files(directory.path()) == 0);
  CHECK(live.attempt(kImageSave, save_args(live_image(), directory / "none/x.tar")).error().code == "docker.file");
  const std::string text = directory.file("text", "no archive");
  CHECK(live.attempt(kImageLoad, Value::object({{"path", text}})).error().code == "docker.engine");
  CHECK(live.attempt(kImageLoad, Value::object({{"path", directory / "none"}})).error().code == "docker.file");
}

TEST_CASE("docker live: a cancelled save leaves nothing behind", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  TempDirectory directory;
  Value args = save_args(live_image(), directory / "image.tar");
  args.set("target", private_engine());
  Cancel cancel = kImageSave.perform({live.world(), args, {}}, [](const Result<Value>&) { FAIL("it was cancelled"); });
  while (count_files(directory.path()) == 0) REQUIRE(live.loop().turn());
  cancel();
  Cancel late = live.loop().after(seconds(10), [] { FAIL("the partial file is still there"); });
  while (count_files(directory.path()) != 0) live.loop().turn(false);
  late();
  CHECK(count_files(directory.path()) == 0);
}

TEST_CASE("docker live: an image tells what it is made of, and goes when it has no name", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  TempDirectory directory;
  directory.file("Dockerfile", "FROM scratch\nCOPY Dockerfile /\nLABEL prune=me\n");
  const Value spec = Value::object({{"tag", "made:1"}, {"context", directory.path()}});
  live.perform(kImageBuild, spec);
  const Value layers = live.perform(kImageHistory, named("made:1"));
  REQUIRE(layers.items().size() >= 2);
  CHECK_THAT(layers.items().back()["created_by"].as_string(), ContainsSubstring("COPY"));
  CHECK(layers.items()[0]["tags"].items().at(0).as_string() == "made:1");

  directory.file("Dockerfile", "FROM scratch\nCOPY Dockerfile /\nLABEL prune=me again=1\n");
  const std::string old = live.perform(kImageGet, named("made:1"))["id"].as_string();
  live.perform(kImageBuild, spec);
  const Value labelled = Value::object({{"labels", Value::object({{"prune", "me"}})}});
  const Value pruned = live.perform(kImagePrune, labelled);
  CHECK(pruned["changed"].as_bool());
  CHECK(live.perform(kImageFind, named(old.c_str())).is_null());
  CHECK_FALSE(live.perform(kImagePrune, labelled)["changed"].as_bool(true));
  live.perform(kImageRemove, named("made:1"));
}
