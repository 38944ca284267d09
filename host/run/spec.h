// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/gate/filters/permission_filter.h"
#include "host/run/coverage.h"
#include "host/run/simulation.h"
#include "host/script/lua_api.h"
#include "runbook/host.h"
#include "runbook/value.h"

namespace runbook {

/// A runbook that a test wants to be run, and who waits for its report.
struct TestRun {
  std::uint64_t id = 0;
  Value options;
  Done done;
};

class Run;

/// What a spec's runner needs of the run. The directory it gives is removed with it.
class SpecNatives {
 public:
  SpecNatives();
  ~SpecNatives();
  SpecNatives(const SpecNatives&) = delete;
  SpecNatives& operator=(const SpecNatives&) = delete;

  const std::string& temp_directory() const { return directory_; }
  std::function<void(const Value& test)> report;
  std::function<void()> on_begin;                       ///< a test has begun
  /// What a run inside a test touched, held against its declaration; null: it was not asked for by RunOptions::propose.
  std::function<void(const std::string& file, Value proposal)> on_run;
  std::function<void(std::string_view secret)> hide;    ///< it is not shown from now on

  // The test under way.
  double timeout = 60;              ///< seconds of real time that a test may take
  std::string test, test_where;     ///< empty between tests
  void guard(std::shared_ptr<script::Task> task);
  /// Lifts the guard; why the task was stopped, if it was.
  std::optional<Error> unguard();
  bool guarding() const { return guarded_ != nullptr; }
  /// Ends the guarded task for this reason.
  void stop(Error why);
  /// Whether the guarded task has had its time; if so it is stopped.
  bool overdue();

  // Simulations.
  Gate* gate = nullptr;
  script::Vm* vm = nullptr;
  const std::vector<const Module*>* modules = nullptr;
  PermissionFilter* permissions = nullptr;
  std::unique_ptr<Simulation> simulation;
  std::shared_ptr<CoverageRecorder> coverage;  ///< of nested runs too
  std::shared_ptr<std::set<std::string>> answered = std::make_shared<std::set<std::string>>();  ///< see AnswerFilter
  std::deque<TestRun> runs;  ///< to be made from the top of the loop
  Run* running = nullptr;    ///< the one that is being made ...
  std::uint64_t running_id = 0;  ///< ... and its number
  std::uint64_t last_run = 0;

  /// Back to the real world.
  void end_simulation();
  /// Asks the simulation that there is when the question comes.
  Simulate asker();

 private:
  std::string directory_;
  std::shared_ptr<script::Task> guarded_;
  std::optional<Error> stopped_;
  std::chrono::steady_clock::time_point deadline_;
  Cancel wake_;
};

/// Adds the functions to the table `core` on top of the stack.
void add_spec_natives(lua_State* L, SpecNatives& natives);
void add_simulation_natives(lua_State* L, SpecNatives& natives);
void add_guard_natives(lua_State* L, SpecNatives& natives);

/// Makes a run inside a test's simulation, to its end: {file, mode, params, ...} -> what the test is told of it.
Result<Value> make_test_run(SpecNatives& natives, const std::string& base, const Value& options);

}  // namespace runbook
