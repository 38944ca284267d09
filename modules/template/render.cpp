// SPDX-License-Identifier: Apache-2.0
#include "modules/template/render.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "host/core/text.h"
#include "modules/template/expression.h"
#include "modules/template/filters.h"
#include "modules/template/segments.h"

namespace runbook::templates {
namespace {

constexpr int kMaxDepth = 50;

struct Node;
using Body = std::vector<Node>;

struct Branch {
  Expression condition;
  bool always = false;  ///< else
  Body body;
};

struct Node {
  enum class Kind { kText, kOutput, kIf, kFor } kind = Kind::kText;
  int line = 0;
  std::string text;
  Expression expression;        ///< output, for
  std::vector<Branch> branches;  ///< if
  std::string key;              ///< for k, v
  std::string variable;
  Body body;
};

Error at_line(Error error, int line) {
  error.context.insert_or_assign("line", std::to_string(line));
  return error;
}
Error syntax(std::string message, int line) { return at_line(Error("template.syntax", std::move(message)), line); }

bool is_name(std::string_view text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

class Parser {
 public:
  explicit Parser(std::vector<Segment> segments) : segments_(std::move(segments)) {}

  Result<Body> whole() {
    Body body;
    RUNBOOK_TRY(read(body, 0));
    if (at_ < segments_.size()) {
      return syntax(cat("'", printable(word_), "' without an 'if' or 'for' before it"), segments_[at_].line);
    }
    return body;
  }

 private:
  /// Reads up to a tag that belongs to the block around (word_ is then its name), or the end.
  Status read(Body& body, int depth) {
    for (; at_ < segments_.size(); ++at_) {
      Segment& segment = segments_[at_];
      Node node;
      node.line = segment.line;
      if (segment.kind == Segment::Kind::kText) {
        node.text = std::move(segment.text);
      } else if (segment.kind == Segment::Kind::kOutput) {
        node.kind = Node::Kind::kOutput;
        RUNBOOK_TRY(parse(segment.text, segment.line, node.expression));
      } else {
        const std::string content = segment.text;
        const auto space = content.find_first_of(" \t\r\n(");
        word_ = content.substr(0, space);
        rest_ = space == std::string::npos ? "" : std::string(trim(std::string_view(content).substr(space)));
        if (word_ == "end" || word_ == "else" || word_ == "elif") return Unit{};
        if (depth >= kMaxDepth) return syntax(cat("blocks are nested deeper than ", kMaxDepth, " levels"), segment.line);
        if (word_ == "if") {
          RUNBOOK_TRY(read_if(node, depth));
        } else if (word_ == "for") {
          RUNBOOK_TRY(read_for(node, depth));
        } else {
          return syntax(unknown_tag(), segment.line);
        }
      }
      body.push_back(std::move(node));
    }
    return Unit{};
  }

  Status read_if(Node& node, int depth) {
    node.kind = Node::Kind::kIf;
    while (true) {
      const int line = segments_[at_].line;
      Branch branch;
      branch.always = word_ == "else";
      if (!branch.always) {
        RUNBOOK_TRY(parse(rest_, line, branch.condition));
      } else if (!rest_.empty()) {
        return syntax("'else' takes nothing: did you mean 'elif'?", line);
      }
      ++at_;
      RUNBOOK_TRY(read(branch.body, depth + 1));
      RUNBOOK_TRY(still_open(node));
      if (branch.always && word_ != "end") return syntax(cat("'", word_, "' after 'else'"), segments_[at_].line);
      node.branches.push_back(std::move(branch));
      if (word_ == "end") return Unit{};
    }
  }

  Status read_for(Node& node, int depth) {
    node.kind = Node::Kind::kFor;
    const auto in = rest_.find(" in ");
    const std::vector<std::string> names = split(rest_.substr(0, in), ',');
    if (in == std::string::npos || names.size() > 2) return syntax("expected 'for x in list' or 'for key, value in map'", node.line);
    node.variable = std::string(trim(names.back()));
    if (names.size() == 2) node.key = std::string(trim(names.front()));
    if (!is_name(node.variable) || (names.size() == 2 && !is_name(node.key))) return syntax("expected 'for x in list' or 'for key, value in map'", node.line);
    RUNBOOK_TRY(parse(rest_.substr(in + 4), node.line, node.expression));
    ++at_;
    RUNBOOK_TRY(read(node.body, depth + 1));
    RUNBOOK_TRY(still_open(node));
    if (word_ != "end") return syntax(cat("'", word_, "' inside 'for' belongs to no 'if'"), segments_[at_].line);
    return Unit{};
  }

  Status still_open(const Node& node) const {
    if (at_ < segments_.size()) return Unit{};
    return syntax(cat("'", node.kind == Node::Kind::kFor ? "for" : "if", "' without 'end'"), node.line);
  }

  static Status parse(std::string_view text, int line, Expression& out) {
    auto expression = Expression::parse(text);
    if (!expression) return at_line(std::move(expression).error(), line);
    out = std::move(*expression);
    return Unit{};
  }

  std::string unknown_tag() const {
    if (word_ == "endif" || word_ == "endfor") return cat("there is no '", word_, "', did you mean 'end'?");
    if (word_ == "elsif" || word_ == "elseif") return cat("there is no '", word_, "', did you mean 'elif'?");
    const std::string near = did_you_mean(word_, {"if", "elif", "else", "for", "end"});
    return cat("there is no '", printable(word_), "'", near.empty() ? ", only if, elif, else, for and end" : cat(", did you mean '", near, "'?"));
  }

  std::vector<Segment> segments_;
  std::size_t at_ = 0;
  std::string word_;
  std::string rest_;
};

class Renderer {
 public:
  Renderer(const Value& values, const RenderOptions& options) : scope_{values, {}}, options_(options) {}

  Status run(const Body& body) {
    for (const Node& node : body) {
      if (++steps_ > options_.max_steps) return at_line(Error("template.limit", cat("more than ", options_.max_steps, " steps")), node.line);
      RUNBOOK_TRY(run(node));
      if (out.size() > options_.max_output) {
        return at_line(Error("template.limit", cat("the result is larger than ", options_.max_output, " bytes")), node.line);
      }
    }
    return Unit{};
  }

  std::string out;

 private:
  Status run(const Node& node) {
    switch (node.kind) {
      case Node::Kind::kText: out += node.text; return Unit{};
      case Node::Kind::kOutput: return output(node);
      case Node::Kind::kIf: return choose(node);
      case Node::Kind::kFor: return repeat(node);
    }
    return Unit{};
  }

  Status output(const Node& node) {
    const auto value = node.expression.evaluate(scope_);
    if (!value) return at_line(value.error(), node.line);
    auto text = node.expression.is_escaped() ? to_text(*value) : escape(options_.escape, *value);
    if (!text) {
      Error error = std::move(text).error();
      error.message = cat("{{ ", node.expression.text(), " }}: ", error.message);
      return at_line(std::move(error), node.line);
    }
    out += *text;
    return Unit{};
  }

  Status choose(const Node& node) {
    for (const Branch& branch : node.branches) {
      if (!branch.always) {
        const auto value = branch.condition.evaluate(scope_);
        if (!value) return at_line(value.error(), node.line);
        if (!is_true(*value)) continue;
      }
      return run(branch.body);
    }
    return Unit{};
  }

  Status repeat(const Node& node) {
    const auto list = node.expression.evaluate(scope_);
    if (!list) return at_line(list.error(), node.line);
    if (!list->is_array() && !list->is_object()) {
      return at_line(Error("template.value", cat("'for' takes a list or a map, and '", node.expression.text(), "' is ", kind_name(*list))), node.line);
    }
    const std::size_t depth = scope_.locals.size();
    const std::size_t count = list->is_array() ? list->items().size() : list->members().size();
    std::size_t index = 0;
    const auto turn = [&](Value key, const Value& value) -> Status {
      ++index;
      Value loop = Value::object({{"index", static_cast<std::int64_t>(index)}, {"first", index == 1}, {"last", index == count}});
      scope_.locals.emplace_back("loop", std::move(loop));
      if (!node.key.empty()) scope_.locals.emplace_back(node.key, std::move(key));
      scope_.locals.emplace_back(node.variable, value);
      Status status = run(node.body);
      scope_.locals.resize(depth);
      return status;
    };
    for (const Value& item : list->items()) RUNBOOK_TRY(turn(Value(static_cast<std::int64_t>(index + 1)), item));
    for (const auto& [key, member] : list->members()) {
      // One name alone gets the keys of a map, as the values say nothing without them.
      RUNBOOK_TRY(turn(Value(key), node.key.empty() ? Value(key) : member));
    }
    return Unit{};
  }

  Scope scope_;
  const RenderOptions& options_;
  std::size_t steps_ = 0;
};

Error placed(Error error, const std::string& name) {
  const std::string line = error.context["line"];
  error.message = name.empty() ? cat("line ", line, ": ", error.message) : cat(name, ":", line, ": ", error.message);
  return error;
}

}  // namespace

Result<std::string> render(std::string_view text, const Value& values, const RenderOptions& options) {
  auto segments = split_segments(text);
  if (!segments) return placed(std::move(segments).error(), options.name);
  const auto body = Parser(std::move(*segments)).whole();
  if (!body) return placed(body.error(), options.name);
  Renderer renderer(values, options);
  if (Status status = renderer.run(*body); !status) return placed(std::move(status).error(), options.name);
  return std::move(renderer.out);
}

}  // namespace runbook::templates
