// SPDX-License-Identifier: Apache-2.0
// Files into containers and out of them, by copy and by programs, on a real engine.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "host/core/text.h"
#include "tests/modules/docker/live_support.h"
#include "tests/support/temp_directory.h"

using namespace runbook;
using namespace runbook::docker;
namespace fs = std::filesystem;

namespace {

/// A container that runs, and has a shell.
struct Box {
  explicit Box(const char* of) : name(of) {
    live.perform(kContainerCreate, Value::object({{"name", name},
                                                  {"image", live_image()},
                                                  {"command", Value::array({"/bin/busybox", "sh", "-c",
                                                                            "/bin/busybox ln -s busybox /bin/sh; while :; do /bin/busybox sleep 1; done"})},
                                                  {"stop_signal", "KILL"}}));
    live.perform(kContainerStart, named(of));
    run("while [ ! -e /bin/sh ]; do /bin/busybox sleep 0.05; done");
  }
  ~Box() { CHECK(live.attempt(kContainerRemove, named(name.c_str())).ok()); }

  Value exec_args(const std::string& script) const {
    Value args = named(name.c_str());
    args.set("command", Value::array({"/bin/busybox", "sh", "-c", script}));
    return args;
  }
  std::string run(const std::string& script) { return live.perform(kContainerExec, exec_args(script))["stdout"].as_string(); }
  Result<Value> to(Value args) {
    args.set("name", name);
    auto copied = live.attempt(kContainerCopyTo, std::move(args));
    if (!copied) UNSCOPED_INFO(copied.error().code + ": " + copied.error().message);
    return copied;
  }
  Result<Value> from(const std::string& source, const std::string& path) {
    return live.attempt(kContainerCopyFrom, Value::object({{"name", name}, {"source", source}, {"path", path}}));
  }

  Live live;
  std::string name;
  TempDirectory directory;
};

Value source(const std::string& path, const char* target) { return Value::object({{"path", path}, {"to", target}}); }

std::size_t count_files(const std::string& directory) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) count += entry.path().empty() ? 0 : 1;
  return count;
}

std::string random_bytes(std::size_t size) {
  std::string out(size, '\0');
  std::ifstream("/dev/urandom", std::ios::binary).read(out.data(), static_cast<std::streamsize>(size));
  return out;
}

}  // namespace

TEST_CASE("docker live: a text is copied into a container once, with its mode and owner", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Box box("copy-text");
  Value args = Value::object({{"content", "hello\n"}, {"to", "/note"}, {"mode", "0640"}, {"uid", 7}, {"gid", 8}});
  auto first = box.to(args);
  REQUIRE(first.ok());
  CHECK((*first)["changed"].as_bool());
  CHECK(box.run("/bin/busybox cat /note; /bin/busybox stat -c '%a %u %g' /note") == "hello\n640 7 8\n");
  CHECK_FALSE((*box.to(args))["changed"].as_bool(true));
  args.set("content", "hallo\n");
  CHECK((*box.to(args))["changed"].as_bool());
  args.set("mode", "0600");
  CHECK((*box.to(args))["changed"].as_bool());
  CHECK_FALSE((*box.to(args))["changed"].as_bool(true));
  CHECK(box.to(Value::object({{"content", "x"}, {"to", "/bin"}})).error().code == "docker.conflict");
  CHECK(box.to(Value::object({{"content", "x"}, {"to", "/none/x"}})).error().code == "docker.not_found");
  CHECK(box.to(Value::object({{"to", "/x"}})).error().code == "argument.invalid");
}

TEST_CASE("docker live: directories are copied into a container by the rules of docker cp", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Box box("copy-rules");
  const std::string tree = box.directory / "tree";
  fs::create_directories(tree + "/below");
  box.directory.file("tree/a", "1");
  box.directory.file("tree/below/" + std::string(120, 'n'), "2");
  fs::create_symlink("below", tree + "/link");
  chmod((tree + "/a").c_str(), 0751);

  REQUIRE(box.to(source(tree, "/made")).ok());  // not there: it becomes that
  CHECK(box.run("/bin/busybox ls /made; /bin/busybox cat /made/below/n*; /bin/busybox readlink /made/link; /bin/busybox stat -c %a /made/a") ==
        "a\nbelow\nlink\n2below\n751\n");
  REQUIRE(box.to(source(tree, "/made")).ok());  // there: into it
  CHECK(box.run("/bin/busybox ls /made") == "a\nbelow\nlink\ntree\n");
  CHECK_FALSE((*box.to(source(tree, "/made")))["changed"].as_bool(true));
  CHECK_FALSE((*box.to(source(tree + "/.", "/made")))["changed"].as_bool(true));  // what is in it
  box.directory.file("tree/below/" + std::string(120, 'n'), "3");
  CHECK((*box.to(source(tree + "/.", "/made")))["changed"].as_bool());
  CHECK(box.run("/bin/busybox cat /made/below/n* /made/tree/below/n*") == "32");

  box.run("echo old >/plain; /bin/busybox ln -s /made /way");
  CHECK(box.to(source(tree, "/plain")).error().code == "docker.conflict");
  REQUIRE(box.to(source(tree + "/a", "/plain")).ok());
  CHECK(box.run("/bin/busybox cat /plain") == "1");
  REQUIRE(box.to(source(tree + "/a", "/way")).ok());  // through the link
  CHECK(box.run("/bin/busybox cat /made/a; /bin/busybox readlink /way") == "1/made\n");
  CHECK(box.to(source(tree + "/a", "/nodir/")).error().code == "docker.not_found");
  CHECK(box.to(source(tree + "/none", "/x")).error().code == "docker.file");
}

TEST_CASE("docker live: directories come out of a container by the same rules, and the same files are left alone", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Box box("copy-out");
  box.run("/bin/busybox mkdir -p /tree/below; echo 1 >/tree/a; echo 2 >/tree/below/b; /bin/busybox ln -s /etc/passwd /tree/link;"
          " /bin/busybox chmod 751 /tree/a; /bin/busybox chmod 555 /tree/below; /bin/busybox ln /tree/a /tree/again;"
          " /bin/busybox mkfifo /tree/pipe; /bin/busybox ln -s /tree /way");
  const std::string out = box.directory / "out";
  auto first = box.from("/tree", out);
  REQUIRE(first.ok());
  CHECK((*first)["changed"].as_bool());
  CHECK((*first)["skipped"].as_int() == 1);
  CHECK(box.directory.content("out/a") == "1\n");
  CHECK(box.directory.content("out/again") == "1\n");
  CHECK(box.directory.content("out/below/b") == "2\n");
  CHECK(fs::read_symlink(out + "/link") == "/etc/passwd");
  CHECK((fs::status(out + "/a").permissions() & fs::perms::all) == static_cast<fs::perms>(0751));
  CHECK((fs::status(out + "/below").permissions() & fs::perms::all) == static_cast<fs::perms>(0555));

  CHECK_FALSE((*box.from("/tree/.", out))["changed"].as_bool(true));
  REQUIRE(box.from("/tree", out).ok());
  CHECK(box.directory.content("out/tree/below/b") == "2\n");
  box.run("echo 3 >/tree/a");
  CHECK((*box.from("/way/.", out))["changed"].as_bool());
  CHECK(box.directory.content("out/a") == "3\n");
  CHECK(fs::is_symlink((*box.from("/way", box.directory / "way"))["path"].as_string()));

  REQUIRE(box.from("/tree/a", box.directory / "one").ok());
  CHECK(box.directory.content("one") == "3\n");
  CHECK(box.from("/none", out).error().code == "docker.not_found");
  CHECK(box.from("/tree", box.directory / "one").error().code == "docker.conflict");
  CHECK(box.from("/tree", box.directory / "no/where").error().code == "docker.file");
  chmod((out + "/below").c_str(), 0755);
  chmod((out + "/tree/below").c_str(), 0755);
}

TEST_CASE("docker live: a program reads a file and writes one, byte for byte", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Box box("exec-files");
  const std::string bytes = random_bytes(20'000'000);
  const std::string in = box.directory.file("in", bytes);
  Value args = box.exec_args("/bin/busybox cat; echo told >&2");
  args.set("stdin_file", in);
  args.set("stdout_file", box.directory / "out");
  const Value done = box.live.perform(kContainerExec, args);
  CHECK(done["size"].as_int() == 20'000'000);
  CHECK(done["stderr"].as_string() == "told\n");
  CHECK(box.directory.content("out") == bytes);
}

TEST_CASE("docker live: the output of a program that fails takes nobody's place", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Box box("exec-fails");
  const std::string out = box.directory.file("out", "the last good one");
  Value args = box.exec_args("echo half; exit 3");
  args.set("stdout_file", out);
  CHECK(box.live.attempt(kContainerExec, args).error().code == "docker.exit");
  CHECK(box.directory.content("out") == "the last good one");
  CHECK(count_files(box.directory.path()) == 1);
  args.set("check", false);
  CHECK(box.live.perform(kContainerExec, args)["exit_code"].as_int() == 3);
  CHECK(box.directory.content("out") == "half\n");
  args.set("stdin_file", box.directory / "none");
  CHECK(box.live.attempt(kContainerExec, args).error().code == "docker.file");
}

TEST_CASE("docker live: a cancelled program is ended in the container, and so is what it has started", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Box box("exec-cancelled");
  Value args = box.exec_args("/bin/busybox sleep 4321 & echo begun; /bin/busybox sleep 4321");
  args.set("stdout_file", box.directory / "out");
  args.set("target", private_engine());
  const std::string count = "/bin/busybox ps | /bin/busybox grep -c '[s]leep 4321' || :";
  Cancel cancel = kContainerExec.perform({box.live.world(), args, {}}, [](const Result<Value>&) { FAIL("it was cancelled"); });
  while (trim(box.run(count)) != "2") {
  }
  cancel();
  for (int i = 0; i < 100 && trim(box.run(count)) != "0"; ++i) {
  }
  CHECK(trim(box.run(count)) == "0");
  CHECK(count_files(box.directory.path()) == 0);
}

TEST_CASE("docker live: logs go to a file as they were written, both streams in their order", "[docker]") {
  RUNBOOK_NEEDS_ENGINE();
  Live live;
  TempDirectory directory;
  live.perform(kContainerCreate, Value::object({{"name", "logs-file"},
                                                {"image", live_image()},
                                                {"command", Value::array({"/bin/busybox", "sh", "-c", "/bin/busybox seq 1 200000; echo end >&2"})}}));
  live.perform(kContainerStart, named("logs-file"));
  Value args = Value::object({{"name", "logs-file"}, {"path", directory / "log"}, {"follow", true}});
  const Value saved = live.perform(kContainerLogsSave, args);
  std::string wanted;
  for (int i = 1; i <= 200000; ++i) wanted += std::to_string(i) + "\n";
  const std::string log = directory.content("log");
  CHECK(saved["size"].as_int() == static_cast<std::int64_t>(log.size()));
  CHECK(log.size() == wanted.size() + 4);
  CHECK(log.find(wanted.substr(0, 1000)) == 0);
  live.perform(kContainerRemove, named("logs-file"));
}
