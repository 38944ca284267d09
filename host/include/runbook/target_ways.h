// SPDX-License-Identifier: Apache-2.0
//
// What the way to a handle's target touches, whatever is done there: the certificates by which an engine is reached.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/operation.h"

namespace runbook {

/// What reaching `target` touches beside what an operation on it says; all of it is `on_the_way`.
using TargetWay = std::vector<Access> (*)(World& world, const Value& target);

/// The ways of a run's modules: a service of the World. The gate adds them to what an operation says that it touches.
class TargetWays {
 public:
  explicit TargetWays(World&) {}
  void add(const std::string& module, TargetWay way) { ways_[module + "."] = way; }
  /// Of an operation by its name, "docker.version"; null where its module needs none.
  TargetWay find(std::string_view operation) const {
    const auto found = ways_.find(operation.substr(0, operation.find('.') + 1));
    return found == ways_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, TargetWay, std::less<>> ways_;
};

}  // namespace runbook
