// SPDX-License-Identifier: Apache-2.0
//
// The effect gate: the one place through which a run reaches the world.
//
//   script -> binding -> Gate::run -> filter -> filter -> ... -> Operation::perform(World&)
//
// Permission, dry run, journal, undo, redaction, blast radius, recording and faults are filters. A filter sees every
// operation of every module, also of modules it has never heard of; adding one touches no module. Only the gate
// makes a World, so a module that does not come through here has nothing to reach the world with.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runbook/operation.h"

namespace runbook {

class Permissions;

/// Calls that are only judged, to refuse at once what would be refused half-way: none is performed, each gives an unknown.
struct Rehearsal {
  std::vector<Access> missing;                     ///< what they touch and is not permitted
  std::shared_ptr<const Permissions> permissions;  ///< by which they were judged
};

/// One effect: a call of an operation by a task of the script.
struct EffectCall {
  const Operation* operation = nullptr;
  Value args;
  std::function<void(Value)> on_event;

  World* world = nullptr;       ///< that it goes to; set by the gate
  std::uint64_t id = 0;         ///< counts from 1 within the run; set by the gate
  std::uint64_t parent = 0;     ///< the composite effect this one is part of, or 0
  std::vector<Access> covered;  ///< what the enclosing composite was allowed to touch
  std::string step;             ///< path of the enclosing step, empty outside any
  std::string where;            ///< "deploy.lua:42"
  double timeout = 0;           ///< seconds; 0: the operation's own
  std::string diff;             ///< what the change does, as a unified diff, where the module's Lua worked it out

  bool reverting = false;       ///< undoes an earlier effect of the same operation
  bool withheld = false;        ///< not permitted: a dry run that looks for permissions only plans it, whatever it is
  std::shared_ptr<Rehearsal> rehearsal;  ///< it is only judged
  std::string continues;        ///< "ATTEMPT.ID" of the effect of an earlier attempt that was begun and is gone on with
  bool recorded = false;        ///< its result is an earlier attempt's: nothing was done this time

  /// What reaches the world in place of operation->perform: the body of a composite, or what reverts.
  std::function<Cancel(Invocation, Done)> body;

  /// See Invocation::once_recorded.
  std::function<void()> once_recorded;

  /// How many changes were made (or planned) inside a composite; counted by whoever runs its body.
  std::shared_ptr<int> changes;

  bool composite() const { return operation->perform == nullptr; }
  /// Whether the effect, having given `result`, changed anything: a composite by what happened inside, a change
  /// unless its result says {changed = false}, a read never.
  bool changed(const Value& result) const;
  /// Worked out once: what the filters judged is what `perform` is told that it may touch.
  const std::vector<Access>& access() const;
  std::string describe() const;

  mutable std::optional<std::vector<Access>> touched;  ///< access(), once asked for
};

/// Goes on to the next filter, in the end to the world.
using Next = Callback<Cancel(Done)>;

/// Decides what happens to an effect on its way to the world, and to its result on the way back. Calls `next` at most
/// once; calls `done` exactly once, or never after its Cancel was called.
class Filter {
 public:
  virtual ~Filter() = default;
  /// The call outlives the returned operation.
  virtual Cancel apply(EffectCall& call, Next next, Done done) = 0;
};

class Gate {
 public:
  explicit Gate(Loop& loop);
  ~Gate();

  /// Adds a filter inside the ones added before: the first one added sees an effect first and its result last.
  void add(std::shared_ptr<Filter> filter);

  /// Says where the effect goes, for access() before run().
  void aim(EffectCall& call) const { call.world = simulated_ ? simulated_.get() : real_.get(); }
  /// Sends one effect through the filters and, if they let it, to the world.
  Cancel run(EffectCall call, Done done);

  /// Sends effects to that world from now on; null: to the real one.
  void set_world(std::shared_ptr<World> world);
  /// Hands the real world, which nothing has reached yet, to whoever knows what is to be in it and the gate does not: the
  /// routes of modules to machines.
  void furnish(const std::function<void(World&)>& with) { with(*real_); }
  /// A world without anything in it yet, for a simulation.
  static std::shared_ptr<World> make_world(Loop& loop);

  Loop& loop() const { return loop_; }
  /// Ends the services that operations keep between calls (connections, tables of processes).
  void close();

 private:
  Cancel step(std::shared_ptr<EffectCall> call, std::size_t index, Done done);

  Loop& loop_;
  std::unique_ptr<World> real_;
  std::shared_ptr<World> simulated_;
  std::vector<std::shared_ptr<Filter>> filters_;
  std::uint64_t last_id_ = 0;
};

}  // namespace runbook
