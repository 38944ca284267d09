// SPDX-License-Identifier: Apache-2.0
// Networks, volumes and images, on a real engine.
#include "tests/modules/docker/live_support.h"

using namespace runbook;
using namespace runbook::docker;

TEST_CASE("docker live: a network is made, found by its name and removed", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  Value args = named("front");
  args.set("labels", Value::object({{"a", "b"}}));
  CHECK(live.perform(kNetworkCreate, args)["driver"].as_string() == "bridge");
  CHECK(live.attempt(kNetworkCreate, args).error().code == "docker.conflict");
  CHECK(live.perform(kNetworkFind, named("fro")).is_null());
  CHECK(live.perform(kNetworkFind, named("front"))["labels"]["a"].as_string() == "b");
  CHECK(live.perform(kNetworkList, Value::object({{"labels", Value::object({{"a", "b"}})}})).items().size() == 1);
  CHECK(live.perform(kNetworkRemove, named("front"))["changed"].as_bool());
  CHECK_FALSE(live.perform(kNetworkRemove, named("front"))["changed"].as_bool(true));
}

TEST_CASE("docker live: containers of one network find each other by name and alias, also after a replacement", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  live.perform(kNetworkCreate, named("left"));
  live.perform(kNetworkCreate, named("right"));
  Value server = Value::object({{"name", "server"},
                                {"image", live_image()},
                                {"command", Value::array({"/bin/busybox", "httpd", "-f", "-p", "80"})},
                                {"networks", Value::object({{"left", Value::array({"site"})}, {"right", Value::Array{}}})},
                                {"ports", Value::array({"127.0.0.1::80"})},
                                {"stop_signal", "KILL"}});
  const Value made = live.perform(kContainerReplace, server);
  CHECK(made["networks"].members().size() == 2);
  server.set("env", Value::object({{"A", "B"}}));
  const Value replaced = live.perform(kContainerReplace, server);
  CHECK(live.perform(kContainerVerify, server)["equal"].as_bool());
  REQUIRE(replaced["ports"].items().size() == 1);
  CHECK(replaced["ports"].items()[0]["address"].as_string() == "127.0.0.1");
  CHECK(replaced["ports"].items()[0]["host"].as_int() > 0);

  constexpr const char* kAsk =
      "for name in server site; do printf 'GET /absent HTTP/1.0\\r\\n\\r\\n' | /bin/busybox nc -w 5 $name 80 | "
      "/bin/busybox head -n 1; done";
  Value client = Value::object({{"name", "client"},
                                {"image", live_image()},
                                {"command", Value::array({"/bin/busybox", "sh", "-c",
                                                          kAsk})},
                                {"networks", Value::array({"left"})}});
  live.perform(kContainerCreate, client);
  live.perform(kContainerStart, named("client"));
  live.perform(kContainerWaitExit, named("client"));
  const std::string log = live.perform(kContainerLogs, named("client"))["output"].as_string();
  CHECK_THAT(log, ContainsSubstring("HTTP/1.1 404"));
  CHECK(log.find("HTTP/1.1 404") != log.rfind("HTTP/1.1 404"));

  CHECK(live.attempt(kNetworkRemove, named("left")).error().code == "docker.conflict");
  for (const char* name : {"client", "server"}) live.perform(kContainerRemove, named(name));
  for (const char* name : {"left", "right"}) live.perform(kNetworkRemove, named(name));
}

TEST_CASE("docker live: a container whose network is missing does not start, and a replacement by one is undone", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  live.perform(kNetworkCreate, named("there"));
  Value args = Value::object({{"name", "lost"}, {"image", live_image()}, {"command", Value::array({"/bin/busybox"})},
                              {"networks", Value::object({{"there", Value::Array{}}, {"zz-missing", Value::Array{}}})}});
  const auto failed = live.attempt(kContainerReplace, args);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == "docker.not_found");
  CHECK_THAT(failed.error().message, ContainsSubstring("zz-missing"));
  CHECK(live.perform(kContainerList, Value::Object{}).items().empty());
  live.perform(kNetworkRemove, named("there"));
}

TEST_CASE("docker live: a volume is made once, and one in use stays", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  CHECK(live.perform(kVolumeCreate, named("data"))["driver"].as_string() == "local");
  CHECK(live.attempt(kVolumeCreate, named("data")).error().code == "docker.conflict");
  Value args = Value::object({{"name", "writer"}, {"image", live_image()}, {"volumes", Value::array({"data:/data"})},
                              {"command", Value::array({"/bin/busybox", "touch", "/data/here"})}});
  live.perform(kContainerCreate, args);
  live.perform(kContainerStart, named("writer"));
  CHECK(live.perform(kContainerWaitExit, named("writer"))["exit_code"].as_int() == 0);
  CHECK(live.attempt(kVolumeRemove, named("data")).error().code == "docker.conflict");
  live.perform(kContainerRemove, named("writer"));
  CHECK(live.perform(kVolumeRemove, named("data"))["changed"].as_bool());
  CHECK(live.perform(kVolumeFind, named("data")).is_null());
}

TEST_CASE("docker live: an image is tagged, found under both names, and undone", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  Value args = Value::object({{"name", live_image()}, {"tag", "localhost:5000/box:2"}});
  const std::string id = live.perform(kImageGet, named(live_image().c_str()))["id"].as_string();
  CHECK(live.perform(kImageTag, args)["id"].as_string() == id);
  CHECK_FALSE(live.perform(kImageTag, args)["changed"].as_bool(true));
  CHECK(live.perform(kImageList, Value::object({{"reference", "localhost:5000/box"}})).items().size() == 1);
  args.set("before", Value::object({{"id", nullptr}}));
  args.set("target", private_engine());
  REQUIRE(live.wait([&](Done done) { kImageTag.revert({live.world(), args, {}}, std::move(done)); }).ok());
  CHECK(live.perform(kImageFind, named("localhost:5000/box:2")).is_null());
  CHECK(live.perform(kImageFind, named(live_image().c_str()))["id"].as_string() == id);
}

TEST_CASE("docker live: what is no archive is not an image", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  const auto failed = live.attempt(kImageImport, Value::object({{"tag", "rubbish:1"}, {"content", "this is no tar"}}));
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == "docker.engine");
  CHECK(live.perform(kImageFind, named("rubbish:1")).is_null());
}
