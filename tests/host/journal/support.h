// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "host/journal/journal.h"
#include "host/journal/reader.h"
#include "host/journal/run_id.h"
#include "tests/support/catch.h"

namespace runbook::journal {

/// A directory of its own, removed at the end.
class TempDirectory {
 public:
  TempDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "journal-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TempDirectory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Starts something and turns the loop until it has called back.
template <class T = Unit, class Start>
Result<T> wait(Loop& loop, Start start) {
  std::unique_ptr<Result<T>> out;
  start([&out](Result<T> result) { out = std::make_unique<Result<T>>(std::move(result)); });
  while (!out && loop.turn()) {
  }
  if (!out) return Error("test.silent", "it never called back");
  return std::move(*out);
}

inline RunRecord sample_run(std::string id = new_run_id(), std::string mode = "apply") {
  RunRecord run;
  run.id = std::move(id);
  run.file = "/srv/runbooks/deploy.lua";
  run.file_hash = "abc";
  run.summary = "Deploy it";
  run.mode = std::move(mode);
  run.params = Value::object({{"service", "nmpi"}});
  return run;
}

inline StepRecord sample_step(std::string path, State state = State::kStarted) {
  StepRecord step;
  step.title = path;
  step.path = std::move(path);
  step.state = state;
  return step;
}

inline EffectRecord sample_effect(std::uint64_t id, std::string step) {
  EffectRecord effect;
  effect.id = id;
  effect.step = std::move(step);
  effect.operation = "test.write";
  effect.effect = "change";
  return effect;
}

/// A forked process that runs `body` and ends; killed at the end of its scope.
class Child {
 public:
  template <class Body>
  explicit Child(Body body) : pid_(fork()) {
    if (pid_ == 0) {
      body();
      _exit(0);
    }
  }
  ~Child() { finish(); }
  void kill_now() {
    ::kill(pid_, SIGKILL);
    finish();
  }
  int finish() {
    int status = 0;
    if (pid_ > 0) waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_;
};

}  // namespace runbook::journal
