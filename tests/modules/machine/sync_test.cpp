// SPDX-License-Identifier: Apache-2.0
// A tree of files there is made like one here: this computer, and a machine behind each kind of shell.
#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>
#include <map>

#include "modules/machine/file_tree.h"
#include "tests/modules/machine/shell_fixture.h"
#include "tests/support/skip.h"

using namespace runbook;
using namespace runbook::machine;
namespace fs = std::filesystem;

namespace {

const std::string kHostile = "-n \n'\"$(x)`y`\\\xff\xfe*";

template <class Body>
void on_every_machine(Body body) {
  SECTION("this computer") {
    Machine machine;
    body(machine);
  }
  for (const Userland& userland : kUserlands) {
    if (access(userland.sh, X_OK) != 0) continue;
    DYNAMIC_SECTION(userland.name) {
      ShellMachine machine(userland);
      body(machine);
    }
  }
}

const Value& ok(const Result<Value>& result) {
  if (!result) FAIL(result.error().code << ": " << result.error().message);
  return *result;
}

/// Every entry of a tree: its type, mode, and content or target.
std::map<std::string, std::string> picture(const std::string& root) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    struct stat info {};
    REQUIRE(lstat(entry.path().c_str(), &info) == 0);
    std::ostringstream text;
    text << std::oct << info.st_mode << ' ';
    if (S_ISLNK(info.st_mode)) text << fs::read_symlink(entry.path()).string();
    if (S_ISREG(info.st_mode)) text << std::dec << info.st_mtime << ' ' << std::ifstream(entry.path()).rdbuf();
    out[fs::relative(entry.path(), root).string()] = text.str();
  }
  return out;
}

Value trees(const std::string& from, const std::string& to) { return Value::object({{"from", from}, {"to", to}}); }

/// What a script calls the place where its number means something.
std::string process_space() {
  std::string line;
  REQUIRE(run_program({"/bin/sh", "-c", "{ cat /proc/sys/kernel/random/boot_id; readlink /proc/self/ns/pid; } | cksum"}, &line) == 0);
  return line.substr(0, line.find(' '));
}

template <class Body>
void on_every_shell(Body body, bool with_busybox = true) {
  for (const Userland& userland : kUserlands) {
    if (access(userland.sh, X_OK) != 0 || (userland.busybox_alone && !with_busybox)) continue;
    DYNAMIC_SECTION(userland.name) {
      ShellMachine machine(userland);
      body(machine);
    }
  }
}

struct stat look(const std::string& path) {
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  return info;
}

/// What the Lua of sync does.
Value sync(Machine& machine, const Value& args) {
  const Value seen = ok(machine.call("tree_verify", args));
  const bool replaces = !seen["replaced"].items().empty();
  const auto remove = [&] {
    if (seen["removed_files"].items().empty() && seen["removed_directories"].items().empty()) return;
    ok(machine.call("tree_remove", Value::object({{"to", args["to"]},
                                                  {"files", seen["removed_files"]},
                                                  {"directories", seen["removed_directories"]}})));
  };
  if (replaces) remove();
  if (!seen["same"].as_bool()) {
    Value put = args;
    for (const char* key : {"added", "changed", "attributes", "bytes"}) put.set(key, seen[key]);
    put.set("create", seen["absent"]);
    ok(machine.call("tree_put", put));
  }
  if (!replaces) remove();
  return seen;
}

void make_hostile_tree(const TempDirectory& here) {
  fs::create_directories(here / ("d/" + kHostile + "/deeper"));
  fs::create_directories(here / "empty/also empty");
  fs::create_directories(here / "closed");
  here.file(kHostile, "hostile");
  here.file("d/" + kHostile + "/deeper/f", "deep");
  here.file("d/\n", "a line break");
  here.file("-rf", "an option");
  here.file("empty file", "");
  here.file("closed/f", "in a directory that cannot be written to");
  here.file("run", "#!/bin/sh\n");
  const std::string longest(250, 'x');
  fs::create_directories(here / (longest + "/" + longest));
  here.file(longest + "/" + longest + "/" + longest, "a long name");
  fs::create_symlink(longest + "/" + longest, here / "long link");
  fs::create_symlink("no such thing \n\xff", here / "broken");
  fs::create_directory_symlink("d", here / "to a directory");
  chmod((here / "run").c_str(), 0755);
  chmod((here / "closed").c_str(), 0555);
  chmod((here / "empty").c_str(), 0750);
}

}  // namespace

TEST_CASE("sync: a tree with every kind of name arrives as it is, and is then the same", "[machine][sync]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    make_hostile_tree(here);
    const std::string to = there / "new/tree";
    fs::create_directory(there / "new");
    Value first = sync(machine, trees(here.path(), to));
    CHECK(first["absent"].as_bool());
    CHECK((picture(to) == picture(here.path())));
    Value again = ok(machine.call("tree_verify", trees(here.path(), to)));
    INFO(again["diff"].as_string());
    CHECK(again["same"].as_bool());
    chmod((here / "closed").c_str(), 0755);
    chmod((to + "/closed").c_str(), 0755);
  });
}

TEST_CASE("sync: only what differs is sent", "[machine][sync]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    for (const char* name : {"same", "longer", "other", "touched", "mode"}) here.file(name, "12345");
    fs::create_directory(here / "d");
    here.file("d/f", "12345");
    fs::create_symlink("a", here / "link");
    sync(machine, trees(here.path(), there.path()));
    struct stat info {};
    REQUIRE(stat((there / "same").c_str(), &info) == 0);
    const ino_t same = info.st_ino;

    here.file("longer", "123456");
    here.file("other", "54321");
    const timespec later[2] = {{0, UTIME_OMIT}, {2'000'000'000, 0}};
    REQUIRE(utimensat(AT_FDCWD, (here / "other").c_str(), later, 0) == 0);
    REQUIRE(utimensat(AT_FDCWD, (here / "touched").c_str(), later, 0) == 0);
    chmod((here / "mode").c_str(), 0711);
    fs::remove(here / "link");
    fs::create_symlink("b", here / "link");
    here.file("d/new", "new");
    there.file("only there", "stays");
    const Value seen = sync(machine, trees(here.path(), there.path()));
    CHECK(to_json(seen["added"]) == R"(["d/new"])");
    CHECK(to_json(seen["changed"]) == R"(["link","longer","other"])");
    CHECK(to_json(seen["attributes"]) == R"(["mode"])");
    CHECK(seen["bytes"].as_int() == 6 + 5 + 3);
    CHECK(there.content("other") == "54321");
    CHECK(there.content("only there") == "stays");
    CHECK(fs::read_symlink(there / "link") == "b");
    REQUIRE(stat((there / "same").c_str(), &info) == 0);
    CHECK(info.st_ino == same);
    CHECK(ok(machine.call("tree_verify", trees(here.path(), there.path())))["same"].as_bool());
  });
}

TEST_CASE("sync: with delete the trees are the same, but for what is left alone", "[machine][sync]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    here.file("f", "f");
    here.file("secret.key", "not sent");
    fs::create_directory(here / "cache");
    here.file("cache/f", "not sent");
    here.file("becomes a file", "file");
    fs::create_directory(here / "becomes a directory");
    here.file("becomes a directory/f", "f");

    fs::create_directories(there / "old/deeper");
    there.file("old/deeper/-f", "goes");
    there.file("old\n", "goes");
    fs::create_directories(there / "kept/in");
    there.file("kept/in/its.key", "stays");
    fs::create_directories(there / "cache");
    there.file("cache/g", "stays");
    fs::create_directories(there / "becomes a file/d");
    there.file("becomes a file/d/f", "goes");
    there.file("becomes a directory", "goes");

    Value args = trees(here.path(), there.path());
    args.set("exclude", Value::array({"*.key", "/cache/*"}));
    const Value seen = ok(machine.call("tree_verify", args));
    CHECK(to_json(seen["replaced"]) == R"(["becomes a directory","becomes a file"])");
    args.set("delete", true);
    sync(machine, args);
    CHECK(there.content("becomes a file") == "file");
    CHECK(there.content("becomes a directory/f") == "f");
    CHECK(there.content("kept/in/its.key") == "stays");
    CHECK(there.content("cache/g") == "stays");
    CHECK_FALSE(fs::exists(there / "old"));
    CHECK_FALSE(fs::exists(there / "old\n"));
    CHECK_FALSE(fs::exists(there / "secret.key"));
    CHECK_FALSE(fs::exists(there / "cache/f"));
  });
}

TEST_CASE("sync: modes and owners are those that are asked for", "[machine][sync]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to give files away");
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    fs::create_directory(here / "d");
    here.file("d/f", "f");
    chmod((here / "d/f").c_str(), 04755);
    there.file("x", "x");
    Value args = trees(here.path(), there.path());
    sync(machine, args);
    CHECK((fs::status(there / "d/f").permissions() == static_cast<fs::perms>(04755)));
    args.set("mode", "0640");
    args.set("directory_mode", "0750");
    args.set("owner", "daemon");
    sync(machine, args);
    struct stat info {};
    REQUIRE(stat((there / "d/f").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0640);
    CHECK(info.st_uid == 1);
    REQUIRE(stat((there / "d").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0750);
    REQUIRE(stat((there / "x").c_str(), &info) == 0);
    CHECK(info.st_uid == 0);
    CHECK(ok(machine.call("tree_verify", args))["same"].as_bool());
  });
}

TEST_CASE("sync: the number of scripts does not depend on the number of files", "[machine][sync]") {
  TempDirectory here, there;
  for (int i = 0; i < 300; ++i) {
    const std::string directory = "d" + std::to_string(i % 20);
    fs::create_directories(here / directory);
    here.file(directory + "/f" + std::to_string(i), "content " + std::to_string(i));
  }
  ShellMachine machine;
  sync(machine, trees(here.path(), there.path()));
  CHECK(machine.shell().started == 2);
  const timespec later[2] = {{0, UTIME_OMIT}, {2'000'000'000, 0}};
  for (const auto& entry : fs::recursive_directory_iterator(here.path()))
    REQUIRE(utimensat(AT_FDCWD, entry.path().c_str(), later, 0) == 0);
  CHECK(ok(machine.call("tree_verify", trees(here.path(), there.path())))["same"].as_bool());
  CHECK(machine.shell().started == 3);
}

TEST_CASE("sync: what is lost on the way is sent again, and nothing is half there", "[machine][sync]") {
  TempDirectory here, there;
  here.file("a", std::string(400'000, 'a'));
  here.file("b", std::string(400'000, 'b'));
  there.file("a", "former");
  ShellMachine machine;
  Value put = trees(here.path(), there.path());
  put.set("added", Value::array({"b"}));
  put.set("changed", Value::array({"a"}));
  put.set("attributes", Value(Value::Array{}));
  machine.shell().most_input = 500'000;
  Cancel cancel = machine.operation("tree_put").perform(machine.invocation(put), [](const Result<Value>&) {
    FAIL("it cannot end");
  });
  while (machine.shell().started < 3 && machine.world().loop().turn()) {
  }
  cancel();
  while (std::distance(fs::directory_iterator(there.path()), {}) > 1 && machine.world().loop().turn(false)) {
  }
  CHECK(there.content("a") == "former");
  CHECK_FALSE(fs::exists(there / "b"));
  CHECK(std::distance(fs::directory_iterator(there.path()), {}) == 1);
  machine.shell().most_input = static_cast<std::size_t>(-1);
  ok(machine.call("tree_put", put));
  CHECK(there.content("b").size() == 400'000);
}

TEST_CASE("sync: what a script that was killed has left is cleared away by the next one", "[machine][sync]") {
  TempDirectory here, there;
  here.file("a", "a");
  ShellMachine machine;
  // Where numbers of processes are given out by somebody else only the time tells.
  const std::string other = there / ".runbook-sync-0123-1-999999", old = there / ".runbook-sync-0123-2-999999";
  for (const std::string& path : {there / (".runbook-sync-0123-" + process_space() + "-999999"), other, old}) {
    fs::create_directories(path + "/t");
    fs::permissions(path, fs::perms(0700));
  }
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(24 * 9));
  sync(machine, trees(here.path(), there.path()));
  CHECK(fs::exists(other));
  CHECK(std::distance(fs::directory_iterator(there.path()), {}) == 2);
}

TEST_CASE("sync: patterns are about names, or about paths in the tree", "[machine][sync]") {
  const Excludes excludes({"*.o", "build", "/docs/*.tmp", "a/b"});
  for (const char* path : {"x.o", "d/x.o", "build", "d/build/x", "build/x", "docs/x.tmp", "a/b", "a/b/c"})
    CHECK(excludes.matches(path));
  for (const char* path : {"o", "builds", "d/docs/x.tmp", "docs/d/x.tmp", "b", "x/a/b", "a"})
    CHECK_FALSE(excludes.matches(path));
}

TEST_CASE("sync: no path leads out of the tree", "[machine][sync]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    fs::create_directory(here / "tree");
    here.file("outside", "not to be read");
    fs::create_directory(there / "tree");
    there.file("outside", "not to be removed");
    const Value none = Value(Value::Array{});
    for (const char* path : {"../outside", "/etc/passwd", "a/../../outside", ".", ""}) {
      Value put = trees(here / "tree", there / "tree");
      put.set("added", Value::array({path}));
      put.set("changed", none);
      put.set("attributes", none);
      auto done = machine.call("tree_put", put);
      REQUIRE_FALSE(done);
      CHECK(done.error().code == "machine.path");
      done =
          machine.call("tree_remove",
                       Value::object({{"to", there / "tree"}, {"files", Value::array({path})}, {"directories", none}}));
      REQUIRE_FALSE(done);
      CHECK(done.error().code == "machine.path");
    }
    CHECK(there.content("outside") == "not to be removed");
  });
}

TEST_CASE("sync: files that are replaced keep their owners", "[machine][sync]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to give files away");
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    for (const char* name : {"both", "group", "mine", "link"}) {
      here.file(name, "new");
      there.file(name, "former");
    }
    chmod((here / "both").c_str(), 04755);
    REQUIRE(chown((there / "both").c_str(), 33, 34) == 0);
    REQUIRE(chown((there / "group").c_str(), 0, 35) == 0);
    fs::remove(there / "link");
    fs::create_symlink("both", there / "link");
    REQUIRE(lchown((there / "link").c_str(), 33, 34) == 0);
    Value args = trees(here.path(), there.path());
    sync(machine, args);
    CHECK(look(there / "both").st_uid == 33);
    CHECK(look(there / "both").st_gid == 34);
    CHECK((look(there / "both").st_mode & 07777) == 04755);
    CHECK(look(there / "group").st_gid == 35);
    CHECK(look(there / "mine").st_uid == 0);
    CHECK(look(there / "link").st_uid == 0);
    CHECK(there.content("group") == "new");
    CHECK(ok(machine.call("tree_verify", args))["same"].as_bool());

    here.file("both", "newer");
    args.set("owner", "daemon");
    sync(machine, args);
    CHECK(look(there / "both").st_uid == 1);
    CHECK(look(there / "both").st_gid == 34);
  });
}

TEST_CASE("sync: a directory that is made has the mode and the owner of directories", "[machine][sync]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to give files away");
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    here.file("f", "f");
    chmod(here.path().c_str(), 0711);
    sync(machine, trees(here.path(), there / "like here"));
    CHECK((look(there / "like here").st_mode & 07777) == 0711);
    Value args = trees(here.path(), there / "deep/asked for");
    args.set("directory_mode", "2550");
    args.set("owner", "daemon");
    args.set("group", "34");
    sync(machine, args);
    CHECK((look(there / "deep/asked for").st_mode & 07777) == 02550);
    CHECK(look(there / "deep/asked for").st_uid == 1);
    CHECK(look(there / "deep/asked for").st_gid == 34);
    CHECK((look(there / "deep").st_mode & 07777) == 0755);
  });
}

TEST_CASE("sync: delete leaves what has no content and what is excluded, and then has nothing to do", "[machine][sync]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    here.file("f", "f");
    fs::create_directories(there / "run/only");
    fs::create_directories(there / "old/kept\n");
    there.file("old/f", "goes");
    there.file("old/kept\n/its.key", "stays");
    fs::create_directories(there / "old/goes");
    fs::create_directories(there / "gone/cache");
    there.file("gone/cache/f", "stays");
    REQUIRE(mkfifo((there / "run/only/fifo").c_str(), 0600) == 0);
    Value args = trees(here.path(), there.path());
    args.set("delete", true);
    args.set("exclude", Value::array({"*.key", "/gone/cache"}));
    sync(machine, args);
    CHECK(fs::is_fifo(there / "run/only/fifo"));
    CHECK(there.content("old/kept\n/its.key") == "stays");
    CHECK(there.content("gone/cache/f") == "stays");
    CHECK_FALSE(fs::exists(there / "old/f"));
    CHECK_FALSE(fs::exists(there / "old/goes"));
    const Value again = ok(machine.call("tree_verify", args));
    INFO(again["diff"].as_string());
    CHECK(again["same"].as_bool());

    REQUIRE(mkfifo((there / "in the way").c_str(), 0600) == 0);
    here.file("in the way", "f");
    CHECK(machine.call("tree_verify", args).error().code == "machine.not_regular");
  });
}

TEST_CASE("sync: directories that are closed to their owner arrive with what is in them", "[machine][sync]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to be another user");
  on_every_shell([](ShellMachine& machine) {
    TempDirectory here, there, tools;
    fs::create_directories(here / "closed/a/b");
    here.file("closed/a/b/f", "f");
    chmod((here / "closed/a").c_str(), 0600);
    chmod((here / "closed").c_str(), 0500);
    chmod(there.path().c_str(), 0777);
    machine.shell().env[0] = "PATH=/usr/bin:/bin";
    machine.shell().uid = 65534;
    sync(machine, trees(here.path(), there / "tree"));
    CHECK((picture(there / "tree") == picture(here.path())));
  });
}

TEST_CASE("sync: root follows no links that others put in the way meanwhile", "[machine][sync]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to be able to do harm");
  on_every_shell([](ShellMachine& machine) {
    TempDirectory here, there, victim;
    fs::create_directories(here / "sub");
    here.file("sub/f", "from here");
    for (const char* name : {"f", "only"}) victim.file(name, "victim's");
    chmod((here / "sub/f").c_str(), 0666);
    chmod(there.path().c_str(), 0777);
    const auto reset = [&] {
      fs::remove_all(there / "sub");
      fs::create_directories(there / "sub");
      there.file("sub/f", "former");
      there.file("sub/only", "former");
    };
    // By the time that all has arrived.
    machine.replace_tool("tar", "tar \"$@\"; k=$?; rm -rf '" + (there / "sub") + "'; ln -s '" + victim.path() + "' '" +
                                    (there / "sub") + "'; exit $k\n");
    const Value none = Value(Value::Array{});
    for (const char* key : {"added", "changed", "attributes"}) {
      reset();
      Value put = trees(here.path(), there.path());
      for (const char* other : {"added", "changed", "attributes"}) put.set(other, none);
      put.set(key, Value::array({"sub/f"}));
      auto done = machine.call("tree_put", put);
      INFO(key);
      REQUIRE_FALSE(done);
      CHECK(done.error().code == "machine.permission");
    }
    for (const char* key : {"files", "directories"}) {
      reset();
      Value removal = Value::object({{"to", there.path()}, {"files", none}, {"directories", none}});
      removal.set(key, Value::array({"sub/only"}));
      if (key == std::string("directories")) {
        fs::remove(victim / "only");
        fs::create_directory(victim / "only");
      }
      CHECK_FALSE(machine.call("tree_remove", removal));
    }
    CHECK(victim.content("f") == "victim's");
    CHECK((look(victim / "f").st_mode & 0777) != 0666);
    CHECK(fs::is_directory(victim / "only"));
  }, false);
}

TEST_CASE("sync: what was cleared away in the middle is no success", "[machine][sync]") {
  on_every_shell([](ShellMachine& machine) {
    TempDirectory here, there;
    for (const char* name : {"a", "b"}) {
      fs::create_directories(here / name);
      fs::create_directories(there / name);
      here.file(name + std::string("/f"), "f");
    }
    machine.replace_tool("mv", "mv \"$@\"; rm -rf ../c\n");
    Value put = trees(here.path(), there.path());
    put.set("added", Value::array({"a/f", "b/f"}));
    put.set("changed", Value(Value::Array{}));
    put.set("attributes", Value(Value::Array{}));
    auto done = machine.call("tree_put", put);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == "machine.io");
  }, false);
}

TEST_CASE("sync: a name cannot give another file its checksum", "[machine][sync]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    auto sum = sha256_file(files::Tree::real(), here.file("victim", "12345"));
    REQUIRE(sum);
    const std::string forger = "z\n" + *sum + "  .";
    for (const TempDirectory* directory : {&here, &there}) {
      fs::create_directory(*directory / forger);
      directory->file(forger + "/victim", "12345");
    }
    there.file("victim", "54321");
    const timespec later[2] = {{0, UTIME_OMIT}, {2'000'000'000, 0}};
    for (const std::string& path : {here / "victim", here / (forger + "/victim")})
      REQUIRE(utimensat(AT_FDCWD, path.c_str(), later, 0) == 0);
    const Value seen = ok(machine.call("tree_verify", trees(here.path(), there.path())));
    bool found = false;
    for (const Value& path : seen["changed"].items()) found = found || path.as_string() == "victim";
    CHECK(found);
  });
}

TEST_CASE("sync: a listing without end is refused", "[machine][sync]") {
  TempDirectory here, there;
  ShellMachine machine;
  machine.replace_tool("find", "exec head -c 100000000 /dev/zero\n");
  CHECK(machine.call("tree_verify", trees(here.path(), there.path())).error().code == "machine.too_large");
}
