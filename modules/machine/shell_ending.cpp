// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_ending.h"

namespace runbook::machine {

namespace {
constexpr double kSeconds = 8;
}

Endings::~Endings() {
  Loop& loop = world_.loop();
  bool late = false;
  Cancel deadline = loop.after(seconds(kSeconds), [&late] { late = true; });
  while (*open_ > 0 && !late && loop.turn()) {
  }
  deadline();
  for (Cancel& script : scripts_) script();
}

void Endings::begin(const Value& target, ShellScript script, std::function<void()> then) {
  ++*open_;
  scripts_.push_back(run_script(world_, target, std::move(script), [open = open_, then = std::move(then)](const Result<ShellEnd>&) {
    --*open;
    if (then) then();
  }));
}

}  // namespace runbook::machine
