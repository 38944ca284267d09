// SPDX-License-Identifier: Apache-2.0
#include "host/journal/directory.h"

#include <sys/stat.h>

#include <fstream>

#include "host/journal/run_lock.h"
#include "tests/host/journal/support.h"

namespace runbook::journal {
namespace {

class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = getenv(name)) old_ = old, had_ = true;
    if (value) setenv(name, value, 1);
    else unsetenv(name);
  }
  ~Environment() {
    if (had_) setenv(name_, old_.c_str(), 1);
    else unsetenv(name_);
  }

 private:
  const char* name_;
  std::string old_;
  bool had_ = false;
};

TEST_CASE("journal: the state directory is named by the environment", "[journal]") {
  const Environment home("HOME", "/home/alice");
  const Environment state("RUNBOOK_STATE", nullptr);
  const Environment xdg("XDG_STATE_HOME", nullptr);
  CHECK(state_directory() == (geteuid() == 0 ? "/var/lib/runbook" : "/home/alice/.local/state/runbook"));
  {
    const Environment relative("XDG_STATE_HOME", "state");
    CHECK(state_directory().find("state/runbook") != 0);
  }
  const Environment named("XDG_STATE_HOME", "/data/state");
  CHECK(state_directory() == "/data/state/runbook");
  const Environment first("RUNBOOK_STATE", "/data/own");
  CHECK(state_directory() == "/data/own");
  const Environment here("RUNBOOK_STATE", "own");
  CHECK(state_directory() == std::filesystem::current_path().string() + "/own");
}

TEST_CASE("journal: a state directory that others may write to is refused", "[journal]") {
  const TempDirectory directory;
  chmod(directory.path().c_str(), 0777);
  const Status status = prepare_directory(directory.path());
  REQUIRE_FALSE(status);
  CHECK(status.error().code == "journal.directory");
  CHECK_THAT(status.error().hint, ContainsSubstring("chmod 700"));
  chmod(directory.path().c_str(), 0700);
  CHECK(prepare_directory(directory.path()));
}

TEST_CASE("journal: a state directory that cannot be one is refused with its name", "[journal]") {
  const TempDirectory directory;
  std::ofstream(directory.path() + "/file") << "x";
  for (const char* name : {"/file", "/file/below"}) {
    const Status status = prepare_directory(directory.path() + name);
    REQUIRE_FALSE(status);
    CHECK_THAT(status.error().message, ContainsSubstring(directory.path()));
  }
}

TEST_CASE("journal: a file is replaced whole and leaves nothing else", "[journal]") {
  const TempDirectory directory;
  CHECK(write_file(directory.path(), "a", "one"));
  CHECK(write_file(directory.path(), "a", "two"));
  std::ifstream file(directory.path() + "/a");
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == "two");
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
}

TEST_CASE("journal: a lock file is never opened through a symbolic link", "[journal]") {
  const TempDirectory directory;
  std::ofstream(directory.path() + "/target") << "x";
  std::filesystem::create_symlink(directory.path() + "/target", directory.path() + "/link");
  auto held = HeldFile::take(directory.path() + "/link");
  REQUIRE_FALSE(held);
  CHECK(held.error().code == "lock.file");
}

}  // namespace
}  // namespace runbook::journal
