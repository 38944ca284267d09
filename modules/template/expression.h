// SPDX-License-Identifier: Apache-2.0
//
// The expressions of templates:
//
//   pipe       = or { "|" filter [ "(" pipe { "," pipe } ")" ] }
//   or         = and { "or" and }          and = not { "and" not }          not = "not" not | comparison
//   comparison = primary [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" ) primary ]
//   primary    = string | number | "true" | "false" | "null" | path | "(" pipe ")"
//   path       = name { "." name | "[" pipe "]" }
//
// As in Lua only null and false count as false, and positions in lists count from 1.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runbook/value.h"

namespace runbook::templates {

/// The variables that an expression sees: the values given, and those of the loops around it, inner ones last.
struct Scope {
  const Value& values;
  std::vector<std::pair<std::string, Value>> locals;

  const Value* find(std::string_view name) const;
  std::vector<std::string> names() const;
};

class Expression {
 public:
  /// Errors (template.syntax) carry no line: whoever reads the template knows it.
  static Result<Expression> parse(std::string_view text);

  /// Errors: template.undefined, template.value.
  Result<Value> evaluate(const Scope& scope) const;
  /// Whether the last thing done to the value is an escape ("json", "raw" ...), so that no other is due.
  bool is_escaped() const;
  const std::string& text() const { return text_; }

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
  std::string text_;
};

bool is_true(const Value& value);

/// The text of a scalar; error template.value for null, lists and maps.
Result<std::string> to_text(const Value& value);

}  // namespace runbook::templates
