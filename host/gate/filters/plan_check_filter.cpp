// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/plan_check_filter.h"

#include <algorithm>

#include "host/core/text.h"
#include "host/gate/value_diff.h"

namespace runbook {
namespace {

bool same_access(const Access& a, const Access& b) {
  return a.kind == b.kind && a.target == b.target && a.verb == b.verb && a.name == b.name;
}

bool has_open_end(const Value& args) {
  if (args.has("$unknown")) return true;
  for (const Value& item : args.items()) {
    if (has_open_end(item)) return true;
  }
  for (const auto& [key, member] : args.members()) {
    if (has_open_end(member)) return true;
  }
  return false;
}

bool agrees(const PlannedEffect& planned, const PlannedEffect& actual) {
  if (planned.operation != actual.operation || !plan_args_match(planned.args, actual.args)) return false;
  if (has_open_end(planned.args)) return true;  // what it touches and changes was not all known either
  return planned.diff == actual.diff && std::equal(planned.access.begin(), planned.access.end(), actual.access.begin(),
                                                   actual.access.end(), same_access);
}

}  // namespace

PlanCheckFilter::PlanCheckFilter(Plan plan) : plan_(std::move(plan)) {
  for (std::size_t i = plan_.effects().size(); i-- > 0;) steps_[plan_.effects()[i].step].push_back(i);
}

Error PlanCheckFilter::mismatch(const EffectCall& call, const PlannedEffect* planned) const {
  const std::string step = call.step.empty() ? "" : cat(" in step '", call.step, "'");
  const std::string again = "look at the new plan with 'runbook plan', and run that";
  if (!planned) {
    const std::string where = plan_.ended_where().empty() ? "" : cat(" at ", plan_.ended_where());
    const std::string end = plan_.complete() ? "" : cat(" (it ends", where, ": ", plan_.ended_because(), ")");
    return Error("plan.mismatch", cat(call.describe(), ": not in the plan", step, end), again);
  }
  if (planned->operation != call.operation->name) {
    return Error("plan.mismatch", cat(call.describe(), ": the plan has '", planned->description, "' here", step), again);
  }
  auto lines = value_differences(planned->args, plan_args(call.args));
  if (planned->diff != call.diff) lines.emplace_back("the change it makes is another one");
  return Error("plan.mismatch", cat(call.describe(), ": differs from the plan", step, ": ", join(lines, "; ")), again)
      .with("planned_diff", planned->diff)
      .with("diff", call.diff);
}

Cancel PlanCheckFilter::apply(EffectCall& call, Next next, Done done) {
  if (call.operation->effect == Effect::kRead) return next(std::move(done));
  if (approved_.count(call.parent)) {
    approved_.insert(call.id);
    return next(std::move(done));
  }
  auto& queue = steps_[call.step];
  const PlannedEffect* planned = queue.empty() ? nullptr : &plan_.effects()[queue.back()];
  if (call.composite()) {
    if (planned && planned->operation == call.operation->name && agrees(*planned, planned_effect(call))) {
      queue.pop_back();
      approved_.insert(call.id);
    }
    return next(std::move(done));
  }
  if (!planned || !agrees(*planned, planned_effect(call))) {
    done(mismatch(call, planned));
    return {};
  }
  queue.pop_back();
  return next(std::move(done));
}

bool PlanCheckFilter::expects(const EffectCall& call) const {
  if (approved_.count(call.parent)) return true;
  const auto found = steps_.find(call.step);
  return found != steps_.end() && !found->second.empty() && agrees(plan_.effects()[found->second.back()], planned_effect(call));
}

std::vector<PlannedEffect> PlanCheckFilter::left() const {
  std::set<std::size_t> indexes;
  for (const auto& [step, queue] : steps_) indexes.insert(queue.begin(), queue.end());
  std::vector<PlannedEffect> out;
  for (const std::size_t index : indexes) out.push_back(plan_.effects()[index]);
  return out;
}

}  // namespace runbook
