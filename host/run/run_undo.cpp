// SPDX-License-Identifier: Apache-2.0
//
// The end of `runbook undo`, and of a run that puts back what it did when it fails.
#include "host/core/text.h"
#include "host/run/run.h"
#include "host/run/standing.h"
#include "host/script/errors.h"
#include "host/script/values.h"

namespace runbook {

using journal::State;

// The earlier run has been told again. It may have ended in an error of its own, which comes again here and is no reason
// not to undo what came before it; what could not be reached is named.
RunReport Run::conclude_undo(std::optional<Error> error) {
  RunReport report;
  const bool broken = cancelled_ || vm_->sandbox().verdict() != script::Verdict::kNone;
  if (!broken) {
    std::optional<Error> replay;
    if (error && error->code != "undo.stop") replay = std::move(error);
    error = run_undo();
    if (error && dry_run() && error->code == "plan.unknown") {
      end_plan(*error);
      error.reset();
    } else if (!error) {
      error = not_undone(std::move(replay));
    }
  }
  report.state = cancelled_ ? "cancelled" : error ? "failed" : dry_run() ? "planned" : "undone";
  report.exit = cancelled_ ? exit_code::kInterrupted : broken && error ? exit_status(*error) : error ? exit_code::kFailed : exit_code::kOk;
  report.error = std::move(error);
  return finish(std::move(report));
}

std::optional<Error> Run::not_undone(std::optional<Error> replay) const {
  std::vector<std::string> left;
  for (const journal::StepRecord& step : previous_->steps) {
    const bool wants = step.undo && (step.state == State::kDone || step.state == State::kStarted || step.state == State::kFailed);
    if (wants && !steps_->undone(step.path)) left.push_back(cat("'", step.path, "'"));
  }
  const std::string changes = not_put_back_.empty() ? "" : cat("these changes could not be put back: ", join(not_put_back_, ", "));
  if (left.empty() && changes.empty()) return std::nullopt;
  if (left.empty()) return Error("undo.incomplete", changes, "put them back by hand");
  Error error("undo.incomplete",
              cat("not undone, because the run did not come to them this time: ", join(left, ", "), changes.empty() ? "" : "; ", changes),
              "the file or the world has changed since then; undo them by hand");
  return replay ? std::move(error).because(std::move(*replay)) : error;
}

std::optional<Error> Run::run_undo() {
  outside_ = standing_changes(all_effects(), "");
  cancelled_ = false;
  if (resume_) resume_->stand_aside();
  if (confirm_) confirm_->set_yes(true);
  if (radius_) radius_->stand_aside();
  auto task = vm_->start([&](lua_State* L) {
    push_undo(L, step_host_);
    script::push_value(L, params_.is_object() ? params_ : Value(Value::Object{}));
    return 1;
  });
  if (!task) return std::move(task).error();
  task_ = *task;
  vm_->run_until_finished(*task_);
  return task_->error;
}

}  // namespace runbook
