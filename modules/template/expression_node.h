// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "modules/template/expression.h"

namespace runbook::templates {

struct Expression::Node {
  enum class Kind { kLiteral, kName, kMember, kIndex, kNot, kAnd, kOr, kCompare, kFilter };
  Kind kind = Kind::kLiteral;
  std::string name;  ///< of a variable, a member, a comparison or a filter
  Value literal;
  std::vector<std::shared_ptr<const Node>> children;
};

}  // namespace runbook::templates
