// SPDX-License-Identifier: Apache-2.0
#include "modules/template/expression.h"

#include <algorithm>

#include "host/core/text.h"
#include "modules/template/expression_node.h"
#include "modules/template/filters.h"

namespace runbook::templates {
namespace {

using Node = Expression::Node;

Error undefined(std::string message) { return Error("template.undefined", std::move(message)); }
Error bad_value(std::string message) { return Error("template.value", std::move(message)); }

std::string suggestion(std::string_view name, const std::vector<std::string>& names) {
  const std::string near = did_you_mean(name, names);
  return near.empty() ? "" : cat(", did you mean '", near, "'?");
}

std::string path_text(const Node& node) {
  if (node.kind == Node::Kind::kName) return node.name;
  if (node.kind == Node::Kind::kMember) return cat(path_text(*node.children[0]), ".", node.name);
  if (node.kind == Node::Kind::kIndex) return cat(path_text(*node.children[0]), "[...]");
  return "the value";
}

Result<Value> member(const Node& node, const Value& owner, std::string_view name) {
  const std::string shown = path_text(*node.children[0]);
  if (!owner.is_object()) return bad_value(cat("'", shown, "' is ", kind_name(owner), ", it has no '", printable(name), "'"));
  if (owner.has(name)) return owner[name];
  std::vector<std::string> names;
  for (const auto& [key, value] : owner.members()) names.push_back(key);
  return undefined(cat("'", shown, "' has no '", printable(name), "'", suggestion(name, names)));
}

Result<Value> element(const Node& node, const Value& owner, const Value& index) {
  if (index.is_string()) return member(node, owner, index.as_string());
  const std::string shown = path_text(*node.children[0]);
  if (!owner.is_array() || !index.is_integer()) return bad_value(cat("'", shown, "' is ", kind_name(owner), ", it cannot be indexed by ", kind_name(index)));
  const std::int64_t at = index.as_int();
  const auto size = static_cast<std::int64_t>(owner.items().size());
  if (at < 1 || at > size) return undefined(cat("'", shown, "' has ", size, " entries, there is no number ", at));
  return owner.items()[static_cast<std::size_t>(at - 1)];
}

bool is_text(const Value& value) { return value.is_string() || value.is_secret(); }

bool same(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return a.is_integer() && b.is_integer() ? a.as_int() == b.as_int() : a.as_number() == b.as_number();
  if (is_text(a) && is_text(b)) return a.reveal() == b.reveal();
  return a == b;
}

Result<Value> contains(const Value& item, const Value& whole) {
  if (whole.is_array()) return Value(std::any_of(whole.items().begin(), whole.items().end(), [&](const Value& one) { return same(one, item); }));
  if (whole.is_object()) return Value(whole.has(item.reveal()));
  if (is_text(whole) && is_text(item)) return Value(whole.reveal().find(item.reveal()) != std::string::npos);
  return bad_value(cat("'in' takes a list, a map or a text, not ", kind_name(whole)));
}

Result<Value> compare(const std::string& sign, const Value& a, const Value& b) {
  if (sign == "==") return Value(same(a, b));
  if (sign == "!=") return Value(!same(a, b));
  if (sign == "in") return contains(a, b);
  int order = 0;
  if (a.is_number() && b.is_number()) {
    order = a.as_number() < b.as_number() ? -1 : a.as_number() > b.as_number() ? 1 : 0;
  } else if (is_text(a) && is_text(b)) {
    order = a.reveal().compare(b.reveal());
  } else {
    return bad_value(cat("'", sign, "' compares numbers or texts, not ", kind_name(a), " and ", kind_name(b)));
  }
  if (sign == "<") return Value(order < 0);
  if (sign == "<=") return Value(order <= 0);
  if (sign == ">") return Value(order > 0);
  return Value(order >= 0);
}

Result<Value> evaluate_node(const Node& node, const Scope& scope);

Result<Value> filter(const Node& node, const Scope& scope) {
  Result<Value> subject = evaluate_node(*node.children[0], scope);
  if (node.name == "default") {
    const bool missing = subject ? subject->is_null() : subject.error().code == "template.undefined";
    return missing ? evaluate_node(*node.children[1], scope) : subject;
  }
  if (!subject) return subject;
  std::vector<Value> arguments;
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    auto argument = evaluate_node(*node.children[i], scope);
    if (!argument) return argument;
    arguments.push_back(std::move(*argument));
  }
  return apply_filter(node.name, *subject, arguments);
}

Result<Value> evaluate_node(const Node& node, const Scope& scope) {
  switch (node.kind) {
    case Node::Kind::kLiteral: return node.literal;
    case Node::Kind::kName: {
      if (const Value* found = scope.find(node.name)) return *found;
      return undefined(cat("there is no '", node.name, "'", suggestion(node.name, scope.names())));
    }
    case Node::Kind::kMember: {
      auto owner = evaluate_node(*node.children[0], scope);
      if (!owner) return owner;
      return member(node, *owner, node.name);
    }
    case Node::Kind::kFilter: return filter(node, scope);
    default: break;
  }
  auto left = evaluate_node(*node.children[0], scope);
  if (!left) return left;
  if (node.kind == Node::Kind::kNot) return Value(!is_true(*left));
  if (node.kind == Node::Kind::kAnd && !is_true(*left)) return left;
  if (node.kind == Node::Kind::kOr && is_true(*left)) return left;
  auto right = evaluate_node(*node.children[1], scope);
  if (!right) return right;
  if (node.kind == Node::Kind::kIndex) return element(node, *left, *right);
  if (node.kind == Node::Kind::kCompare) return compare(node.name, *left, *right);
  return right;
}

}  // namespace

const Value* Scope::find(std::string_view name) const {
  for (auto local = locals.rbegin(); local != locals.rend(); ++local) {
    if (local->first == name) return &local->second;
  }
  return values.has(name) ? &values[name] : nullptr;
}

std::vector<std::string> Scope::names() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : locals) out.push_back(name);
  for (const auto& [name, value] : values.members()) out.push_back(name);
  return out;
}

Result<Value> Expression::evaluate(const Scope& scope) const { return evaluate_node(*root_, scope); }

bool Expression::is_escaped() const { return root_->kind == Node::Kind::kFilter && is_escape(root_->name); }

bool is_true(const Value& value) { return !value.is_null() && !(value.is_boolean() && !value.as_bool()); }

Result<std::string> to_text(const Value& value) {
  if (is_text(value)) return value.reveal();
  if (value.is_null()) return bad_value("null has no text: give it a '| default(...)'");
  if (value.is_array()) return bad_value("a list has no text: use '| join(\", \")' or '| json'");
  if (value.is_object()) return bad_value("a map has no text: use '| json' or one of its members");
  return to_json(value);
}

}  // namespace runbook::templates
