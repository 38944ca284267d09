// SPDX-License-Identifier: Apache-2.0
#include "host/gate/filters/permission_filter.h"

#include <algorithm>

#include "host/core/text.h"
#include "host/gate/permission_text.h"

namespace runbook {

void PermissionFilter::remember(const Access& access) {
  if (known_.emplace(access.kind, access.target, access.verb, access.name).second) touched_.push_back(access);
}

namespace {

void add_missing(std::vector<Access>& all, const Access& access) {
  const auto same = [&](const Access& one) {
    return one.kind == access.kind && one.target == access.target && one.verb == access.verb && one.name == access.name;
  };
  if (std::none_of(all.begin(), all.end(), same)) all.push_back(access);
}

}  // namespace

Cancel PermissionFilter::apply(EffectCall& call, Next next, Done done) {
  const std::vector<Access> accesses = call.access();
  if (accesses.empty()) {
    done(Error("permission.undeclared", cat(call.operation->name, ": the operation does not say what it touches")));
    return {};
  }
  const auto rehearsed = [&](const std::vector<Access>& missing) -> Cancel {
    call.rehearsal->permissions = permissions_;
    for (const Access& access : missing) add_missing(call.rehearsal->missing, access);
    done(Value(Value::Unknown{cat("the result of ", call.operation->name, ", which was only rehearsed")}));
    return {};
  };
  if (mode_ == Mode::kLifted) return call.rehearsal ? rehearsed({}) : next(std::move(done));
  // A call with unknown arguments is never performed; it may still turn out to be one that is permitted.
  const bool outline = call.args.has_unknown();
  std::vector<Access> missing;
  for (const Access& access : accesses) {
    if (access.kind == "none" || access.implied) continue;
    const bool part = is_part_of(access, call.covered);
    if (!part && !(outline && access.target.empty())) remember(access);
    const bool unnamed = outline && access.target.empty();  // what it touches is itself not known yet
    const bool granted = unnamed || (outline ? permissions_->may_cover(access) : permissions_->covers(access));
    if (!granted && !(part && permissions_->denied_by(access).empty())) missing.push_back(access);
  }
  // What a file says is not to be had from the refusal to read it.
  const auto found = [](const Access& access) { return access.found; };
  if (!std::all_of(missing.begin(), missing.end(), found)) missing.erase(std::remove_if(missing.begin(), missing.end(), found), missing.end());
  const bool denied = std::any_of(missing.begin(), missing.end(), [&](const Access& access) { return !permissions_->denied_by(access).empty(); });
  if (call.rehearsal) return rehearsed(mode_ == Mode::kPropose && !denied ? std::vector<Access>() : missing);
  if (!missing.empty() && mode_ == Mode::kPropose && !denied) {
    call.withheld = true;
    if (call.operation->effect == Effect::kRead) ++withheld_reads_;
  } else if (!missing.empty()) {
    done(permission_denied(call.operation->name, *permissions_, missing));
    return {};
  }
  return next(std::move(done));
}

}  // namespace runbook
