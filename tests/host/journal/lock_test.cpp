// SPDX-License-Identifier: Apache-2.0
#include "host/journal/lock.h"

#include <chrono>
#include <fstream>

#include "tests/host/journal/support.h"

namespace runbook::journal {
namespace {

LockRecord named(std::string name) {
  LockRecord record;
  record.name = std::move(name);
  record.run = "20260101-000000-aaaaaa";
  record.file = "/srv/deploy.lua";
  return record;
}

Result<Lock> acquire(Loop& loop, const TempDirectory& directory, const std::string& name, double limit = 0) {
  return wait<Lock>(loop, [&](auto done) { acquire_lock(loop, directory.path(), named(name), limit, std::move(done)); });
}

// A process that holds the lock until it is killed.
class Holder {
 public:
  Holder(const TempDirectory& directory, const std::string& name) {
    REQUIRE(pipe(ends_) == 0);
    child_.emplace([&] {
      auto lock = try_lock(directory.path(), named(name));
      if (!lock || write(ends_[1], "x", 1) != 1) _exit(2);
      pause();
    });
    char byte = 0;
    REQUIRE(read(ends_[0], &byte, 1) == 1);
  }
  ~Holder() {
    child_->kill_now();
    close(ends_[0]);
    close(ends_[1]);
  }

 private:
  int ends_[2];
  std::optional<Child> child_;
};

TEST_CASE("lock: a lock held by another process names its holder, and is free after kill -9", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  {
    const Holder holder(directory, "deploy/nmpi");
    const auto refused = acquire(loop, directory, "deploy/nmpi");
    REQUIRE_FALSE(refused);
    const Error& error = refused.error();
    CHECK(error.code == "lock.held");
    CHECK(error.retryable);
    CHECK_THAT(error.message, ContainsSubstring("'deploy/nmpi' is held by " + user_name() + "@" + host_name() + " since "));
    CHECK_THAT(error.message, ContainsSubstring("run 20260101-000000-aaaaaa of /srv/deploy.lua"));
    CHECK(error.context.at("run") == "20260101-000000-aaaaaa");
    CHECK(acquire(loop, directory, "deploy/other"));
    auto list = list_locks(directory.path());
    REQUIRE(list);
    REQUIRE(list->size() == 1);
    CHECK(list->front().name == "deploy/nmpi");
    CHECK(list->front().pid != getpid());
  }
  CHECK(list_locks(directory.path())->empty());
  auto lock = acquire(loop, directory, "deploy/nmpi");
  REQUIRE(lock);
  CHECK(lock->record().pid == getpid());
}

TEST_CASE("lock: releasing removes the record and lets the next one in", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  auto lock = acquire(loop, directory, "a");
  REQUIRE(lock);
  CHECK(acquire(loop, directory, "a").error().code == "lock.held");
  lock->release();
  CHECK(std::filesystem::is_empty(directory.path() + "/locks"));
  {
    auto again = acquire(loop, directory, "a");
    CHECK(again);
  }
  CHECK(std::filesystem::is_empty(directory.path() + "/locks"));
  CHECK(loop.open_handles() == 0);
}

TEST_CASE("lock: waiting gets the lock when it is let go, and ends at its limit", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  auto lock = acquire(loop, directory, "a");
  REQUIRE(lock);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(acquire(loop, directory, "a", 0.3).error().code == "lock.held");
  const auto spent = std::chrono::steady_clock::now() - begin;
  CHECK(spent >= std::chrono::milliseconds(290));
  CHECK(spent < std::chrono::seconds(5));
  loop.after(seconds(0.1), [&] { lock->release(); });
  CHECK(acquire(loop, directory, "a", 30));
}

TEST_CASE("lock: a cancelled wait never takes the lock", "[journal]") {
  const TempDirectory directory;
  Loop loop;
  Cancel cancel = acquire_lock(loop, directory.path(), named("a"), 5, [](const Result<Lock>&) { FAIL(); });
  cancel();
  while (loop.turn()) {
  }
  CHECK(acquire(loop, directory, "a"));
}

TEST_CASE("lock: any name has a file of its own within the directory", "[journal]") {
  for (const std::string name : {"deploy/{x}", "../../etc/passwd", ".", "a%2Fb", "a b\n", "\xc3\xa4", "%"}) {
    const std::string file = lock_file_name(name);
    CHECK(file.find_first_of("/. \n") == std::string::npos);
    CHECK(lock_name_of(file) == name);
  }
  const TempDirectory directory;
  CHECK(try_lock(directory.path(), named("")).error().code == "lock.name");
  CHECK(try_lock(directory.path(), named(std::string(300, 'x'))).error().code == "lock.name");
}

TEST_CASE("lock: a symbolic link in the place of a lock is not followed", "[journal]") {
  const TempDirectory directory;
  std::filesystem::create_directory(directory.path() + "/locks");
  std::ofstream(directory.path() + "/target") << "x";
  std::filesystem::create_symlink(directory.path() + "/target", directory.path() + "/locks/a.lock");
  CHECK(try_lock(directory.path(), named("a")).error().code == "lock.file");
  std::filesystem::create_symlink(directory.path() + "/target", directory.path() + "/locks/b.json");
  CHECK(try_lock(directory.path(), named("b")));
  std::ifstream target(directory.path() + "/target");
  CHECK(std::string(std::istreambuf_iterator<char>(target), {}) == "x");
}

TEST_CASE("lock: of many processes that want it one at a time has it", "[journal]") {
  const TempDirectory directory;
  const std::string counter = directory.path() + "/counter";
  std::ofstream(counter) << 0;
  const auto body = [&] {
    Loop loop;
    for (int i = 0; i < 10; ++i) {
      auto lock = acquire(loop, directory, "a", 60);
      if (!lock) _exit(2);
      int value = 0;
      std::ifstream(counter) >> value;
      std::ofstream(counter) << value + 1;
    }
  };
  {
    Child one(body), two(body), three(body);
    CHECK(one.finish() == 0);
    CHECK(two.finish() == 0);
    CHECK(three.finish() == 0);
  }
  int value = 0;
  std::ifstream(counter) >> value;
  CHECK(value == 30);
}

}  // namespace
}  // namespace runbook::journal
