// SPDX-License-Identifier: Apache-2.0
//
// Which filters stand between a run and the world, outermost first.
#include <set>

#include "host/core/text.h"
#include "host/gate/filters/confirm_filter.h"
#include "host/gate/filters/deadline_filter.h"
#include "host/gate/filters/dry_run_filter.h"
#include "host/gate/filters/event_filter.h"
#include "host/gate/filters/journal_filter.h"
#include "host/gate/filters/plan_check_filter.h"
#include "host/gate/filters/redaction_filter.h"
#include "host/gate/filters/settled_filter.h"
#include "host/journal/hash.h"
#include "host/run/run.h"
#include "host/run/standing.h"

namespace runbook {

Status Run::add_filters() {
  RunFacts facts{redactor_, source_.path, journal::sha256(source_.text), params_, {}, started_};
  for (const auto& [name, secret] : natives_.secrets) facts.secrets.push_back(name);
  if (setting_.outermost) {
    auto first = setting_.outermost(facts);
    if (!first) return std::move(first).error();
    gate_.add(std::move(*first));
  }
  const auto add_innermost = [&] {
    for (const auto& filter : setting_.filters) gate_.add(filter);
    if (setting_.innermost) gate_.add(setting_.innermost(facts));
  };
  EventFilter::Options events;
  events.run = journal_ ? journal_->run().id : "";
  events.dry_run = dry_run();
  gate_.add(std::make_shared<EventFilter>([this](Value event) { events_.emit(std::move(event)); }, std::move(events)));
  const bool propose = options_.propose && options_.mode == Mode::kDryRun;
  asked_ = std::make_shared<PermissionFilter>(permissions_, propose ? PermissionFilter::Mode::kPropose : PermissionFilter::Mode::kEnforce);
  gate_.add(asked_);
  gate_.add(std::make_shared<RedactionFilter>(redactor_));
  if (previous_) {
    resume_ = std::make_shared<ResumeFilter>(gate_, *previous_, *steps_, options_.mode);
    gate_.add(resume_);
  }
  std::shared_ptr<PlanCheckFilter> plan_check;
  if (!dry_run() && !options_.plan.is_null()) {
    auto plan = Plan::from_value(options_.plan);
    if (!plan) return std::move(plan).error();
    plan_check = std::make_shared<PlanCheckFilter>(std::move(*plan));
    gate_.add(std::make_shared<SettledFilter>(gate_, [plan_check](const EffectCall& call) { return plan_check->expects(call); }));
  } else if (dry_run()) {
    gate_.add(std::make_shared<SettledFilter>(gate_));
  }
  auto radius = blast_radius();
  if (!radius) return std::move(radius).error();
  radius_ = std::make_shared<BlastRadiusFilter>(*radius);
  gate_.add(radius_);
  if (dry_run()) {
    gate_.add(std::make_shared<DeadlineFilter>(loop_));
    gate_.add(std::make_shared<DryRunFilter>(plan_));
    add_innermost();
    return Unit{};
  }
  ConfirmFilter::Ask ask;
  if (options_.ask) {
    ask = [this](std::string question, Callback<void(bool)> answer) {
      return this->ask(cat(question, " [y/N]"), [answer = std::move(answer)](const std::optional<std::string>& text) mutable {
        answer(text && (*text == "y" || *text == "yes" || *text == "Y"));
      });
    };
  }
  confirm_ = std::make_shared<ConfirmFilter>(std::move(ask), options_.yes || options_.spec);
  gate_.add(confirm_);
  // Inside the question: the time that a person takes is not the effect's.
  gate_.add(std::make_shared<DeadlineFilter>(loop_));
  if (plan_check) gate_.add(plan_check);
  if (journal_) {
    gate_.add(std::make_shared<JournalFilter>(gate_, *journal_, [this](const journal::EffectRecord& effect) { made_.push_back(effect); }));
  }
  add_innermost();
  return Unit{};
}

Result<BlastRadius> Run::blast_radius() const {
  auto limits = this->limits();
  if (!limits) return std::move(limits).error();
  BlastRadius radius;
  if (limits->changes > 0) radius.max_changes = limits->changes;
  if (limits->destroys > 0) radius.max_destroys = limits->destroys;
  if (!previous_) return radius;
  // A resumed run is the same run: it does not get its whole allowance again.
  std::set<std::string> steps;
  for (const journal::EffectRecord& effect : previous_->effects) steps.insert(effect.step);
  for (const std::string& path : steps) {
    const journal::StepRecord* step = previous_->step(path);
    if (step && step->state == journal::State::kUndone) continue;
    for (const journal::EffectRecord& effect : standing_changes(previous_->effects, path)) {
      const Operation* operation = find_operation(modules_, effect.operation);
      if (!effect.finished() || (operation && !operation->perform)) continue;
      ++radius.changes;
      if (effect.effect == "destroy") ++radius.destroys;
    }
  }
  return radius;
}

// A person takes their time: the question is put on another thread.
Cancel Run::ask(std::string question, Callback<void(std::optional<std::string>)> answer) {
  using Answer = std::optional<std::string>;
  return loop_.blocking<Answer>(
      [put = options_.ask, question = std::move(question)]() -> Result<Answer> { return put(question, ""); },
      [answer = std::move(answer)](Result<Answer> given) mutable { answer(std::move(*given)); });
}

}  // namespace runbook
