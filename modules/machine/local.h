// SPDX-License-Identifier: Apache-2.0
//
// This computer: the pieces that local_place() is made of.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/core/files.h"
#include "host/core/process.h"
#include "modules/machine/place.h"
#include "runbook/module.h"

namespace runbook::machine {

/// The paths of a call, resolved once and compared with what the call was allowed to touch. A path that led to one
/// place when the permission was judged and to another now is refused ("machine.moved").
class Reach {
 public:
  Reach(files::TreePtr files, std::vector<Access> allowed) : files_(std::move(files)), allowed_(std::move(allowed)) {}
  const files::Tree& files() const { return *files_; }
  Result<std::string> read(const Value& path, files::Last last = files::Last::kFollow) const;
  Result<std::string> write(const Value& path) const;
  Status program(const std::string& path) const;

 private:
  Result<std::string> resolve(const Value& path, files::Last last, const char* kind) const;
  files::TreePtr files_;
  std::vector<Access> allowed_;
};

/// The same error with a code of this module: "file.not_found" is "machine.not_found".
Error own(Error error);

// Blocking: for the thread pool.
Result<Value> file_perform(Verb verb, const Value& args, const Reach& reach);
Result<Value> file_probe(Verb verb, const Value& args, const Reach& reach);
/// What `file_revert` needs to bring a path back to what it was.
Result<Value> file_capture(Verb verb, const Value& args, const Reach& reach);
Result<Value> file_revert(Verb verb, const Value& args, const Reach& reach);

/// How a file differs from what it should be: {state, content, mode, owner, group, diff}.
Result<Value> file_verify(const files::Tree& files, const Value& args, const std::string& path);
Value entry_value(const files::Tree& files, const files::Entry& entry, const std::string& path);
/// From mode = "0644", owner and group of the arguments.
Result<files::Attributes> attributes_of(const files::Tree& files, const Value& args);
Result<std::string> sha256_file(const files::Tree& files, const std::string& path);

/// Where programs run.
struct ProgramPlace {
  files::TreePtr files;
  Processes& processes;
  std::map<std::string, std::string> environment;  ///< what a program gets besides `env`
};

/// Runs a program to its end (run, query).
Cancel program_run(Verb verb, const ProgramPlace& place, Invocation call, Done done);
/// The whole command line as it may be shown.
std::string show_command(const Value& argv);
/// argv as it is, checked.
Result<std::vector<std::string>> words_of(const Value& argv);
/// The variables of `env`, checked.
Result<std::map<std::string, std::string>> variables_of(const Value& env);
/// Checks argv and finds its program; the result's first item is absolute. Secrets are refused: anybody can read
/// the command lines of a machine.
Result<std::vector<std::string>> command_of(const files::Tree& files, const Value& argv);
Result<std::map<std::string, std::string>> environment_of(const Value& env);

/// Detached processes (process_*), phases included: a service of the World.
class Detached {
 public:
  explicit Detached(World&) {}
  virtual ~Detached() = default;
  virtual Cancel act(Phase phase, Verb verb, Invocation call, Done done);
};

/// Module::simulate: programs and detached processes are a simulator's.
void simulate(World& world, const Simulate& ask);

}  // namespace runbook::machine
