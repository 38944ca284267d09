// SPDX-License-Identifier: Apache-2.0
//
// One attempt at a run, from reading the file to the report.
//
//   read -> load the declaration -> parameters, permissions, secrets, locks -> filters -> run -> (undo) -> report
//
// Everything that can be refused is refused before the first filter is in place: nothing has changed by then.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/core/redactor.h"
#include "host/gate/filters/blast_radius_filter.h"
#include "host/gate/filters/confirm_filter.h"
#include "host/gate/filters/permission_filter.h"
#include "host/gate/permissions.h"
#include "host/gate/plan.h"
#include "host/journal/journal.h"
#include "host/journal/lock.h"
#include "host/journal/reader.h"
#include "host/journal/recovery.h"
#include "host/run/events.h"
#include "host/run/resume_filter.h"
#include "host/run/run_natives.h"
#include "host/run/run_setting.h"
#include "host/run/runbook_file.h"
#include "host/run/spec.h"
#include "host/run/step_natives.h"
#include "host/run/steps.h"
#include "host/script/vm.h"
#include "host/secrets/secret_store.h"
#include "runbook/host.h"

namespace runbook {

class Run {
 public:
  Run(Loop& loop, const RunOptions& options, const std::vector<const Module*>& modules, RunSetting setting = {});
  ~Run();

  RunReport execute();
  /// Cancels what is running. REQUIRES: the loop's thread.
  void cancel();
  /// The flag whose going up cancels a script that computes and never comes to the loop. Before execute().
  void watch(std::atomic<bool>& interrupted) { interrupted_ = &interrupted; }
  /// Ends it as kill -9 would, from inside one of its effects: see RunSetting::killed.
  void halt() { vm_->halt(); }
  /// What its effects touched, refused ones included.
  std::vector<Access> touched() const;
  /// That, held against the declaration, see RunReport::permissions. Null where the run was refused before it began.
  Value proposal() const;
  /// The runbook's path; empty where it was given as text.
  const std::string& file() const { return source_.path; }

 private:
  // What is prepared, in this order. An error refuses the run.
  Status open_previous();
  Status read_source();
  Status make_vm();
  Status load();
  Status read_parameters();
  void resolve_paths();
  PermissionScope permission_scope() const;
  Status read_permissions();
  Status open_journal();
  Status resolve_secrets();
  Status take_locks();
  Status add_filters();
  Result<RunLimits> limits() const;
  Result<BlastRadius> blast_radius() const;

  secrets::SecretStore secret_store() const;
  RunReport killed() const;
  RunReport refuse(Error error);
  RunReport run_main();
  RunReport run_spec();
  void run_spec_task();
  RunReport run_plain();
  RunReport conclude(script::Task& task);
  std::optional<Error> run_undo();
  RunReport finish(RunReport report);
  struct Revert;
  Cancel revert_step(const std::string& path, Done done);
  Cancel revert_newer(const std::optional<std::string>& path, Done done);
  Cancel revert_all(std::shared_ptr<Revert> revert);
  void revert_next(const std::shared_ptr<Revert>& revert);
  void revert_one(const std::shared_ptr<Revert>& revert, const journal::EffectRecord& effect, const Operation* operation);
  void cannot_put_back(const journal::EffectRecord& effect, const std::string& because);
  std::vector<journal::EffectRecord> all_effects() const;
  Cancel ask(std::string question, Callback<void(std::optional<std::string>)> answer);
  void record(const Value& event);
  bool wait_for(const std::function<Cancel(Callback<void(Status)>)>& start, Status& status);
  bool dry_run() const { return options_.mode == Mode::kDryRun || (options_.mode == Mode::kUndo && options_.dry_undo); }
  Status check_step_flags() const;
  RunReport conclude_undo(std::optional<Error> error);
  std::optional<Error> not_undone(std::optional<Error> replay) const;
  void end_plan(const Error& error);

  Loop& loop_;
  const RunOptions& options_;
  RunSetting setting_;
  const std::vector<const Module*>& modules_;
  Events events_;
  Gate gate_;
  std::optional<journal::Run> previous_;
  Source source_;
  std::unique_ptr<script::Vm> vm_;
  Declared declared_;
  Declaration declaration_;
  bool plain_ = false;
  bool declared_once_ = false;  ///< the declaration is known, and the file is loaded again
  bool loaded_ = false;
  std::unique_ptr<SpecNatives> spec_;
  Value params_;
  std::shared_ptr<Permissions> permissions_ = std::make_shared<Permissions>();
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<Steps> steps_;
  StepHost step_host_;
  RunNatives natives_;
  std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
  std::shared_ptr<PermissionFilter> asked_;
  std::shared_ptr<ResumeFilter> resume_;
  std::shared_ptr<ConfirmFilter> confirm_;
  std::shared_ptr<BlastRadiusFilter> radius_;
  std::vector<journal::EffectRecord> made_;  ///< changes of this attempt, for reverting
  journal::Recovery recovery_{gate_};
  std::vector<journal::EffectRecord> outside_;  ///< while undoing: changes outside any step, yet to be put back
  std::vector<journal::Lock> locks_;
  std::shared_ptr<Plan> plan_ = std::make_shared<Plan>();
  std::shared_ptr<script::Task> task_;
  std::vector<std::string> not_put_back_;    ///< changes of undone steps that have no way back
  std::atomic<bool>* interrupted_ = nullptr;
  bool cancelled_ = false;
  bool stalled_ = false;  ///< it waited for what never happens
  double started_ = 0;
};

/// Null where no module has it.
const Operation* find_operation(const std::vector<const Module*>& modules, std::string_view name);

/// The exit status that an error ends a run with.
int exit_status(const Error& error);

}  // namespace runbook
