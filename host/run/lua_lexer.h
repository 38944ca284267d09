// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "runbook/result.h"

namespace runbook::lua {

enum class TokenKind { kName, kKeyword, kSymbol, kString, kNumber, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;  ///< of a string: its value
  int line = 1, column = 1;

  bool is(std::string_view symbol) const { return (kind == TokenKind::kSymbol || kind == TokenKind::kKeyword) && text == symbol; }
  bool is_name() const { return kind == TokenKind::kName; }
};

/// A mistake in the source: "'end' expected (to close 'if' at line 3) near <eof>".
struct SyntaxError {
  std::string message;
  int line = 1, column = 1;
};

/// Takes Lua 5.4 apart, a token at a time. A first line that begins with '#' is left out.
class Lexer {
 public:
  explicit Lexer(std::string_view source);
  /// The next token; kEnd once there is none, and from a mistake on.
  Token next();
  bool failed() const { return failed_; }
  const SyntaxError& error() const { return error_; }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  void advance();
  bool skip_blank();
  std::size_t long_bracket() const;
  bool long_text(std::size_t level, std::string* text);
  Token quoted(Token token);
  bool escape(std::string& text);
  Token number(Token token);
  Token fail(std::string message);

  std::string_view source_;
  std::size_t at_ = 0;
  int line_ = 1, column_ = 1;
  bool failed_ = false;
  SyntaxError error_;
};

}  // namespace runbook::lua
