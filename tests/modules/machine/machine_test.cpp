// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "host/core/encoding.h"
#include "tests/modules/machine/machine_fixture.h"

using namespace runbook;
using namespace runbook::machine;

TEST_CASE("machine: a written file is read back, byte for byte", "[machine]") {
  TempDirectory directory;
  Machine machine;
  const std::string bytes("\0\xff\n", 3);
  REQUIRE(machine.call("write", Value::object({{"path", directory / "f"}, {"content", bytes}})));
  CHECK(machine.call("read", Value::object({{"path", directory / "f"}}))->as_string() == bytes);
  CHECK(machine.call("read", Value::object({{"path", directory / "f"}, {"limit", 2}})).error().code == "machine.too_large");
  CHECK(machine.call("read", Value::object({{"path", directory / "no"}})).error().code == "machine.not_found");
  CHECK(machine.call("read", Value::object({{"path", "/dev/zero"}})).error().code == "machine.not_regular");
  CHECK(machine.call("checksum", Value::object({{"path", directory.file("e", "")}}))->as_string() ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("machine: a file made of a secret is for its owner alone", "[machine]") {
  TempDirectory directory;
  Machine machine;
  REQUIRE(machine.call("write", Value::object({{"path", directory / "s"}, {"content", secret("hunter2")}})));
  CHECK((*machine.call("stat", Value::object({{"path", directory / "s"}})))["mode"].as_string() == "0600");
  CHECK(directory.content("s") == "hunter2");
  const Value seen = *machine.call("file_verify", Value::object({{"path", directory / "s"}, {"content", secret("hunter3")}}));
  CHECK_FALSE(seen["same"].as_bool());
  CHECK(to_json(seen).find("hunter") == std::string::npos);
}

TEST_CASE("machine: stat says what is there, and find that nothing is", "[machine]") {
  TempDirectory directory;
  Machine machine;
  directory.file("f", "12345");
  REQUIRE(symlink("f", (directory / "l").c_str()) == 0);
  const Value through = *machine.call("stat", Value::object({{"path", directory / "l"}}));
  CHECK(through["type"].as_string() == "file");
  CHECK(through["size"].as_int() == 5);
  const Value link = *machine.call("stat", Value::object({{"path", directory / "l"}, {"follow", false}}));
  CHECK(link["type"].as_string() == "link");
  CHECK(link["target"].as_string() == "f");
  CHECK(machine.call("find", Value::object({{"path", directory / "no"}}))->is_null());
  CHECK(machine.call("find", Value::object({{"path", directory / "f/no"}}))->is_null());
  CHECK(machine.call("stat", Value::object({{"path", directory / "no"}})).error().code == "machine.not_found");
  const Value all = *machine.call("list", Value::object({{"path", directory.path()}}));
  REQUIRE(all.items().size() == 2);
  CHECK(all.items()[0]["name"].as_string() == "f");
}

TEST_CASE("machine: modes are octal text", "[machine]") {
  TempDirectory directory;
  Machine machine;
  for (const char* mode : {"u+x", "0999", "", "77777", "-1"}) {
    CHECK(machine.call("write", Value::object({{"path", directory / "f"}, {"content", "x"}, {"mode", mode}})).error().code == "machine.mode");
  }
  CHECK(machine.call("write", Value::object({{"path", directory / "f"}, {"content", "x"}, {"owner", "no-such-user"}})).error().code ==
        "machine.unknown_user");
  CHECK_FALSE(std::filesystem::exists(directory / "f"));
  REQUIRE(machine.call("write", Value::object({{"path", directory / "f"}, {"content", "x"}, {"mode", "4750"}})));
  CHECK((*machine.call("stat", Value::object({{"path", directory / "f"}})))["mode"].as_string() == "4750");
}

TEST_CASE("machine: what is touched is named with its links followed", "[machine]") {
  TempDirectory directory;
  Machine machine;
  std::filesystem::create_directory(directory / "real");
  REQUIRE(symlink("real", (directory / "link").c_str()) == 0);
  const Value args = Value::object({{"path", directory / "link/../link/f"}, {"content", ""}});
  const auto access = machine.access("write", args);
  REQUIRE(access.size() == 1);
  CHECK(access[0].kind == "write");
  CHECK(access[0].target == directory / "real/f");
  CHECK(machine.access("list", Value::object({{"path", directory / "link"}}))[0].target == directory / "real");
  CHECK(machine.access("remove", Value::object({{"path", directory / "link"}}))[0].target == directory / "link");
  CHECK(machine.access("run", Value::object({{"argv", Value::array({"/bin/../bin/ls"})}}))[0].target == "/bin/ls");
  CHECK(machine.access("process_stop", Value::object({{"name", "web"}}))[0].target == "process:web");
}

TEST_CASE("machine: a path that leads elsewhere after it was permitted is refused", "[machine]") {
  TempDirectory directory;
  Machine machine;
  std::filesystem::create_directories(directory / "granted/sub");
  std::filesystem::create_directory(directory / "outside");
  directory.file("outside/f", "secret");
  const Value args = Value::object({{"path", directory / "granted/sub/f"}, {"content", "x"}});
  machine.allowed = machine.access("write", args);
  std::filesystem::remove(directory / "granted/sub");
  REQUIRE(symlink("../outside", (directory / "granted/sub").c_str()) == 0);
  CHECK(machine.call("write", args).error().code == "machine.moved");
  CHECK(machine.call("read", args).error().code == "machine.moved");
  CHECK(machine.call("remove", args).error().code == "machine.moved");
  CHECK(directory.content("outside/f") == "secret");
}

TEST_CASE("machine: bad paths are refused before anything happens", "[machine]") {
  Machine machine;
  for (const std::string& path : {std::string(), std::string("relative/f"), std::string("/tmp/a\0b", 8)}) {
    CHECK(machine.call("write", Value::object({{"path", path}, {"content", ""}})).error().code == "machine.path");
    CHECK(machine.call("read", Value::object({{"path", path}})).error().code == "machine.path");
    CHECK_FALSE(machine.access("write", Value::object({{"path", path}})).empty());
  }
}

TEST_CASE("machine: verify shows what would change", "[machine]") {
  TempDirectory directory;
  Machine machine;
  directory.file("f", "a\nb\n");
  chmod((directory / "f").c_str(), 0644);
  const Value seen = *machine.call(
      "file_verify", Value::object({{"path", directory / "f"}, {"content", "a\nc\n"}, {"mode", "0600"}}));
  CHECK_FALSE(seen["same"].as_bool());
  CHECK_THAT(seen["diff"].as_string(), ContainsSubstring("-b\n+c\n"));
  CHECK_THAT(seen["diff"].as_string(), ContainsSubstring("mode 0644 -> 0600"));
  CHECK((*machine.call("file_verify", Value::object({{"path", directory / "f"}, {"content", "a\nb\n"}})))["same"].as_bool());
  CHECK((*machine.call("file_verify", Value::object({{"path", directory / "no"}})))["type"].as_string() == "absent");
}

TEST_CASE("machine: every change can be told to have happened", "[machine]") {
  TempDirectory directory;
  Machine machine;
  const auto probed = [&](const char* name, const Value& args) { return machine.act(machine.operation(name).probe, args)->as_bool(); };
  const std::pair<const char*, Value> changes[] = {
      {"directory_create", Value::object({{"path", directory / "d"}, {"mode", "0700"}})},
      {"write", Value::object({{"path", directory / "d/f"}, {"content", "x"}})},
      {"attributes_update", Value::object({{"path", directory / "d/f"}, {"mode", "0600"}})},
      {"copy", Value::object({{"from", directory / "d/f"}, {"to", directory / "d/g"}})},
      {"rename", Value::object({{"from", directory / "d/g"}, {"to", directory / "d/h"}})},
      {"link_create", Value::object({{"path", directory / "d/l"}, {"to", "h"}})},
      {"remove", Value::object({{"path", directory / "d"}, {"recursive", true}})},
  };
  for (const auto& [name, args] : changes) {
    INFO(name);
    CHECK_FALSE(probed(name, args));
    REQUIRE(machine.call(name, args));
    CHECK(probed(name, args));
  }
}

TEST_CASE("machine: every change that has an inverse is reverted to what was there", "[machine]") {
  TempDirectory directory;
  Machine machine;
  directory.file("old", std::string("o\0ld", 4));
  chmod((directory / "old").c_str(), 0640);
  directory.file("other", "other");
  REQUIRE(symlink("old", (directory / "link").c_str()) == 0);
  std::filesystem::create_directory(directory / "empty");
  const auto picture = [&] {
    std::string all;
    const Value entries = *machine.call("list", Value::object({{"path", directory.path()}}));
    for (const Value& entry : entries.items()) {
      all += entry["name"].as_string() + " " + entry["type"].as_string() + " " + entry["mode"].as_string() + " " +
             entry["target"].as_string() + " ";
      if (entry["type"].as_string() == "file") all += directory.content(entry["name"].as_string());
      all += "\n";
    }
    return all;
  };
  const std::string before = picture();
  const std::pair<const char*, Value> changes[] = {
      {"write", Value::object({{"path", directory / "old"}, {"content", "new"}, {"mode", "0600"}})},
      {"write", Value::object({{"path", directory / "new"}, {"content", "new"}})},
      {"append", Value::object({{"path", directory / "old"}, {"content", "more"}})},
      {"attributes_update", Value::object({{"path", directory / "old"}, {"mode", "0000"}})},
      {"copy", Value::object({{"from", directory / "other"}, {"to", directory / "old"}, {"replace", true}})},
      {"rename", Value::object({{"from", directory / "other"}, {"to", directory / "old"}, {"replace", true}})},
      {"remove", Value::object({{"path", directory / "old"}})},
      {"remove", Value::object({{"path", directory / "link"}})},
      {"remove", Value::object({{"path", directory / "empty"}, {"recursive", true}})},
      {"directory_create", Value::object({{"path", directory / "a/b/c"}})},
      {"link_create", Value::object({{"path", directory / "link"}, {"to", "other"}, {"replace", true}})},
  };
  for (const auto& [name, args] : changes) {
    INFO(name << " " << to_json(args));
    const Operation& operation = machine.operation(name);
    // Through JSON, as the journal keeps it.
    const Value kept = *from_json(to_json(*machine.act(operation.capture, args)));
    REQUIRE(machine.call(name, args));
    CHECK(picture() != before);
    Value undo = args;
    undo.set("before", kept);
    REQUIRE(machine.act(operation.revert, undo));
    CHECK(picture() == before);
  }
}

TEST_CASE("machine: a file is not restored with what the journal made of a secret", "[machine]") {
  TempDirectory directory;
  Machine machine;
  directory.file("f", "password=hunter2");
  const Value args = Value::object({{"path", directory / "f"}, {"content", "new"}});
  Value kept = *machine.act(machine.operation("write").capture, args);
  kept.set("content", base64_encode("password=***"));
  REQUIRE(machine.call("write", args));
  Value undo = args;
  undo.set("before", kept);
  CHECK(machine.act(machine.operation("write").revert, undo).error().code == "machine.cannot_revert");
  CHECK(directory.content("f") == "new");
}

TEST_CASE("machine: removing what is not there changes nothing", "[machine]") {
  TempDirectory directory;
  Machine machine;
  CHECK_FALSE((*machine.call("remove", Value::object({{"path", directory / "no"}})))["changed"].as_bool());
  CHECK(machine.operation("remove").effect == Effect::kDestroy);
}

TEST_CASE("machine: every change says what it does", "[machine]") {
  Machine machine;
  for (const Export& exported : kModule.exports) {
    if (exported.operation->effect != Effect::kRead) CHECK(exported.operation->describe);
    CHECK_FALSE(exported.operation->access(machine.world().world(), Value::object({{"target", machine.target()}})).empty());
  }
  CHECK(machine.operation("run").describe(Value::object({{"argv", Value::array({"echo", "two words", secret("x")})}})) ==
        "run: echo \"two words\" \"***\"");
  CHECK(machine.operation("attributes_update").describe(Value::object({{"path", "/f"}, {"mode", "0600"}})) == "change '/f': mode 0600");
}

TEST_CASE("machine: an unknown kind of machine is an error", "[machine]") {
  Machine machine;
  const Operation& read = machine.operation("read");
  const auto result = machine.world().perform(read, Value::object({{"target", Value::object({{"kind", "moon"}})}, {"path", "/f"}}));
  CHECK(result.error().code == "machine.kind");
}
