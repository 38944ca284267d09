// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "runbook/value.h"

namespace runbook::cli {

/// Picks from the effects of a run those that tell what changed: the innermost changes, which say best what was done,
/// and a composite only where nothing inside it did.
class Changes {
 public:
  void start(const Value& event);
  /// Whether the effect that ended is one to show.
  bool end(const Value& event);

 private:
  struct Open {
    std::int64_t parent = 0;
    bool shown_inside = false;
  };
  std::map<std::int64_t, Open> open_;
};

}  // namespace runbook::cli
