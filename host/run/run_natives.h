// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "host/script/lua_api.h"
#include "runbook/operation.h"

namespace runbook {

/// What the standard library needs of the run besides steps.
struct RunNatives {
  std::map<std::string, Value> secrets;  ///< the declared ones, once they are known
  std::function<Cancel(std::string question, Done done)> ask;
  std::function<void(Value)> emit;
  bool dry_run = false;
  /// What the command line says of hosts: {inventory?, hosts, forks?, hosts_before = those that a run had
  /// which is resumed with others, telling = an earlier run is told again, to undo it}.
  Value fleet;
  bool hosts_chosen = false;  ///< the script asked an inventory for hosts, of which --limit left some
};

/// Adds the functions to the table `core` on top of the stack.
void add_run_natives(lua_State* L, RunNatives& natives);

}  // namespace runbook
