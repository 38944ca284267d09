// SPDX-License-Identifier: Apache-2.0
#include "host/run/run.h"

#include <algorithm>

#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/journal/run_id.h"
#include "host/run/fleet_options.h"
#include "host/script/errors.h"
#include "host/script/values.h"

namespace runbook {

using journal::State;

Run::Run(Loop& loop, const RunOptions& options, const std::vector<const Module*>& modules, RunSetting setting)
    : loop_(loop), options_(options), setting_(std::move(setting)), modules_(modules), events_(options.on_event), gate_(loop) {
  gate_.set_world(setting_.world);
  gate_.furnish([this](World& world) {
    for (const Module* module : modules_) {
      if (module->shell) world.service<ShellRoutes>().add(*module->shell);
      if (module->way) world.service<TargetWays>().add(module->name, module->way);
    }
  });
  events_.set_redactor([this](Value event) { return redactor_->empty() ? std::move(event) : redactor_->redact_value(event); });
  events_.set_recorder([this](const Value& event) { record(event); });
  natives_.dry_run = dry_run();
  natives_.fleet = fleet_options(options_);
  natives_.emit = [this](Value event) { events_.emit(std::move(event)); };
  natives_.ask = [this](std::string question, Done done) -> Cancel {
    if (!options_.ask) {
      done(Error("manual.unattended", "nobody is there to ask", "run it on a terminal"));
      return {};
    }
    return ask(std::move(question), [done = std::move(done)](const std::optional<std::string>& text) mutable {
      done(text ? Value(*text) : Value());
    });
  };
  step_host_.redact = [this](std::string text) { return redactor_->redact(std::move(text)); };
  step_host_.revert = [this](const std::string& path, Done done) { return revert_step(path, std::move(done)); };
  step_host_.revert_newer = [this](const std::optional<std::string>& path, Done done) { return revert_newer(path, std::move(done)); };
}

Run::~Run() {
  // Tasks hold operations of the gate's services: they go first.
  task_.reset();
  vm_.reset();
  gate_.close();
}

RunReport Run::execute() {
  started_ = journal::wall_clock();
  if (auto ready = open_previous(); !ready) return refuse(std::move(ready).error());
  if (auto ready = read_source(); !ready) return refuse(std::move(ready).error());
  if (auto ready = make_vm(); !ready) return refuse(std::move(ready).error());
  plain_ = options_.spec || !declares_runbook(source_.text);
  if (!plain_) {
    if (auto ready = load(); !ready) return refuse(std::move(ready).error());
  }
  loaded_ = true;
  declared_.too_late = plain_ && !options_.spec;
  for (const auto& prepare : {&Run::read_parameters, &Run::read_permissions, &Run::resolve_secrets, &Run::take_locks, &Run::open_journal}) {
    if (auto ready = (this->*prepare)(); !ready) return refuse(std::move(ready).error());
  }
  return run_main();
}

RunReport Run::refuse(Error error) {
  RunReport report;
  report.state = "refused";
  report.exit = exit_status(error);
  if (report.exit == exit_code::kFailed) report.exit = exit_code::kUsage;
  report.error = std::move(error);
  return finish(std::move(report));
}

RunReport Run::run_main() {
  Steps::Setup setup;
  setup.mode = options_.mode;
  setup.journal = journal_.get();
  setup.previous = previous_ ? &*previous_ : nullptr;
  setup.redo.insert(options_.redo.begin(), options_.redo.end());
  setup.accept.insert(options_.accept.begin(), options_.accept.end());
  steps_ = std::make_unique<Steps>(events_, std::move(setup));
  step_host_.steps = steps_.get();
  if (auto known = check_step_flags(); !known) return refuse(std::move(known).error());
  if (auto added = add_filters(); !added) return refuse(std::move(added).error());
  if (cancelled_) return refuse(Error("cancelled", "cancelled before it began"));
  if (options_.spec) return run_spec();
  Value start = Value::object({{"event", "run.start"}, {"file", source_.name}, {"mode", to_string(dry_run() ? Mode::kDryRun : options_.mode)}, {"plain", plain_}});
  if (!declaration_.summary.empty()) start.set("summary", declaration_.summary);
  if (params_.is_object()) start.set("params", params_);
  events_.emit(std::move(start));
  Status parsed = Unit{};
  auto task = vm_->start([&](lua_State* L) {
    if (plain_) {
      parsed = vm_->load(L, source_.text, source_.name);
      if (!parsed) lua_pushcfunction(L, [](lua_State*) { return 0; });
      return 0;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, declared_.run_ref);
    script::push_value(L, params_.is_object() ? params_ : Value(Value::Object{}));
    return 1;
  });
  if (!parsed) return refuse(std::move(parsed).error());
  if (!task) return refuse(std::move(task).error());
  task_ = *task;
  if (!vm_->run_until_finished(*task_)) {
    if (*setting_.killed) return killed();
    stalled_ = true;
    vm_->scheduler().cancel(*task_);
    vm_->run_until_finished(*task_);
  }
  return conclude(*task_);
}

// As if the process had died: no event, no record, no way back.
RunReport Run::killed() const {
  RunReport report;
  report.id = journal_ ? journal_->run().id : "";
  report.state = "killed";
  report.exit = exit_code::kInternal;
  return report;
}

std::vector<Access> Run::touched() const { return asked_ ? asked_->touched() : std::vector<Access>{}; }

RunReport Run::conclude(script::Task& task) {
  RunReport report;
  std::optional<Error> error = task.error;
  if (stalled_) error = Error("test.stalled", "the run waits for something that never happens", "no timer is set and no simulator is at work");
  if (!error && plain_ && declared_.table) {
    error = Error("declaration.invalid", "the file came to declare a runbook only while it ran", "write: return rb.runbook { ... }");
  }
  if (options_.mode == Mode::kUndo) return conclude_undo(std::move(error));
  // Whoever gave --limit must not believe that it held.
  if (!error && natives_.fleet.has("hosts") && !natives_.hosts_chosen) {
    error = Error("hosts.unused", "--limit names hosts, but the runbook asked no inventory for any: it did what it does without", "inventory.load():list() heeds it");
  }
  if (error && error->code == "plan.unknown") {
    end_plan(*error);
    error.reset();
  }
  if (!error) {
    report.state = dry_run() ? "planned" : "done";
    return finish(std::move(report));
  }
  report.state = cancelled_ ? "cancelled" : "failed";
  report.exit = cancelled_ ? exit_code::kInterrupted : exit_status(*error);
  // "Nothing was started" can no longer be said.
  const auto made = [](const journal::EffectRecord& effect) { return effect.changed || effect.state != State::kDone; };
  if (report.exit == exit_code::kUsage && std::any_of(made_.begin(), made_.end(), made)) report.exit = exit_code::kFailed;
  report.error = std::move(error);
  const std::string policy = options_.on_failure.value_or(declaration_.on_failure);
  if (policy == "undo" && !dry_run() && (steps_->any() || !made_.empty())) {
    if (auto failure = run_undo()) {
      report.error->context["undo"] = failure->message;
    } else {
      report.error->context["undo"] = not_put_back_.empty() ? "undone" : cat("undone, but for ", join(not_put_back_, ", "));
    }
  }
  return finish(std::move(report));
}

void Run::end_plan(const Error& error) {
  plan_->end(error.where, error.message);
  events_.emit(Value::object({{"event", "plan.end"}, {"where", error.where}, {"because", error.message}}));
}

// A misspelt step would otherwise be neither done again nor taken as done, without a word.
Status Run::check_step_flags() const {
  for (const auto* paths : {&options_.redo, &options_.accept}) {
    for (const std::string& path : *paths) {
      if (previous_ && previous_->step(path)) continue;
      std::vector<std::string> known;
      if (previous_) {
        for (const journal::StepRecord& step : previous_->steps) known.push_back(step.path);
      }
      const std::string near = did_you_mean(path, known);
      return Error("usage.step", cat(paths == &options_.redo ? "--redo" : "--accept", " '", path, "': the run has no such step",
                                     near.empty() ? "" : cat(", did you mean '", near, "'?")));
    }
  }
  return Unit{};
}

RunReport Run::finish(RunReport report) {
  const bool kept = options_.replay.empty() && steps_ && (steps_->any() || previous_ || !made_.empty());  // a replay's goes with it
  if (report.exit == 0 && vm_ && vm_->sandbox().verdict() != script::Verdict::kNone) {
    report.exit = script::exit_status(vm_->sandbox().verdict());
  }
  if (journal_) {
    const State state = report.state == "done"        ? State::kDone
                        : report.state == "undone"    ? State::kUndone
                        : report.state == "cancelled" ? State::kCancelled
                                                      : State::kFailed;
    Status written = Unit{};
    wait_for([&](Callback<void(Status)> done) { return journal_->run_end(state, report.exit, report.error, std::move(done)); }, written);
    if (!written && report.exit == 0) {
      report.state = "failed";
      report.exit = exit_code::kFailed;
      report.error = std::move(written).error();
    }
    report.id = journal_->run().id;
  }
  const Tally& tally = events_.tally();
  report.changed = tally.changed;
  report.unchanged = tally.unchanged;
  report.planned = tally.planned;
  if (dry_run()) report.plan = plan_->to_value();
  if (options_.propose && !options_.spec) report.permissions = proposal();
  Value end = Value::object({{"event", "run.end"},
                             {"state", report.state},
                             {"exit", report.exit},
                             {"changed", report.changed},
                             {"unchanged", report.unchanged},
                             {"planned", report.planned},
                             {"failed", tally.failed},
                             {"plain", plain_},
                             {"seconds", journal::wall_clock() - started_}});
  if (report.error) {
    end.set("error", error_to_value(*report.error));
    if (steps_ && !steps_->failed_title().empty()) end.set("step", steps_->failed_title());
    if (kept && journal_ && !plain_ && report.state != "refused") {
      end.set("resume", cat("runbook resume ", report.id));
      if (report.error->context.count("undo") == 0) end.set("undo", cat("runbook undo ", report.id));
    }
  }
  events_.emit(std::move(end));
  return report;
}

void Run::cancel() {
  if (spec_ && spec_->running) spec_->running->cancel();
  if (task_ && task_->finished) return;
  cancelled_ = true;
  if (task_) vm_->scheduler().cancel(*task_);
}

}  // namespace runbook
