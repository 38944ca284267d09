// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/run/lua_lexer.h"

namespace runbook::lua {

enum class NodeKind {
  // Expressions.
  kNil, kTrue, kFalse, kNumber, kString, kVararg,
  kName,      ///< text
  kIndex,     ///< object, key; `text` where the key is a name
  kCall,      ///< function, arguments...
  kMethod,    ///< object, arguments...; text: the method
  kFunction,  ///< block; names: the parameters
  kTable,     ///< kItem, kNamed and kKeyed children
  kItem, kNamed, kKeyed,
  kBinary, kUnary, kParen,
  // Statements.
  kBlock, kLocal,    ///< names, then the values as children
  kLocalFunction,    ///< names[0]; the function
  kAssign,           ///< `count` targets, then the values
  kExpression,       ///< a call as a statement
  kDo, kWhile,       ///< condition, block
  kRepeat,           ///< block, condition
  kIf,               ///< condition, block, ... [block]
  kNumericFor,       ///< names[0]; from, to, [step], block
  kGenericFor,       ///< names; values..., block
  kReturn, kBreak, kGoto, kLabel,
};

struct Node {
  NodeKind kind = NodeKind::kNil;
  int line = 1, column = 1;
  std::string text;
  std::vector<std::string> names;
  std::vector<Node*> children;
  std::size_t count = 0;
  int depth = 1;
};

/// A parsed file; it owns the nodes.
struct Tree {
  std::deque<Node> nodes;
  Node* root = nullptr;  ///< null where there is an error
  std::optional<SyntaxError> error;
};

/// Parses Lua 5.4. Nesting over 200 and chains over 2000 are errors, so that a walk down the tree is bounded.
Tree parse(std::string_view source);

}  // namespace runbook::lua
