// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "host/script/lua_api.h"
#include "runbook/value.h"

namespace runbook {

/// What a spec's runner needs of the run. The directory it gives is removed with it.
class SpecNatives {
 public:
  SpecNatives();
  ~SpecNatives();
  SpecNatives(const SpecNatives&) = delete;
  SpecNatives& operator=(const SpecNatives&) = delete;

  const std::string& temp_directory() const { return directory_; }
  std::function<void(const Value& test)> report;

 private:
  std::string directory_;
};

/// Adds the functions to the table `core` on top of the stack.
void add_spec_natives(lua_State* L, SpecNatives& natives);

}  // namespace runbook
