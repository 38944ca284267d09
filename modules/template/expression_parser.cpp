// SPDX-License-Identifier: Apache-2.0
#include <cctype>
#include <charconv>

#include "host/core/text.h"
#include "modules/template/expression_node.h"
#include "modules/template/filters.h"

namespace runbook::templates {
namespace {

using Node = Expression::Node;
using NodePtr = std::shared_ptr<const Node>;

constexpr int kMaxDepth = 50;

struct Token {
  enum class Kind { kEnd, kName, kString, kNumber, kSign } kind = Kind::kEnd;
  std::string text;
  Value value;
};

Error syntax(std::string message) { return Error("template.syntax", std::move(message)); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}

  Result<Token> next() {
    rest_ = rest_.substr(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    if (rest_.empty()) return Token{};
    const char c = rest_.front();
    if (std::isalpha(static_cast<unsigned char>(c)) || c == '_') return word();
    if (std::isdigit(static_cast<unsigned char>(c)) || (c == '-' && rest_.size() > 1 && std::isdigit(static_cast<unsigned char>(rest_[1])))) {
      return number();
    }
    if (c == '"' || c == '\'') return string();
    for (const std::string_view sign : {"==", "!=", "<=", ">=", "<", ">", "|", "(", ")", "[", "]", ".", ","}) {
      if (rest_.substr(0, sign.size()) != sign) continue;
      rest_.remove_prefix(sign.size());
      return Token{Token::Kind::kSign, std::string(sign), {}};
    }
    return syntax(cat("unexpected '", printable(rest_.substr(0, 1)), "'", c == '=' ? ", did you mean '=='?" : ""));
  }

 private:
  Token word() {
    std::size_t end = 1;
    while (end < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[end])) || rest_[end] == '_')) ++end;
    Token token{Token::Kind::kName, std::string(rest_.substr(0, end)), {}};
    rest_.remove_prefix(end);
    return token;
  }
  Result<Token> number() {
    std::size_t end = 1;
    while (end < rest_.size() && (std::isdigit(static_cast<unsigned char>(rest_[end])) || rest_[end] == '.')) ++end;
    const std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end);
    std::int64_t integer = 0;
    const auto [last, problem] = std::from_chars(text.data(), text.data() + text.size(), integer);
    if (problem == std::errc() && last == text.data() + text.size()) return Token{Token::Kind::kNumber, text, Value(integer)};
    char* stop = nullptr;
    const double value = std::strtod(text.c_str(), &stop);
    if (*stop) return syntax(cat("'", text, "' is no number"));
    return Token{Token::Kind::kNumber, text, Value(value)};
  }
  Result<Token> string() {
    const char quote = rest_.front();
    std::string text;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == quote) {
        rest_.remove_prefix(i + 1);
        return Token{Token::Kind::kString, text, Value(text)};
      }
      if (rest_[i] == '\\' && i + 1 < rest_.size()) {
        const char escaped = rest_[++i];
        text += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
      } else {
        text += rest_[i];
      }
    }
    return syntax("a string does not end");
  }

  std::string_view rest_;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Result<NodePtr> whole() {
    RUNBOOK_TRY(advance());
    if (token_.kind == Token::Kind::kEnd) return syntax("an expression is missing");
    auto root = pipe(0);
    if (root && token_.kind != Token::Kind::kEnd) return syntax(cat("unexpected '", printable(token_.text), "'"));
    return root;
  }

 private:
  Status advance() {
    auto token = lexer_.next();
    if (!token) return std::move(token).error();
    token_ = std::move(*token);
    return Unit{};
  }
  bool is_sign(std::string_view sign) const { return token_.kind == Token::Kind::kSign && token_.text == sign; }
  bool is_word(std::string_view word) const { return token_.kind == Token::Kind::kName && token_.text == word; }
  Status expect(std::string_view sign) {
    if (is_sign(sign)) return advance();
    return syntax(token_.kind == Token::Kind::kEnd ? cat("expected '", sign, "' at the end")
                                                   : cat("expected '", sign, "' before '", printable(token_.text), "'"));
  }
  static NodePtr make(Node::Kind kind, std::string name, std::vector<NodePtr> children, Value literal = {}) {
    return std::make_shared<const Node>(Node{kind, std::move(name), std::move(literal), std::move(children)});
  }

  Result<NodePtr> pipe(int depth) {
    if (depth > kMaxDepth) return syntax("the expression is nested too deep");
    auto left = either(depth);
    while (left && is_sign("|")) {
      RUNBOOK_TRY(advance());
      if (token_.kind != Token::Kind::kName) return syntax("expected the name of a filter after '|'");
      const std::string name = token_.text;
      RUNBOOK_TRY(advance());
      std::vector<NodePtr> children = {*left};
      if (is_sign("(")) {
        do {
          RUNBOOK_TRY(advance());
          if (is_sign(")") && children.size() == 1) break;
          auto argument = pipe(depth + 1);
          if (!argument) return argument;
          children.push_back(*argument);
        } while (is_sign(","));
        RUNBOOK_TRY(expect(")"));
      }
      RUNBOOK_TRY(check_filter(name, children.size() - 1));
      left = make(Node::Kind::kFilter, name, std::move(children));
    }
    return left;
  }

  Result<NodePtr> either(int depth) {
    auto left = both(depth);
    while (left && is_word("or")) {
      RUNBOOK_TRY(advance());
      auto right = both(depth);
      if (!right) return right;
      left = make(Node::Kind::kOr, "or", {*left, *right});
    }
    return left;
  }

  Result<NodePtr> both(int depth) {
    auto left = negation(depth);
    while (left && is_word("and")) {
      RUNBOOK_TRY(advance());
      auto right = negation(depth);
      if (!right) return right;
      left = make(Node::Kind::kAnd, "and", {*left, *right});
    }
    return left;
  }

  Result<NodePtr> negation(int depth) {
    if (depth > kMaxDepth) return syntax("the expression is nested too deep");
    if (!is_word("not")) return comparison(depth);
    RUNBOOK_TRY(advance());
    auto inner = negation(depth + 1);
    if (!inner) return inner;
    return make(Node::Kind::kNot, "not", {*inner});
  }

  Result<NodePtr> comparison(int depth) {
    auto left = primary(depth);
    if (!left) return left;
    bool compares = is_word("in");
    for (const std::string_view sign : {"==", "!=", "<", "<=", ">", ">="}) compares = compares || is_sign(sign);
    if (!compares) return left;
    const std::string name = token_.text;
    RUNBOOK_TRY(advance());
    auto right = primary(depth);
    if (!right) return right;
    return make(Node::Kind::kCompare, name, {*left, *right});
  }

  Result<NodePtr> primary(int depth) {
    const Token token = token_;
    if (is_sign("(")) {
      RUNBOOK_TRY(advance());
      auto inner = pipe(depth + 1);
      if (!inner) return inner;
      RUNBOOK_TRY(expect(")"));
      return inner;
    }
    if (token.kind == Token::Kind::kEnd) return syntax("the expression ends too early");
    if (token.kind == Token::Kind::kSign) return syntax(cat("unexpected '", token.text, "'"));
    RUNBOOK_TRY(advance());
    if (token.kind != Token::Kind::kName) return make(Node::Kind::kLiteral, {}, {}, token.value);
    if (token.text == "true" || token.text == "false") return make(Node::Kind::kLiteral, {}, {}, Value(token.text == "true"));
    if (token.text == "null" || token.text == "nil") return make(Node::Kind::kLiteral, {}, {}, Value());
    return path(make(Node::Kind::kName, token.text, {}), depth);
  }

  Result<NodePtr> path(NodePtr node, int depth) {
    while (is_sign(".") || is_sign("[")) {
      const bool member = is_sign(".");
      RUNBOOK_TRY(advance());
      if (member) {
        if (token_.kind != Token::Kind::kName) return syntax("expected a name after '.'");
        node = make(Node::Kind::kMember, token_.text, {node});
        RUNBOOK_TRY(advance());
      } else {
        auto index = pipe(depth + 1);
        if (!index) return index;
        RUNBOOK_TRY(expect("]"));
        node = make(Node::Kind::kIndex, {}, {node, *index});
      }
    }
    return node;
  }

  Lexer lexer_;
  Token token_;
};

}  // namespace

Result<Expression> Expression::parse(std::string_view text) {
  auto root = Parser(text).whole();
  if (!root) return std::move(root).error();
  Expression expression;
  expression.root_ = std::move(*root);
  expression.text_ = std::string(trim(text));
  return expression;
}

}  // namespace runbook::templates
