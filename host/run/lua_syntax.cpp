// SPDX-License-Identifier: Apache-2.0
#include "host/run/lua_syntax.h"

#include <algorithm>

#include "host/core/text.h"

namespace runbook::lua {
namespace {

constexpr int kMostNesting = 200;
constexpr int kMostDepth = 2000;
constexpr int kUnaryPriority = 12;

struct Priority {
  std::string_view symbol;
  int left, right;
};
constexpr Priority kPriorities[] = {{"or", 1, 1},  {"and", 2, 2}, {"<", 3, 3},    {">", 3, 3},    {"<=", 3, 3},  {">=", 3, 3},  {"~=", 3, 3},
                                    {"==", 3, 3},  {"|", 4, 4},   {"~", 5, 5},    {"&", 6, 6},    {"<<", 7, 7},  {">>", 7, 7},  {"..", 9, 8},
                                    {"+", 10, 10}, {"-", 10, 10}, {"*", 11, 11},  {"/", 11, 11},  {"//", 11, 11}, {"%", 11, 11}, {"^", 14, 13}};

class Parser {
 public:
  explicit Parser(std::string_view source) : lexer_(source) {
    token_ = lexer_.next();
    ahead_ = lexer_.next();
  }

  Tree run() {
    Node* root = block();
    if (!error_ && token_.kind != TokenKind::kEnd) fail_here("'<eof>' expected");
    if (lexer_.failed()) error_ = lexer_.error();
    if (error_) tree_.error = error_;
    else tree_.root = root;
    return std::move(tree_);
  }

 private:
  // Counts how deep the parser calls itself.
  struct Level {
    explicit Level(Parser& p) : parser(p) {
      if (++parser.nesting_ > kMostNesting) parser.fail_here("nested too deeply");
    }
    ~Level() { --parser.nesting_; }
    Parser& parser;
  };

  void fail(std::string message, int line, int column) {
    if (!error_) error_ = SyntaxError{std::move(message), line, column};
    token_ = {};  // the end: every loop stops
    ahead_ = {};
  }
  void fail_here(std::string_view message) {
    const std::string near = token_.kind == TokenKind::kEnd ? "<eof>" : cat("'", printable(token_.text.substr(0, 40)), "'");
    fail(cat(message, " near ", near), token_.line, token_.column);
  }

  void advance() {
    token_ = std::move(ahead_);
    ahead_ = lexer_.next();
  }
  bool accept(std::string_view symbol) {
    if (!token_.is(symbol)) return false;
    advance();
    return true;
  }
  void expect(std::string_view symbol) {
    if (!accept(symbol)) fail_here(cat("'", symbol, "' expected"));
  }
  void expect_close(std::string_view closing, std::string_view opening, int line) {
    if (accept(closing)) return;
    fail_here(line == token_.line ? cat("'", closing, "' expected") : cat("'", closing, "' expected (to close '", opening, "' at line ", line, ")"));
  }
  std::string expect_name() {
    if (!token_.is_name()) {
      fail_here("<name> expected");
      return {};
    }
    std::string name = token_.text;
    advance();
    return name;
  }

  Node* make(NodeKind kind) { return make(kind, token_.line, token_.column); }
  Node* make(NodeKind kind, int line, int column) {
    Node& node = tree_.nodes.emplace_back();
    node.kind = kind;
    node.line = line;
    node.column = column;
    return &node;
  }
  void add(Node* parent, Node* child) {
    parent->children.push_back(child);
    parent->depth = std::max(parent->depth, child->depth + 1);
    if (parent->depth > kMostDepth) fail("chained too long", parent->line, parent->column);
  }

  bool block_ends() const {
    return token_.kind == TokenKind::kEnd || token_.is("end") || token_.is("else") || token_.is("elseif") || token_.is("until");
  }

  Node* block() {
    Node* node = make(NodeKind::kBlock);
    const Level level(*this);
    while (!block_ends()) {
      const bool last = token_.is("return");
      if (Node* child = statement()) add(node, child);
      if (last) break;
    }
    return node;
  }

  Node* statement() {
    if (accept(";")) return nullptr;
    if (token_.is("if")) return if_statement();
    if (token_.is("while")) return while_statement();
    if (token_.is("for")) return for_statement();
    if (token_.is("repeat")) return repeat_statement();
    if (token_.is("function")) return function_statement();
    if (token_.is("local")) return local_statement();
    if (token_.is("return")) return return_statement();
    if (token_.is("do")) {
      Node* node = make(NodeKind::kDo);
      const int line = token_.line;
      advance();
      add(node, block());
      expect_close("end", "do", line);
      return node;
    }
    if (token_.is("break")) {
      Node* node = make(NodeKind::kBreak);
      advance();
      return node;
    }
    if (token_.is("goto") || token_.is("::")) {
      Node* node = make(token_.is("goto") ? NodeKind::kGoto : NodeKind::kLabel);
      const bool label = token_.is("::");
      advance();
      node->text = expect_name();
      if (label) expect("::");
      return node;
    }
    return expression_statement();
  }

  Node* if_statement() {
    Node* node = make(NodeKind::kIf);
    const int line = token_.line;
    do {
      advance();
      add(node, expression());
      expect("then");
      add(node, block());
    } while (token_.is("elseif"));
    if (accept("else")) add(node, block());
    expect_close("end", "if", line);
    return node;
  }

  Node* while_statement() {
    Node* node = make(NodeKind::kWhile);
    const int line = token_.line;
    advance();
    add(node, expression());
    expect("do");
    add(node, block());
    expect_close("end", "while", line);
    return node;
  }

  Node* repeat_statement() {
    Node* node = make(NodeKind::kRepeat);
    const int line = token_.line;
    advance();
    add(node, block());
    expect_close("until", "repeat", line);
    add(node, expression());
    return node;
  }

  Node* for_statement() {
    Node* node = make(NodeKind::kGenericFor);
    const int line = token_.line;
    advance();
    node->names.push_back(expect_name());
    if (accept("=")) {
      node->kind = NodeKind::kNumericFor;
      add(node, expression());
      expect(",");
      add(node, expression());
      if (accept(",")) add(node, expression());
    } else {
      while (accept(",")) node->names.push_back(expect_name());
      expect("in");
      expressions(node);
    }
    expect("do");
    add(node, block());
    expect_close("end", "for", line);
    return node;
  }

  Node* function_statement() {
    Node* node = make(NodeKind::kAssign);
    node->count = 1;
    const int line = token_.line;
    advance();
    Node* target = make(NodeKind::kName);
    target->text = expect_name();
    bool method = false;
    while (!method && (token_.is(".") || token_.is(":"))) {
      method = token_.is(":");
      advance();
      Node* index = make(NodeKind::kIndex);
      add(index, target);
      index->text = expect_name();
      target = index;
    }
    add(node, target);
    add(node, function_body(line, method));
    return node;
  }

  Node* local_statement() {
    Node* node = make(NodeKind::kLocal);
    advance();
    if (token_.is("function")) {
      node->kind = NodeKind::kLocalFunction;
      const int line = token_.line;
      advance();
      node->names.push_back(expect_name());
      add(node, function_body(line, false));
      return node;
    }
    do {
      node->names.push_back(expect_name());
      if (accept("<")) {
        const std::string attribute = token_.text;
        if (attribute != "const" && attribute != "close") fail_here(cat("unknown attribute '", printable(attribute), "'"));
        advance();
        expect(">");
      }
    } while (accept(","));
    if (accept("=")) expressions(node);
    return node;
  }

  Node* return_statement() {
    Node* node = make(NodeKind::kReturn);
    advance();
    if (!block_ends() && !token_.is(";")) expressions(node);
    accept(";");
    if (!block_ends()) fail_here("'<eof>' expected");
    return node;
  }

  Node* expression_statement() {
    Node* first = suffixed();
    if (!token_.is("=") && !token_.is(",")) {
      if (first->kind != NodeKind::kCall && first->kind != NodeKind::kMethod) fail_here("syntax error");
      Node* node = make(NodeKind::kExpression, first->line, first->column);
      add(node, first);
      return node;
    }
    Node* node = make(NodeKind::kAssign, first->line, first->column);
    add(node, first);
    while (accept(",")) add(node, suffixed());
    for (const Node* target : node->children) {
      if (target->kind != NodeKind::kName && target->kind != NodeKind::kIndex) fail_here("syntax error");
    }
    node->count = node->children.size();
    expect("=");
    expressions(node);
    return node;
  }

  void expressions(Node* parent) {
    do add(parent, expression());
    while (accept(","));
  }

  Node* expression(int limit = 0) {
    const Level level(*this);
    Node* left = nullptr;
    if (token_.is("not") || token_.is("-") || token_.is("#") || token_.is("~")) {
      left = make(NodeKind::kUnary);
      left->text = token_.text;
      advance();
      add(left, expression(kUnaryPriority));
    } else {
      left = simple();
    }
    for (;;) {
      const auto* priority = std::find_if(std::begin(kPriorities), std::end(kPriorities), [&](const Priority& p) { return token_.is(p.symbol); });
      if (priority == std::end(kPriorities) || priority->left <= limit) return left;
      Node* node = make(NodeKind::kBinary);
      node->text = token_.text;
      advance();
      add(node, left);
      add(node, expression(priority->right));
      left = node;
    }
  }

  Node* simple() {
    static constexpr std::pair<std::string_view, NodeKind> kConstants[] = {
        {"nil", NodeKind::kNil}, {"true", NodeKind::kTrue}, {"false", NodeKind::kFalse}, {"...", NodeKind::kVararg}};
    for (const auto& [symbol, kind] : kConstants) {
      if (!token_.is(symbol)) continue;
      Node* node = make(kind);
      advance();
      return node;
    }
    if (token_.kind == TokenKind::kNumber || token_.kind == TokenKind::kString) {
      Node* node = make(token_.kind == TokenKind::kNumber ? NodeKind::kNumber : NodeKind::kString);
      node->text = token_.text;
      advance();
      return node;
    }
    if (token_.is("{")) return table();
    if (token_.is("function")) {
      const int line = token_.line;
      advance();
      return function_body(line, false);
    }
    return suffixed();
  }

  Node* suffixed() {
    Node* node = nullptr;
    if (token_.is_name()) {
      node = make(NodeKind::kName);
      node->text = expect_name();
    } else if (token_.is("(")) {
      node = make(NodeKind::kParen);
      const int line = token_.line;
      advance();
      add(node, expression());
      expect_close(")", "(", line);
    } else {
      fail_here("unexpected symbol");
      return make(NodeKind::kNil);
    }
    for (;;) {
      Node* outer = nullptr;
      if (accept(".")) {
        outer = make(NodeKind::kIndex);
        add(outer, node);
        outer->text = expect_name();
      } else if (token_.is("[")) {
        outer = make(NodeKind::kIndex);
        advance();
        add(outer, node);
        add(outer, expression());
        expect("]");
      } else if (accept(":")) {
        outer = make(NodeKind::kMethod);
        outer->text = expect_name();
        add(outer, node);
        arguments(outer);
      } else if (token_.is("(") || token_.is("{") || token_.kind == TokenKind::kString) {
        outer = make(NodeKind::kCall, node->line, node->column);
        add(outer, node);
        arguments(outer);
      } else {
        return node;
      }
      node = outer;
    }
  }

  void arguments(Node* call) {
    const Level level(*this);
    if (token_.kind == TokenKind::kString || token_.is("{")) {
      add(call, simple());
      return;
    }
    const int line = token_.line;
    expect("(");
    if (!token_.is(")") && !error_) expressions(call);
    expect_close(")", "(", line);
  }

  Node* table() {
    const Level level(*this);
    Node* node = make(NodeKind::kTable);
    const int line = token_.line;
    advance();
    while (!token_.is("}") && token_.kind != TokenKind::kEnd) {
      Node* field = make(NodeKind::kItem);
      if (token_.is_name() && ahead_.is("=")) {
        field->kind = NodeKind::kNamed;
        field->text = expect_name();
        advance();
      } else if (accept("[")) {
        field->kind = NodeKind::kKeyed;
        add(field, expression());
        expect("]");
        expect("=");
      }
      add(field, expression());
      add(node, field);
      if (!accept(",") && !accept(";")) break;
    }
    expect_close("}", "{", line);
    return node;
  }

  Node* function_body(int line, bool method) {
    const Level level(*this);
    Node* node = make(NodeKind::kFunction);
    if (method) node->names.push_back("self");
    expect("(");
    while (!token_.is(")") && token_.kind != TokenKind::kEnd) {
      if (accept("...")) {
        node->names.push_back("...");
        break;
      }
      node->names.push_back(expect_name());
      if (!accept(",")) break;
    }
    expect(")");
    add(node, block());
    expect_close("end", "function", line);
    return node;
  }

  Lexer lexer_;
  Token token_, ahead_;
  Tree tree_;
  std::optional<SyntaxError> error_;
  int nesting_ = 0;
};

}  // namespace

Tree parse(std::string_view source) { return Parser(source).run(); }

}  // namespace runbook::lua
