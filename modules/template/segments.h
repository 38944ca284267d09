// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runbook/result.h"

namespace runbook::templates {

/// A piece of a template: text as it is, or what stands in {{ }} or {% %}.
struct Segment {
  enum class Kind { kText, kOutput, kBlock } kind = Kind::kText;
  std::string text;
  int line = 1;  ///< where it begins
};

/// Comments are gone, and the white space that tags take with them. Error template.syntax, with `line` in its context.
Result<std::vector<Segment>> split_segments(std::string_view text);

}  // namespace runbook::templates
