// SPDX-License-Identifier: Apache-2.0
//
// A simulated world for a test: virtual time, a directory that is a machine's "/", and services that ask the simulators.
// Those are Lua functions of the spec's own machine (stdlib/runbook/simulate.lua), each question a task of its own there.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/core/files.h"
#include "host/core/machine_trees.h"
#include "host/script/vm.h"
#include "runbook/module.h"

namespace runbook {

class Simulation {
 public:
  /// `answer` refers to the Lua function that answers: answer(request, emit) -> table. Time begins at `start`.
  static Result<std::unique_ptr<Simulation>> begin(script::Vm& vm, const std::vector<const Module*>& modules, int answer, double start);
  /// Real time goes on, and the directory is removed. What simulators still do is dropped.
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  const std::shared_ptr<World>& world() const { return world_; }
  /// Of the runs inside it.
  std::string state_directory() const { return directory_ + "/state"; }

  /// Asks a simulator, see Simulate.
  Cancel ask(Value request, std::function<void(Value)> on_event, Done done);
  /// Called by emit(event) in Lua.
  void emit(std::uint64_t question, Value event);
  /// Every file of a simulated machine, for comparing: path -> {type, mode, owner, group, content | target}. Without a name
  /// it is this computer.
  Result<Value> files(const std::string& machine) const;
  /// A secret, raw or encoded, in what runs told or wrote down: {name, place}, or null.
  Result<Value> find_leak(const Value& events, const Value& secrets) const;

 private:
  struct Question;
  Simulation(script::Vm& vm, int answer, std::string directory);
  void put(const std::shared_ptr<Question>& question, Value request);

  script::Vm& vm_;
  int answer_;
  std::string directory_;
  std::shared_ptr<files::Tree> tree_;
  std::shared_ptr<files::MachineTrees> others_;
  std::shared_ptr<World> world_;
  std::map<std::uint64_t, std::shared_ptr<Question>> open_;
};

}  // namespace runbook
