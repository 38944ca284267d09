// SPDX-License-Identifier: Apache-2.0
//
// A Lua state ready for one runbook: sandbox, scheduler, values, and `require` of the standard library, of modules
// and of files beside the runbook.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "host/script/binding.h"
#include "host/script/coverage.h"
#include "host/script/sandbox/sandbox.h"
#include "host/script/scheduler.h"
#include "runbook/module.h"

namespace runbook::script {

/// Whether `require` finds this name in the standard library.
bool is_standard_library(const std::string& name);

struct VmOptions {
  Limits limits;
  std::string base;                              ///< directory of the runbook
  bool dry_run = false;
  std::vector<const Module*> modules;
  std::function<void(Value)> emit;
  /// Goes up when somebody wants the run to end, wherever it is; null: nobody does. See Sandbox::set_interrupt.
  std::atomic<bool>* interrupted = nullptr;
  std::function<void()> on_interrupt;            ///< cancels the task that runs
  /// Runs what another machine on the same loop has ready; false when there was nothing. For runs inside a test.
  std::function<bool()> run_others;
  /// Counts what runs of the texts that are loaded; null: nothing is counted, and nothing costs anything.
  Coverage* coverage = nullptr;
  /// Adds the run's own functions (steps, declaration) to `core`, which is on top of the stack.
  std::function<void(lua_State*)> extend_core;
};

class Vm {
 public:
  static Result<std::unique_ptr<Vm>> create(Loop& loop, Gate& gate, VmOptions options);

  lua_State* state() const { return sandbox_->state(); }
  Sandbox& sandbox() { return *sandbox_; }
  Scheduler& scheduler() { return *scheduler_; }
  Loop& loop() { return loop_; }

  /// Starts the function and arguments that `push` pushes (it returns how many arguments) as a task.
  Result<std::shared_ptr<Task>> start(const std::function<int(lua_State*)>& push);
  /// Turns the loop until the task has finished. False where it cannot: after halt(), or in virtual time, where nothing
  /// that it waits for will ever happen.
  bool run_until_finished(Task& task);
  /// Ends run_until_finished, and with it the machine: nothing runs on it any more.
  void halt() { halted_ = true; }
  /// Pushes a part of the standard library as a function, and the table `core` that its parts share. Inside a call.
  void push_part(lua_State* L, const char* name);
  void push_core_table(lua_State* L);
  /// Compiles a file beside the runbook and leaves it on the stack; counted, where that is asked for.
  Status load(lua_State* L, const std::string& source, const std::string& name);
  /// Calls a function under the limits, without a task: it cannot wait. For loading.
  Status call(const std::function<void(lua_State*)>& body);

 private:
  Vm(Loop& loop, VmOptions options);
  Status open();
  Resolved resolve(lua_State* L, const std::string& name);
  void push_runbook(lua_State* L);
  void push_library(lua_State* L, const EmbeddedLua& chunk, const std::string& path);

  Loop& loop_;
  bool halted_ = false;
  VmOptions options_;
  std::unique_ptr<Sandbox> sandbox_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<BindingHost> binding_;
};

}  // namespace runbook::script
