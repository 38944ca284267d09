// SPDX-License-Identifier: Apache-2.0
// A text is made to count by calls put in front of its statements and around its conditions. A hook would be simpler,
// but the machine has only one, and it is the watchdog's.
#include "host/run/coverage.h"

#include <algorithm>

#include "host/core/text.h"
#include "host/run/lua_syntax.h"

namespace runbook {
namespace {

struct Place {
  int line = 1, column = 1;
};

bool is_call_or_index(lua::NodeKind kind) {
  return kind == lua::NodeKind::kIndex || kind == lua::NodeKind::kCall || kind == lua::NodeKind::kMethod;
}

// Where a statement begins: an assignment or a call does with the innermost of what it is made of.
Place start_of(const lua::Node& statement) {
  const lua::Node* node = &statement;
  const bool written_out = node->kind == lua::NodeKind::kAssign || node->kind == lua::NodeKind::kExpression;
  if (written_out && !node->children.empty()) {
    const lua::Node* first = node->children.front();
    while (is_call_or_index(first->kind) && !first->children.empty()) first = first->children.front();
    if (std::pair(first->line, first->column) < std::pair(node->line, node->column)) node = first;
  }
  return {node->line, node->column};
}

void find_statements(const lua::Node& node, std::vector<Place>& out) {
  for (const lua::Node* child : node.children) {
    if (node.kind == lua::NodeKind::kBlock && child->kind != lua::NodeKind::kLabel) out.push_back(start_of(*child));
    find_statements(*child, out);
  }
}

/// A condition: behind which word it begins, and before which it ends.
struct Condition {
  Place word;
  std::size_t length = 0;  ///< of the word
  Place end;
};

std::vector<Condition> find_conditions(std::string_view source) {
  enum class Open { kBlock, kCondition, kFor };
  struct Opened {
    Open kind;
    Condition condition;
    std::size_t first = 0;  ///< the token behind the word
  };
  std::vector<Opened> open;
  std::vector<Condition> found;
  lua::Lexer lexer(source);
  std::size_t at = 0;
  std::string last;
  for (lua::Token token = lexer.next(); token.kind != lua::TokenKind::kEnd; token = lexer.next(), ++at) {
    const Place place{token.line, token.column};
    const auto close = [&] {
      Opened& top = open.back();
      // `while true` has one way only.
      const bool constant = at == top.first + 1 && last == "true";
      if (top.kind == Open::kCondition && !constant) {
        top.condition.end = place;
        found.push_back(top.condition);
      }
      top.kind = Open::kBlock;
    };
    if (token.is("if") || token.is("while")) {
      open.push_back({Open::kCondition, {place, token.text.size(), {}}, at + 1});
    } else if (token.is("elseif")) {
      open.back() = {Open::kCondition, {place, token.text.size(), {}}, at + 1};
    } else if (token.is("for")) {
      open.push_back({Open::kFor, {}, 0});
    } else if (token.is("then") || (token.is("do") && !open.empty() && open.back().kind != Open::kBlock)) {
      close();
    } else if (token.is("function") || token.is("do") || token.is("repeat")) {
      open.push_back({Open::kBlock, {}, 0});
    } else if (token.is("end") || token.is("until")) {
      open.pop_back();
    }
    last = token.kind == lua::TokenKind::kKeyword ? token.text : "";
  }
  return found;
}

/// Texts to be put into another one.
class Insertions {
 public:
  explicit Insertions(std::string_view source) : source_(source) {
    for (std::size_t at = 0; (at = source.find('\n', at)) != std::string_view::npos;) lines_.push_back(++at);
  }
  void add(Place place, std::size_t behind, std::string text) {
    texts_.emplace_back(
        lines_[static_cast<std::size_t>(place.line - 1)] + static_cast<std::size_t>(place.column - 1) + behind,
        std::move(text));
  }
  std::string result() {
    std::stable_sort(texts_.begin(), texts_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string out;
    std::size_t at = 0;
    for (const auto& [offset, text] : texts_) {
      out += source_.substr(at, offset - at);
      out += text;
      at = offset;
    }
    return out += source_.substr(at);
  }

 private:
  std::string_view source_;
  std::vector<std::size_t> lines_ = {0};
  std::vector<std::pair<std::size_t, std::string>> texts_;
};

}  // namespace

std::string CoverageRecorder::instrument(const std::string& path, std::string_view source) {
  const bool outside = std::any_of(left_out_.begin(), left_out_.end(),
                                   [&](const std::string& directory) { return path.starts_with(directory + "/"); });
  if (source.starts_with("\xEF\xBB\xBF")) source.remove_prefix(3);
  const lua::Tree tree = lua::parse(source);
  if (outside || tree.error || !tree.root) return std::string(source);
  File& file = files_[path];
  if (file.source == source) return file.instrumented;
  file = File{std::string(source), "", {}, {}};
  Insertions insertions(source);
  std::vector<Place> statements;
  find_statements(*tree.root, statements);
  for (const Place& place : statements) {
    file.statements.emplace_back(place.line, counters_.size());
    insertions.add(place, 0, cat(script::kCountStatement, "(", counters_.size(), ");"));
    counters_.push_back(0);
  }
  for (const Condition& condition : find_conditions(source)) {
    file.branches.emplace_back(condition.word.line, counters_.size());
    insertions.add(condition.word, condition.length, cat(" ", script::kCountBranch, "(", counters_.size(), ","));
    insertions.add(condition.end, 0, ")");
    counters_.resize(counters_.size() + 2);
  }
  return file.instrumented = insertions.result();
}

Value CoverageRecorder::files() const {
  const auto times = [this](std::size_t id) { return static_cast<std::int64_t>(counters_[id]); };
  Value out = Value::Array{};
  for (const auto& [path, file] : files_) {
    std::map<int, std::int64_t> lines;
    for (const auto& [line, id] : file.statements) lines[line] = std::max(lines[line], times(id));
    Value line_values = Value::Array{}, branch_values = Value::Array{};
    for (const auto& [line, count] : lines) {
      Value one = Value::Array{};
      one.push(line);
      one.push(count);
      line_values.push(std::move(one));
    }
    for (const auto& [line, id] : file.branches) {
      Value one = Value::Array{};
      one.push(line);
      one.push(times(id));
      one.push(times(id + 1));
      branch_values.push(std::move(one));
    }
    out.push(
        Value::object({{"path", path}, {"lines", std::move(line_values)}, {"branches", std::move(branch_values)}}));
  }
  return out;
}

}  // namespace runbook
