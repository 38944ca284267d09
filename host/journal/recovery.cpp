// SPDX-License-Identifier: Apache-2.0
#include "host/journal/recovery.h"

#include <algorithm>

#include "host/core/text.h"

namespace runbook::journal {

namespace {

bool is_ensure(std::string_view operation) { return operation.ends_with("_ensure"); }

Decision judge(const std::string& name, bool args_lossy, Result<Value> answer) {
  if (!answer) return {Outcome::kUnknown, {}, cat(name, " could not be looked at: ", answer.error().message)};
  const Value& said = *answer;
  if (said["again"].as_bool()) return {Outcome::kNotDone, {}, cat(name, " can be gone on with")};
  const Value& verdict = said.is_object() ? said["done"] : said;
  if (!verdict.is_boolean()) return {Outcome::kUnknown, {}, cat(name, " cannot tell whether it happened")};
  if (verdict.as_bool()) return {Outcome::kDone, said.is_object() ? said["result"] : Value(), cat(name, " is found done")};
  // A comparison with starred arguments fails whatever happened; one that succeeds did not need them.
  if (args_lossy) return {Outcome::kUnknown, {}, cat(name, " had a secret among its arguments, which the journal does not keep")};
  return {Outcome::kNotDone, {}, cat(name, " is found not done")};
}

}  // namespace

Cancel Recovery::decide(const EffectRecord& effect, const Operation* operation, Callback<void(Decision)> done) {
  const auto answer = [&](Decision decision) {
    return gate_.loop().post([done = std::move(done), decision = std::move(decision)]() mutable { done(std::move(decision)); });
  };
  if (!operation) return answer({Outcome::kUnknown, {}, cat("there is no operation '", effect.operation, "' any more")});
  if (is_ensure(operation->name)) return answer({Outcome::kNotDone, {}, cat(operation->name, " can be done again")});
  if (!operation->probe) return answer({Outcome::kUnknown, {}, cat(operation->name, " cannot tell whether it happened")});
  EffectCall call;
  call.operation = &twins_.probe_of(*operation);
  call.args = effect.args;
  call.step = effect.step;
  call.where = effect.where;
  return gate_.run(std::move(call), [name = std::string(operation->name), lossy = effect.args_lossy,
                                     done = std::move(done)](Result<Value> result) mutable {
    done(judge(name, lossy, std::move(result)));
  });
}

std::vector<const EffectRecord*> undecided(const Run& run, std::string_view step) {
  const std::vector<const EffectRecord*> open = run.unfinished(step);
  const auto parent_of = [&](const EffectRecord& effect) -> const EffectRecord* {
    const auto found = std::find_if(open.begin(), open.end(), [&](const EffectRecord* other) { return other->id == effect.parent; });
    return found == open.end() ? nullptr : *found;
  };
  std::vector<const EffectRecord*> out;
  for (const EffectRecord* effect : open) {
    const EffectRecord* around = parent_of(*effect);
    while (around && !is_ensure(around->operation)) around = parent_of(*around);
    if (!around) out.push_back(effect);
  }
  return out;
}

}  // namespace runbook::journal
