// SPDX-License-Identifier: Apache-2.0
// Runs Lua texts through a Host with a module of fakes, in a state directory of their own.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runbook/host.h"
#include "tests/support/catch.h"

namespace runbook {

/// The world of the module "fake": named things that scripts make and remove.
struct FakeWorld {
  static inline std::map<std::string, std::string> things;
  static inline std::vector<std::string> calls;  ///< "create a", in order
  static inline std::string fail_on;             ///< the call that fails
  static inline std::string file;                ///< keeps the things, so that they outlive a process; empty: none
  static inline std::string stop_dead_on;        ///< the call after which the process dies
};

const Module& fake_module();

class HostFixture {
 public:
  HostFixture() {
    char name[] = "/tmp/runbook-test-XXXXXX";
    directory_ = mkdtemp(name);
    FakeWorld::things.clear();
    FakeWorld::calls.clear();
    FakeWorld::fail_on.clear();
    FakeWorld::stop_dead_on.clear();
    FakeWorld::file.clear();
    host_.add(fake_module());
  }
  ~HostFixture() { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  RunReport run(const std::string& text, RunOptions options = {}) {
    options.file = write("test.lua", text);
    return run_file(std::move(options));
  }
  RunReport run_file(RunOptions options) {
    options.state_directory = directory_ + "/state";
    events.clear();
    printed.clear();
    options.on_event = [this](const Value& event) {
      if (event["event"].as_string() == "print") printed += event["text"].as_string() + "\n";
      events.push_back(event);
      if (on_event) on_event(event);
    };
    return host_.run(options);
  }
  Host& host() { return host_; }
  const std::string& directory() const { return directory_; }

  /// Runs in a process that dies as soon as `call` has happened, as by kill -9.
  void run_and_die_after(const std::string& text, const std::string& call, RunOptions options = {}) {
    FakeWorld::file = directory_ + "/things";
    const pid_t child = fork();
    if (child == 0) {
      FakeWorld::stop_dead_on = call;
      run(text, std::move(options));
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 99);
  }

  std::vector<Value> events;
  std::string printed;
  std::function<void(const Value&)> on_event;  ///< told of each event too

 private:
  std::string directory_;
  Host host_;
};

}  // namespace runbook
