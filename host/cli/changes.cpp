// SPDX-License-Identifier: Apache-2.0
#include "host/cli/changes.h"

namespace runbook::cli {

void Changes::start(const Value& event) { open_[event["id"].as_int()].parent = event["parent"].as_int(); }

bool Changes::end(const Value& event) {
  Open effect;
  effect.parent = event["parent"].as_int();
  if (const auto found = open_.find(event["id"].as_int()); found != open_.end()) {
    effect.shown_inside = found->second.shown_inside;
    open_.erase(found);
  }
  const bool changed = event["changed"].as_bool() || event["state"].as_string() == "planned";
  const bool show = changed && event["effect"].as_string() != "read" && !effect.shown_inside;
  if (show || effect.shown_inside) {
    if (const auto parent = open_.find(effect.parent); parent != open_.end()) parent->second.shown_inside = true;
  }
  return show;
}

}  // namespace runbook::cli
