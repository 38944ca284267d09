// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/dry_run_filter.h"

#include <algorithm>
#include <string_view>

#include "host/core/text.h"

namespace runbook {
namespace {

bool is_path(const Access& access) { return access.kind == "read" || access.kind == "write"; }

bool is_below(std::string_view path, std::string_view directory) {
  if (path == directory || directory == "/") return true;
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

// "container" of "container.create"; empty for a verb on the target itself ("exec").
std::string_view noun(std::string_view verb) {
  const auto dot = verb.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : verb.substr(0, dot);
}

// Whether reading `read` may show what the change of `changed` would have left. `lists`: the read looks at all
// there is, so an object that appeared or went counts too.
bool shows(const Access& read, const Access& changed, bool lists) {
  if (read.on_the_way || changed.on_the_way) return false;
  if (is_path(read) && is_path(changed)) {
    if (changed.kind != "write") return false;
    return is_below(read.target, changed.target) || (lists && is_below(changed.target, read.target));
  }
  if (read.kind != changed.kind || read.target != changed.target) return false;
  if (read.verb.empty() != changed.verb.empty() || noun(read.verb) != noun(changed.verb)) return false;
  return read.name.empty() || changed.name.empty() || read.name == changed.name;
}

bool lists_things(std::string_view operation) { return operation.ends_with("list") || operation.ends_with("find"); }

Value unknown_result(const EffectCall& call) {
  const std::string place = call.where.empty() ? "" : cat(" (", call.where, ")");
  return Value::Unknown{cat("the result of ", call.operation->name, call.withheld ? ", which is not permitted" : "", place)};
}

}  // namespace

bool DryRunFilter::is_touched(const EffectCall& call) const {
  const bool lists = lists_things(call.operation->name);
  for (const Access& access : call.access()) {
    const auto hit = [&](const Access& changed) { return shows(access, changed, lists); };
    if (std::any_of(changed_.begin(), changed_.end(), hit)) return true;
  }
  return false;
}

void DryRunFilter::hold_back(const EffectCall& call) {
  plan_->add(planned_effect(call));
  const auto& touched = call.access();
  changed_.insert(changed_.end(), touched.begin(), touched.end());
}

Cancel DryRunFilter::apply(EffectCall& call, Next next, Done done) {
  const bool guessing = call.args.has_unknown();
  // The body of a composite that is withheld would read what the composite may not touch.
  if (call.composite() && !guessing && !call.withheld) return next(std::move(done));
  if (call.operation->effect == Effect::kRead) {
    if (!guessing && !call.withheld && !is_touched(call)) return next(std::move(done));
    done(unknown_result(call));
    return {};
  }
  hold_back(call);
  // The body of a composite, which would count its changes, is not run.
  if (call.composite() && !call.changes) call.changes = std::make_shared<int>(0);
  if (call.composite()) ++*call.changes;
  Value predicted;
  if (!guessing && call.operation->predict) predicted = call.operation->predict(call.args);
  done(predicted.is_null() ? unknown_result(call) : std::move(predicted));
  return {};
}

}  // namespace runbook
