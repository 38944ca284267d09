// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/dry_run_filter.h"

#include <string_view>

#include "host/core/text.h"

namespace runbook {
namespace {

bool is_path(const Access& access) { return access.kind == "read" || access.kind == "write"; }

// "container" of "container.create"; empty for a verb on the target itself ("exec").
std::string_view noun(std::string_view verb) {
  const auto dot = verb.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : verb.substr(0, dot);
}

// Whether the path, or a directory that it lies in, is one of these. An empty one may turn out to be any.
bool is_in(std::string_view path, const std::set<std::string, std::less<>>& paths) {
  if (paths.count("/") > 0 || paths.count("") > 0 || paths.count(path) > 0) return true;
  for (auto slash = path.rfind('/'); slash != std::string_view::npos && slash > 0; slash = path.rfind('/', slash - 1)) {
    if (paths.count(path.substr(0, slash)) > 0) return true;
  }
  return false;
}

// Whether one of these lies below the directory, or is it.
bool has_below(std::string_view directory, const std::set<std::string, std::less<>>& paths) {
  if (directory == "/" || directory.empty() || paths.count(directory) > 0) return !paths.empty();
  const std::string inside = cat(directory, "/");
  const auto next = paths.lower_bound(inside);
  return next != paths.end() && next->starts_with(inside);
}

bool lists_things(std::string_view operation) { return operation.ends_with("list") || operation.ends_with("find"); }

Value unknown_result(const EffectCall& call) {
  const std::string place = call.where.empty() ? "" : cat(" (", call.where, ")");
  return Value::Unknown{
      cat("the result of ", call.operation->name, call.withheld ? ", which is not permitted" : "", place)};
}

}  // namespace

// Whether a read may show what a change would have left. One that lists looks at all there is, so an object that
// appeared or went counts too.
bool DryRunFilter::is_touched(const EffectCall& call) const {
  const bool lists = lists_things(call.operation->name);
  for (const Access& access : call.access()) {
    if (access.on_the_way) continue;
    if (is_path(access)) {
      if (is_in(access.target, written_) || (lists && has_below(access.target, written_))) return true;
      continue;
    }
    const auto names = changed_.find(Objects(access.kind, access.target, access.verb.empty(), noun(access.verb)));
    if (names == changed_.end()) continue;
    if (access.name.empty() || names->second.count("") > 0 || names->second.count(access.name) > 0) return true;
  }
  return false;
}

void DryRunFilter::hold_back(const EffectCall& call) {
  plan_->add(planned_effect(call));
  for (const Access& access : call.access()) {
    if (access.on_the_way) continue;
    if (access.kind == "write")
      written_.insert(access.target);
    else if (!is_path(access))
      changed_[Objects(access.kind, access.target, access.verb.empty(), noun(access.verb))].insert(access.name);
  }
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
