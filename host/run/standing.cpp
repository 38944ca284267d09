// SPDX-License-Identifier: Apache-2.0
#include "host/run/standing.h"

#include <algorithm>

#include "host/core/text.h"

namespace runbook {

using journal::EffectRecord;
using journal::State;

namespace {

std::string key_of_reverted(const EffectRecord& revert) {
  Value args = revert.args;
  args.erase("before");
  return effect_key(revert.step, revert.operation, args);
}

}  // namespace

bool is_revert(const EffectRecord& effect) { return effect.effect == "revert"; }

// to_json stars secrets, as the journal did: equal arguments are written alike.
std::string effect_key(std::string_view step, std::string_view operation, const Value& args) {
  return cat(step, "\n", operation, "\n", to_json(args));
}

std::vector<EffectRecord> standing_changes(const std::vector<EffectRecord>& effects, std::string_view step) {
  std::vector<EffectRecord> standing;
  for (const EffectRecord& effect : effects) {
    if (effect.step != step) continue;
    if (!is_revert(effect)) {
      if (!effect.finished() || (effect.state == State::kDone && effect.changed)) standing.push_back(effect);
      continue;
    }
    if (effect.state != State::kDone) continue;
    const std::string key = key_of_reverted(effect);
    const auto reverted = std::find_if(standing.rbegin(), standing.rend(), [&](const EffectRecord& earlier) {
      return effect_key(earlier.step, earlier.operation, earlier.args) == key;
    });
    if (reverted != standing.rend()) standing.erase(std::next(reverted).base());
  }
  return standing;
}

}  // namespace runbook
