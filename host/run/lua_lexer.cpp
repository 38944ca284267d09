// SPDX-License-Identifier: Apache-2.0
#include "host/run/lua_lexer.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "host/core/text.h"

namespace runbook::lua {
namespace {

constexpr std::array<std::string_view, 22> kKeywords = {"and",   "break", "do",  "else", "elseif", "end",    "false", "for",  "function", "goto",  "if",
                                                        "in",    "local", "nil", "not",  "or",     "repeat", "return", "then", "true",    "until", "while"};
// Longest first.
constexpr std::array<std::string_view, 33> kSymbols = {"...", "<<", ">>", "//", "==", "~=", "<=", ">=", "::", "..", "+", "-", "*", "/", "%", "^", "#",
                                                       "&",   "~",  "|",  "<",  ">",  "=",  "(",  ")",  "{",  "}",  "[", "]", ";", ":", ",", "."};

bool letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }
bool hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)); }

}  // namespace

Lexer::Lexer(std::string_view source) : source_(source) {
  if (source_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  if (peek() == '#') {
    while (at_ < source_.size() && peek() != '\n') ++at_;
  }
}

void Lexer::advance() {
  if (peek() == '\n') {
    ++line_;
    column_ = 0;
  }
  ++at_;
  ++column_;
}

Token Lexer::fail(std::string message) {
  if (!failed_) error_ = {std::move(message), line_, column_};
  failed_ = true;
  Token end;
  end.line = line_;
  end.column = column_;
  return end;
}

// The level of "[==[" here plus one, or 0.
std::size_t Lexer::long_bracket() const {
  if (peek() != '[') return 0;
  std::size_t level = 0;
  while (peek(1 + level) == '=') ++level;
  return peek(1 + level) == '[' ? level + 1 : 0;
}

bool Lexer::long_text(std::size_t level, std::string* text) {
  const int line = line_;
  for (std::size_t i = 0; i < level + 1; ++i) advance();
  const std::string closing = cat("]", std::string(level - 1, '='), "]");
  bool first = true;
  while (at_ < source_.size()) {
    if (source_.substr(at_).starts_with(closing)) {
      for (std::size_t i = 0; i < closing.size(); ++i) advance();
      return true;
    }
    const bool newline_first = first && (peek() == '\n' || (peek() == '\r' && peek(1) == '\n'));
    if (text && !newline_first) *text += peek();
    first = first && peek() == '\r';
    advance();
  }
  fail(cat("unfinished long ", text ? "string" : "comment", " (starting at line ", line, ")"));
  return false;
}

bool Lexer::skip_blank() {
  for (;;) {
    while (at_ < source_.size() && std::isspace(static_cast<unsigned char>(peek()))) advance();
    if (peek() != '-' || peek(1) != '-') return true;
    advance();
    advance();
    if (const std::size_t level = long_bracket()) {
      if (!long_text(level, nullptr)) return false;
    } else {
      while (at_ < source_.size() && peek() != '\n') advance();
    }
  }
}

bool Lexer::escape(std::string& text) {
  static constexpr std::string_view kLetters = "abfnrtv", kValues = "\a\b\f\n\r\t\v";
  advance();
  const char c = peek();
  if (const auto known = kLetters.find(c); c && known != std::string_view::npos) {
    text += kValues[known];
  } else if (c == '\\' || c == '"' || c == '\'' || c == '\n' || c == '\r') {
    text += c;
  } else if (c == 'z') {
    advance();
    while (at_ < source_.size() && std::isspace(static_cast<unsigned char>(peek()))) advance();
    return true;
  } else if (c == 'x') {
    if (!hex(peek(1)) || !hex(peek(2))) return fail("hexadecimal digit expected"), false;
    text += static_cast<char>(std::stoi(std::string(source_.substr(at_ + 1, 2)), nullptr, 16));
    advance();
    advance();
  } else if (c == 'u') {
    // Nothing that is checked has such a name: the text itself will do.
    if (peek(1) != '{') return fail("missing '{' in \\u{xxxx}"), false;
    while (at_ < source_.size() && peek() != '}' && peek() != '\n') text += peek(), advance();
    if (peek() != '}') return fail("missing '}' in \\u{xxxx}"), false;
  } else if (digit(c)) {
    int value = 0;
    for (int i = 0; i < 3 && digit(peek()); ++i) value = value * 10 + (peek() - '0'), advance();
    if (value > 255) return fail("decimal escape too large"), false;
    text += static_cast<char>(value);
    return true;
  } else {
    return fail("invalid escape sequence"), false;
  }
  advance();
  return true;
}

Token Lexer::quoted(Token token) {
  const char quote = peek();
  token.kind = TokenKind::kString;
  advance();
  while (peek() != quote) {
    if (at_ >= source_.size() || peek() == '\n') return fail("unfinished string");
    if (peek() == '\\') {
      if (!escape(token.text)) return fail("");
    } else {
      token.text += peek();
      advance();
    }
  }
  advance();
  return token;
}

Token Lexer::number(Token token) {
  token.kind = TokenKind::kNumber;
  const bool hexadecimal = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
  const std::size_t start = at_;
  for (;;) {
    const char c = static_cast<char>(std::tolower(static_cast<unsigned char>(peek())));
    const bool exponent = at_ > start && c == (hexadecimal ? 'p' : 'e');
    if (exponent && (peek(1) == '+' || peek(1) == '-')) advance();
    else if (!exponent && !hex(c) && c != '.' && !letter(c)) break;
    advance();
  }
  token.text = source_.substr(start, at_ - start);
  const std::string digits = hexadecimal ? "0123456789abcdefABCDEFxX.pP+-" : "0123456789.eE+-";
  if (token.text.find_first_not_of(digits) != std::string::npos || std::count(token.text.begin(), token.text.end(), '.') > 1) {
    return fail(cat("malformed number near '", token.text, "'"));
  }
  return token;
}

Token Lexer::next() {
  if (failed_ || !skip_blank()) return fail("");
  Token token;
  token.line = line_;
  token.column = column_;
  if (at_ >= source_.size()) return token;
  const char c = peek();
  if (letter(c)) {
    const std::size_t start = at_;
    while (letter(peek()) || digit(peek())) advance();
    token.text = source_.substr(start, at_ - start);
    token.kind = std::find(kKeywords.begin(), kKeywords.end(), token.text) != kKeywords.end() ? TokenKind::kKeyword : TokenKind::kName;
    return token;
  }
  if (digit(c) || (c == '.' && digit(peek(1)))) return number(token);
  if (c == '"' || c == '\'') return quoted(token);
  if (const std::size_t level = long_bracket()) {
    token.kind = TokenKind::kString;
    return long_text(level, &token.text) ? token : fail("");
  }
  for (const std::string_view symbol : kSymbols) {
    if (!source_.substr(at_).starts_with(symbol)) continue;
    token.kind = TokenKind::kSymbol;
    token.text = symbol;
    for (std::size_t i = 0; i < symbol.size(); ++i) advance();
    return token;
  }
  return fail(cat("unexpected symbol near '", printable(std::string(1, c)), "'"));
}

}  // namespace runbook::lua
