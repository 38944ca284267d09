// SPDX-License-Identifier: Apache-2.0
// A look at source text before Lua parses it. To word an error such as "attempt to index a nil value (field 'x')",
// Lua 5.4 follows a chain of suffixes `t.x.x.x...` by recursion in C, in quadratic time: a long chain ends in a
// crash. No sane script has one.
#include <cctype>

#include "host/core/text.h"
#include "host/script/sandbox/core.h"

namespace runbook::script {
namespace {

constexpr int kMaxSuffixes = 500;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// The offset where a chain has grown too long, or npos.
  std::size_t find() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        ++at_;
      } else if (c == '-' && peek(1) == '-') {
        skip_comment();
      } else if (c == '"' || c == '\'') {
        skip_string(c);
        if (!suffix_) chain_ = 0;
      } else if (c == '[' && long_bracket() >= 0) {
        skip_long(long_bracket());
        chain_ = 0;
      } else if (is_word(c)) {
        const bool field = suffix_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        chain_ = field ? chain_ + 1 : 0;
        suffix_ = false;
      } else {
        punctuation(c);
      }
      if (chain_ > kMaxSuffixes) return at_;
    }
    return std::string_view::npos;
  }

 private:
  static bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
  char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void punctuation(char c) {
    ++at_;
    const bool after_dot = c == '.' || c == ':';
    if (c == '(' || c == '[' || c == '{') {
      open_.push_back(chain_);
      if (c == '{') chain_ = 0;
    } else if (c == ')' || c == ']' || c == '}') {
      const int outer = open_.empty() ? 0 : open_.back();
      if (!open_.empty()) open_.pop_back();
      chain_ = std::max(chain_, outer) + (c == ']' ? 1 : 0);
      if (c == '}') chain_ = outer;
    } else if (!after_dot) {
      chain_ = 0;
    }
    // `..` and `::` are no suffixes
    suffix_ = after_dot && at_ < text_.size() && text_[at_] != c && (at_ < 2 || text_[at_ - 2] != c);
    if (after_dot && !suffix_) chain_ = 0;
  }

  void skip_comment() {
    at_ += 2;
    if (peek(0) == '[' && long_bracket() >= 0) {
      skip_long(long_bracket());
    } else {
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
  }

  void skip_string(char quote) {
    for (++at_; at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  /// The level of a long bracket that opens here, or -1.
  int long_bracket() const {
    std::size_t i = at_ + 1;
    int level = 0;
    for (; i < text_.size() && text_[i] == '='; ++i) ++level;
    return i < text_.size() && text_[i] == '[' ? level : -1;
  }

  void skip_long(int level) {
    const std::string end = "]" + std::string(static_cast<std::size_t>(level), '=') + "]";
    const std::size_t found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int chain_ = 0;
  bool suffix_ = false;
  std::vector<int> open_;
};

}  // namespace

std::string refuse_source(std::string_view source) {
  if (!source.empty() && source.front() == LUA_SIGNATURE[0]) return "this is compiled Lua; only source text is accepted";
  if (source.size() > kMaxChunk) return cat("the source is longer than ", kMaxChunk, " bytes");
  const std::size_t at = Scanner(source).find();
  if (at == std::string_view::npos) return {};
  return cat("line ", line_and_column(source, at).first, ": more than ", kMaxSuffixes, " suffixes in one expression");
}

}  // namespace runbook::script
