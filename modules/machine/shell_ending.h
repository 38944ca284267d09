// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "modules/machine/shell_run.h"

namespace runbook::machine {

/// Scripts that tidy up at places when nobody waits for them any more; the run waits a few seconds for them before it is
/// over. A service of the World, to be made after those that lead to the places: it is destroyed before them.
class Endings {
 public:
  explicit Endings(World& world) : world_(world) {}
  ~Endings();
  Endings(const Endings&) = delete;
  Endings& operator=(const Endings&) = delete;

  void begin(const Value& target, ShellScript script, std::function<void()> then = {});

 private:
  World& world_;
  std::shared_ptr<int> open_ = std::make_shared<int>(0);
  std::vector<Cancel> scripts_;
};

}  // namespace runbook::machine
