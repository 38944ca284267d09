// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/script/lua_api.h"

namespace runbook::script {

/// What the source texts that a machine loads are made to count: see VmOptions::coverage.
class Coverage {
 public:
  virtual ~Coverage() = default;
  /// The text with calls of the counting functions in it, its lines where they were; the text itself where it is not
  /// looked at.
  virtual std::string instrument(const std::string& path, std::string_view source) = 0;
  /// A counter of a text that was loaded.
  void count(std::size_t id) {
    if (id < counters_.size()) ++counters_[id];
  }

 protected:
  std::vector<std::uint64_t> counters_;
};

/// Names of the counting functions: `statement(id)`, and `branch(id, condition)`, which gives the condition back and
/// counts under `id` where it holds and under the next one where not.
inline constexpr char kCountStatement[] = "__runbook_statement", kCountBranch[] = "__runbook_branch";

/// Makes them globals.
void add_counting(lua_State* L, Coverage& coverage);

}  // namespace runbook::script
