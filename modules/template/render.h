// SPDX-License-Identifier: Apache-2.0
//
// Templates: text with {{ expression }}, {% if e %}, {% elif e %}, {% else %}, {% for x in e %}, {% for k, v in e %}, {% end %}
// and {# comments #}. A block tag or a comment alone on its line takes the line with it; "{%-" and "-%}" (also of "{{" and
// "{#") take all white space before and after.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "runbook/value.h"

namespace runbook::templates {

struct RenderOptions {
  std::string escape = "none";  ///< one of escape_modes(): what is done to every {{ value }} that is not escaped yet
  std::string name;             ///< of the template, for messages
  std::size_t max_output = 16U << 20U;
  std::size_t max_steps = 1000000;
};

/// Errors: template.syntax, template.undefined, template.value, template.limit; each begins with "name:line: " or "line N: ".
Result<std::string> render(std::string_view text, const Value& values, const RenderOptions& options = {});

}  // namespace runbook::templates
