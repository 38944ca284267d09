// SPDX-License-Identifier: Apache-2.0
// Files go to a machine and come from it: this computer, and one behind each kind of shell.
#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/modules/machine/shell_fixture.h"
#include "tests/support/skip.h"

using namespace runbook;
using namespace runbook::machine;

namespace {

const std::string kHostile = "-n \n'\"$(x)`y`\\\xff\xfe*";

Value from_to(const std::string& from, const std::string& to) { return Value::object({{"from", from}, {"to", to}}); }

std::string noise(std::size_t size) {
  std::string text(size, '\0');
  std::uint64_t state = 42;
  for (char& byte : text) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    byte = static_cast<char>(state >> 56U);
  }
  return text;
}

std::size_t leftovers(const TempDirectory& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    if (entry.path().filename().string().starts_with(".runbook-")) ++count;
  }
  return count;
}

mode_t mode_of_file(const std::string& path) {
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

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

void ok(const Result<Value>& result) {
  if (!result) FAIL(result.error().code << ": " << result.error().message);
}

}  // namespace

TEST_CASE("transfer: a file arrives whole, whatever its name and content", "[machine][transfer]") {
  on_every_machine([](Machine& machine) {
    for (const std::string& content : {std::string(), std::string("one\n"), noise(3'000'001)}) {
      TempDirectory here, there;
      const std::string from = here.file(kHostile, content), to = there / kHostile;
      for (const char* verb : {"file_put", "file_fetch"}) {
        std::filesystem::remove(to);
        auto put = machine.call(verb, from_to(from, to));
        ok(put);
        CHECK((*put)["size"].as_int() == static_cast<std::int64_t>(content.size()));
        CHECK((*put)["changed"].as_bool());
        CHECK((there.content(kHostile) == content));
        CHECK(leftovers(there) == 0);
        auto seen =
            machine.call(verb == std::string("file_put") ? "upload_verify" : "download_verify", from_to(from, to));
        ok(seen);
        CHECK((*seen)["same"].as_bool());
      }
    }
  });
}

TEST_CASE("transfer: a file gets the mode and the time that are asked for, and keeps those it has",
          "[machine][transfer]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    const std::string from = here.file("f", "new"), to = there.file("f", "former"), other = there / "g";
    chmod(from.c_str(), 0751);
    chmod(to.c_str(), 0604);
    const timespec times[2] = {{0, UTIME_OMIT}, {1'000'000'000, 0}};
    REQUIRE(utimensat(AT_FDCWD, from.c_str(), times, 0) == 0);
    for (const char* verb : {"file_put", "file_fetch"}) {
      std::filesystem::remove(other);
      there.file("f", "former");
      ok(machine.call(verb, from_to(from, to)));
      CHECK(mode_of_file(to) == 0604);
      ok(machine.call(verb, from_to(from, other)));
      CHECK(mode_of_file(other) == 0751);
      Value args = from_to(from, other);
      args.set("mode", "0640");
      args.set("keep_times", true);
      ok(machine.call(verb, args));
      CHECK(mode_of_file(other) == 0640);
      struct stat info {};
      REQUIRE(stat(other.c_str(), &info) == 0);
      CHECK(info.st_mtime == 1'000'000'000);
      auto seen = machine.call(verb == std::string("file_put") ? "upload_verify" : "download_verify", args);
      ok(seen);
      CHECK((*seen)["same"].as_bool());
    }
  });
}

TEST_CASE("transfer: what would be sent is shown", "[machine][transfer]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    const std::string from = here.file("f", "one\nthree\n"), to = there.file("f", "one\ntwo\n");
    auto seen = machine.call("upload_verify", from_to(from, to));
    ok(seen);
    CHECK((*seen)["diff"].as_string().find("-two\n+three\n") != std::string::npos);
    const std::string large = here.file("large", noise(100'000));
    seen = machine.call("upload_verify", from_to(large, to));
    ok(seen);
    CHECK((*seen)["diff"].as_string().find("+100000 bytes, sha256 ") != std::string::npos);
    CHECK_FALSE((*seen)["same"].as_bool());
    seen = machine.call("upload_verify", from_to(from, there / "absent"));
    ok(seen);
    CHECK((*seen)["type"].as_string() == "absent");
  });
}

TEST_CASE("transfer: what cannot be a target is refused, and left as it is", "[machine][transfer]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    const std::string from = here.file("f", "content");
    std::filesystem::create_directory(there / "directory");
    std::filesystem::create_symlink("f", there / "link");
    const std::pair<const char*, const char*> cases[] = {{"directory", "machine.not_regular"},
                                                         {"link", "machine.not_regular"},
                                                         {"no/f", "machine.not_found"},
                                                         {"f/f", "machine.not_directory"}};
    there.file("f", "former");
    for (const auto& [name, code] : cases) {
      INFO(name);
      for (const char* verb : {"file_put", "file_fetch"}) {
        auto put = machine.call(verb, from_to(from, there / name));
        REQUIRE_FALSE(put);
        CHECK(put.error().code == code);
      }
    }
    for (const char* verb : {"file_put", "file_fetch"}) {
      auto put = machine.call(verb, from_to(here / "no", there / "f"));
      REQUIRE_FALSE(put);
      CHECK(put.error().code == "machine.not_found");
    }
    CHECK(there.content("f") == "former");
    CHECK(leftovers(there) == 0);
  });
}

TEST_CASE("transfer: a full disk ends an upload, and takes no room after it", "[machine][transfer]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to mount a small file system");
  TempDirectory here, there;
  const Mount full(there.path(), 0, "size=1m");
  if (!full) RUNBOOK_SKIP("no tmpfs can be mounted");
  const std::string from = here.file("f", noise(4'000'000));
  there.file("f", "former");
  on_every_machine([&](Machine& machine) {
    for (const char* verb : {"file_put", "file_fetch"}) {
      auto put = machine.call(verb, from_to(from, there / "f"));
      REQUIRE_FALSE(put);
      CHECK(put.error().code == "machine.no_space");
      CHECK(there.content("f") == "former");
      CHECK(leftovers(there) == 0);
    }
  });
}

TEST_CASE("transfer: a directory that nothing can be written to", "[machine][transfer]") {
  if (geteuid() != 0) RUNBOOK_SKIP("root is needed to be another user");
  TempDirectory here, there;
  chmod(there.path().c_str(), 0755);
  ShellMachine machine;
  machine.shell().uid = 65534;
  auto put = machine.call("file_put", from_to(here.file("f", "x"), there / "f"));
  REQUIRE_FALSE(put);
  CHECK(put.error().code == "machine.permission");
}

TEST_CASE("transfer: a file that changes while it is sent is told", "[machine][transfer]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    const std::string from = here.file("f", noise(2'000'000));
    Value args = from_to(from, there / "f");
    auto seen = machine.call("upload_verify", args);
    ok(seen);
    args.set("size", (*seen)["size"]);
    args.set("sha256", (*seen)["sha256"]);
    std::fstream(from, std::ios::in | std::ios::out) << "other";
    auto put = machine.call("file_put", args);
    REQUIRE_FALSE(put);
    CHECK(put.error().code == "machine.source_changed");
    std::ofstream(from, std::ios::app) << "longer";
    put = machine.call("file_put", args);
    REQUIRE_FALSE(put);
    CHECK(put.error().code == "machine.source_changed");
    CHECK_FALSE(std::filesystem::exists(there / "f"));
    CHECK(leftovers(there) == 0);
  });
}

TEST_CASE("transfer: an upload that was broken off is gone on from", "[machine][transfer]") {
  for (const Userland& userland : kUserlands) {
    if (access(userland.sh, X_OK) != 0) continue;
    DYNAMIC_SECTION(userland.name) {
      TempDirectory here, there;
      const std::string content = noise(5'000'000), from = here.file("f", content);
      ShellMachine machine(userland);
      machine.shell().most_input = 3'000'000;
      auto begun = std::chrono::steady_clock::now();
      std::int64_t first = -1;
      machine.on_event = [&](const Value& event) {
        if (first < 0) first = event["done"].as_int();
      };
      // Each attempt sends 3 MB, so two are enough where the second goes on from the first.
      auto put = machine.call("file_put", from_to(from, there / "f"));
      ok(put);
      CHECK(machine.shell().started == 2);
      CHECK((there.content("f") == content));
      CHECK(leftovers(there) == 0);
      CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
    }
  }
}

TEST_CASE("transfer: what was left of another content is not gone on from", "[machine][transfer]") {
  TempDirectory here, there;
  const std::string content = noise(1'000'000), from = here.file("f", content);
  ShellMachine machine;
  machine.shell().most_input = 600'000;
  auto invocation = machine.invocation(from_to(from, there / "f"));
  bool done = false;
  Cancel cancel = machine.operation("file_put").perform(std::move(invocation), [&](Result<Value>) { done = true; });
  for (int turn = 0; turn < 10000 && leftovers(there) == 0; ++turn) machine.world().loop().turn();
  for (int turn = 0; turn < 200 && !done && machine.shell().started < 2; ++turn) machine.world().loop().turn();
  cancel();
  // Somebody has written something else into it.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(there.path())) {
    if (entry.path().filename() == "part") std::ofstream(entry.path(), std::ios::in | std::ios::out) << "something else";
  }
  machine.shell().most_input = static_cast<std::size_t>(-1);
  ok(machine.call("file_put", from_to(from, there / "f")));
  CHECK((there.content("f") == content));
  CHECK(leftovers(there) == 0);
}

TEST_CASE("transfer: two uploads at once leave one whole file", "[machine][transfer]") {
  TempDirectory here, there;
  const std::string content = noise(4'000'000), from = here.file("f", content);
  ShellMachine machine;
  int done = 0;
  for (int i = 0; i < 2; ++i) {
    machine.operation("file_put").perform(machine.invocation(from_to(from, there / "f")), [&](Result<Value> put) {
      ok(put);
      ++done;
    });
  }
  while (done < 2 && machine.world().loop().turn()) {
  }
  CHECK(done == 2);
  CHECK((there.content("f") == content));
  CHECK(leftovers(there) == 0);
}

TEST_CASE("transfer: without a tool for checksums files are sent all the same", "[machine][transfer]") {
  TempDirectory here, there, tools;
  ShellMachine machine;
  for (const char* tool : {"sh", "cat", "stat", "mv", "rm", "id", "sync", "chmod", "chown", "touch", "head", "tail",
                           "readlink", "sleep", "grep", "mkdir", "rmdir"}) {
    for (const char* directory : {"/usr/bin/", "/bin/"}) {
      if (access((directory + std::string(tool)).c_str(), X_OK) == 0 && !std::filesystem::exists(tools / tool)) {
        std::filesystem::create_symlink(directory + std::string(tool), tools / tool);
      }
    }
  }
  machine.shell().env[0] = "PATH=" + tools.path();
  const std::string content = noise(700'000), from = here.file("f", content);
  for (const char* verb : {"file_put", "file_fetch"}) {
    ok(machine.call(verb, from_to(from, there / verb)));
    CHECK((there.content(verb) == content));
  }
  auto seen = machine.call("upload_verify", from_to(from, there / "file_put"));
  ok(seen);
  CHECK_FALSE((*seen)["same"].as_bool());
  CHECK(leftovers(there) == 0);
}

TEST_CASE("transfer: what an upload replaced comes back, if it was small", "[machine][transfer]") {
  on_every_machine([](Machine& machine) {
    TempDirectory here, there;
    const Operation& put = machine.operation("file_put");
    for (const std::string& former : {std::string("former\n"), noise(2'000'000)}) {
      Value args = from_to(here.file("f", "new"), there.file("f", former));
      auto before = machine.act(put.capture, args);
      ok(before);
      ok(machine.act(put.perform, args));
      auto happened = machine.act(put.probe, args);
      ok(happened);
      CHECK(happened->as_bool());
      args.set("before", *before);
      auto reverted = machine.act(put.revert, args);
      if (former.size() < 1000) {
        ok(reverted);
        CHECK(there.content("f") == former);
      } else {
        REQUIRE_FALSE(reverted);
        CHECK(reverted.error().code == "machine.cannot_revert");
      }
    }
  });
}

TEST_CASE("transfer: what is on its way lies where nobody else can look, and is known to no command line",
          "[machine][transfer]") {
  for (const Userland& userland : kUserlands) {
    if (access(userland.sh, X_OK) != 0) continue;
    DYNAMIC_SECTION(userland.name) {
      TempDirectory here, there;
      chmod(there.path().c_str(), 0777);
      const std::string from = here.file("f", noise(3'000'000));
      ShellMachine machine(userland);
      auto seen = machine.call("upload_verify", from_to(from, there / "f"));
      ok(seen);
      bool looked = false;
      machine.on_event = [&](const Value&) {
        for (const auto& entry : std::filesystem::directory_iterator(there.path())) {
          looked = true;
          CHECK(std::filesystem::is_directory(entry.symlink_status()));
          CHECK(mode_of_file(entry.path()) == 0700);
        }
      };
      ok(machine.call("file_put", from_to(from, there / "f")));
      CHECK(looked);
      CHECK(leftovers(there) == 0);
      for (const std::string& command : machine.shell().commands) {
        CHECK(command.find((*seen)["sha256"].as_string()) == std::string::npos);
        CHECK(command.find("3000000") == std::string::npos);
      }
    }
  }
}

TEST_CASE("transfer: parts of what the file was before are cleared away", "[machine][transfer]") {
  for (const Userland& userland : kUserlands) {
    if (access(userland.sh, X_OK) != 0) continue;
    DYNAMIC_SECTION(userland.name) {
      TempDirectory here, there;
      ShellMachine machine(userland);
      for (const std::size_t size : {1'000'000, 1'100'000}) {
        const std::string from = here.file("f", noise(size));
        machine.shell().most_input = 600'000;
        Cancel cancel = machine.operation("file_put").perform(machine.invocation(from_to(from, there / "f")),
                                                              [](const Result<Value>&) {});
        const int before = machine.shell().started;
        for (int turn = 0; turn < 10000 && machine.shell().started < before + 2; ++turn) machine.world().loop().turn();
        cancel();
        CHECK(leftovers(there) > 0);
      }
      machine.shell().most_input = static_cast<std::size_t>(-1);
      there.file("g", "");
      const std::string from = here.file("f", noise(700'000));
      ok(machine.call("file_put", from_to(from, there / "g")));
      CHECK(leftovers(there) > 0);
      ok(machine.call("file_put", from_to(from, there / "f")));
      CHECK(leftovers(there) == 0);
    }
  }
}
