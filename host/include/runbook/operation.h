// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/callback.h"
#include "runbook/result.h"
#include "runbook/value.h"
#include "runbook/world.h"

namespace runbook {

/// What an operation does to the world. The gate decides by this alone what a dry run lets through.
enum class Effect {
  kRead,     ///< observes; made for real in a dry run
  kChange,   ///< changes; journalled before and after, held back in a dry run
  kDestroy,  ///< a change that loses something: counts against blast radius, asks first
};

/// One thing that an operation touches: what a permission must cover, and what a dry run marks as changed.
struct Access {
  /// "net", "read", "write", "run", "env", "secret", or a module's name: "docker". "none": the clock, random numbers and
  /// what else anybody may read; it is an effect only so that it is recorded, and needs no permission.
  std::string kind;
  std::string target;  ///< "unix:///var/run/docker.sock", "/etc/motd", "https://example.org"
  std::string verb;    ///< "container.create"; empty for kinds without verbs
  std::string name;    ///< "web-green"; the object within the target, if any
  bool implied = false;  ///< follows from another access: a dry run has to know of it, a permission for it is not needed
  bool on_the_way = false;  ///< only how one gets there: needs a permission, and changes nothing that a dry run would miss
  bool found = false;  ///< stands in a file that another access is to read: who may not read that is not told of this
};

/// The type of an argument. Durations arrive as seconds, sizes as bytes: the binding converts "5m" and "10MiB".
enum class Type {
  kAny, kBoolean, kInteger, kNumber, kString,
  kSecret,     ///< a string or a secret; read it with reveal()
  kPath,       ///< a path; the binding resolves a relative one against the runbook's directory, so it arrives absolute
  kDuration, kSize, kStrings,
  kMap,        ///< string to scalar
  kTable,      ///< an object whose own keys the operation checks
  kList,       ///< an array of anything
  kFunction,   ///< an `on_<event>` callback: never reaches the operation's arguments, see Invocation::on_event
};

/// One argument. Positional ones come first, at most two; the others are keys of the options table.
struct Field {
  const char* name;
  Type type;
  enum Flags : unsigned {
    kOptional = 0,
    kRequired = 1,
    kPositional = 2,
    /// Text that is given becomes a secret at once: neither shown nor kept. `probe` and `revert` must do without it.
    kHidden = 4,
  };
  unsigned flags = kOptional;
  const std::vector<std::string>* choices = nullptr;  ///< the allowed strings, where they are few
};
inline constexpr unsigned kPositionalRequired = Field::kRequired | Field::kPositional;

using Done = Callback<void(Result<Value>)>;

/// One call of an operation, on its way to the world.
struct Invocation {
  World& world;
  Value args;  ///< checked against the fields; a method's handle is args["target"]
  /// Hands an event (a line of output, a progress report) to the script's `on_<event>` function and to the
  /// progress display: {event = "line", ...}. Empty where nobody listens.
  std::function<void(Value)> on_event;
  /// What the filters let this call touch. Where a name can lead elsewhere by now (a symbolic link), the operation
  /// checks what it has reached against this. Empty only in tests of a client without a gate.
  std::vector<Access> allowed = {};
  std::uint64_t effect_id = 0;  ///< EffectCall::id
  std::string continues = {};   ///< EffectCall::continues
  /// Has something done after the result is where it survives the run: what is needed for having it once more can go
  /// then. Not called where that never happens. Empty without a gate.
  std::function<void(std::function<void()>)> once_recorded = {};
};

/// A primitive: a name, arguments and a result like JSON, and one function that reaches the world. Everything
/// else that happens around it (permissions, dry run, journal, undo, redaction, recording, faults) is the gate's.
struct Operation {
  const char* name;  ///< "docker.container_create"
  Effect effect;
  std::vector<Field> fields;
  /// What this call touches. Never null: an operation that touches nothing is not an effect.
  std::vector<Access> (*access)(World& world, const Value& args);
  /// Reaches the world. Calls `done` exactly once, from the loop or at once, or never after its Cancel was called.
  /// Null for a composite: one whose Lua (`<module>.lua`) is made of other operations.
  Cancel (*perform)(Invocation call, Done done);
  /// Seconds that one call may take where the caller gives no `timeout`.
  double timeout = 60;
  /// A line for plans and progress: "create container 'web-green' from 'app:3f2a'". Null: made from the name.
  std::string (*describe)(const Value& args) = nullptr;
  /// What a dry run may hand on as the result without having done it; null or a null value: an unknown.
  Value (*predict)(const Value& args) = nullptr;
  /// Reads whether a change that was begun and not known finished has happened. Gives a boolean, or an object
  /// {done = true, result = ...}; {again = true}: performed again it finds out itself, and goes on with what was begun
  /// (Invocation::continues); null: only the step's `check` or a person can tell.
  Cancel (*probe)(Invocation call, Done done) = nullptr;
  /// Where `probe` finds it done, performing it changes nothing: a plan does not list it then.
  bool settles = false;
  /// Reads, before the change, what `revert` needs to restore the former state; null: cannot be reverted.
  Cancel (*capture)(Invocation call, Done done) = nullptr;
  /// Restores what `capture` read: args is the call's arguments with the captured value as args["before"].
  Cancel (*revert)(Invocation call, Done done) = nullptr;
};

}  // namespace runbook
