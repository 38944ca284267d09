// SPDX-License-Identifier: Apache-2.0
#include "host/run/check_permissions.h"

#include <algorithm>

#include "host/run/problems.h"

namespace runbook {
namespace {

using lua::Node;
using lua::NodeKind;

// The text between the next two backticks from `at` on, which is moved behind them.
std::string quoted(std::string_view text, std::size_t& at) {
  const auto begin = text.find('`', at);
  const auto end = begin == std::string_view::npos ? begin : text.find('`', begin + 1);
  if (end == std::string_view::npos) return {};
  at = end + 1;
  return std::string(text.substr(begin + 1, end - begin - 1));
}

bool has_entries(const Value& targets) { return !targets.items().empty() || !targets.members().empty(); }

bool declares_kind(const Declaration& declaration, const std::string& kind) {
  const Value& permissions = declaration.permissions;
  return has_entries(permissions[kind]) || (kind == "read" && has_entries(permissions["write"]));
}

std::string text_of(const Node& node) { return node.kind == NodeKind::kString ? node.text : std::string(); }

// What the call is about, where that is written there: a path, a URL, the first word of a command.
std::string literal_target(const Node& call, std::size_t first) {
  if (call.children.size() <= first) return {};
  const Node& argument = *call.children[first];
  if (argument.kind != NodeKind::kTable) return text_of(argument);
  for (const Node* field : argument.children) {
    if (field->kind == NodeKind::kItem) return text_of(*field->children[0]);
    if (field->kind == NodeKind::kNamed && (field->text == "url" || field->text == "path"))
      return text_of(*field->children[0]);
  }
  return {};
}

std::string target_to_add(const PermissionNeed& need, const std::string& literal) {
  if (!need.target.empty()) return need.target;
  if (need.kind == "net") {
    const auto host = literal.find("://");
    return host == std::string::npos ? "https://HOST" : literal.substr(0, literal.find('/', host + 3));
  }
  if (need.kind == "read" || need.kind == "write") return literal.empty() ? "PATH" : literal;
  return need.kind == "run" && !literal.empty() ? literal : "TARGET";
}

std::string quote(const std::string& text) { return cat('"', printable(text), '"'); }

std::string missing_secret(const MetaFunction& function, const Declaration& declaration, const std::string& literal) {
  std::vector<std::string> names;
  for (const DeclaredSecret& secret : declaration.secrets) names.push_back(secret.name);
  const bool declared =
      literal.empty() ? !names.empty() : std::find(names.begin(), names.end(), literal) != names.end();
  if (declared) return {};
  return cat(function.path(), " needs a secret that the runbook does not declare", suggestion(literal, names),
             "; add: secrets = { ", quote(literal.empty() ? "NAME" : literal), " }");
}

}  // namespace

std::optional<PermissionNeed> permission_need(const MetaFunction& function) {
  const std::string_view text = function.permission;
  if (text.find("under `secrets`") != std::string_view::npos) return PermissionNeed{"secret", "", ""};
  if (!text.starts_with('`')) return std::nullopt;
  std::size_t at = 0;
  const std::string first = quoted(text, at);
  PermissionNeed need{first.substr(0, first.find(':')), "", ""};
  const bool has_verb = text.substr(at).starts_with(": `");
  if (has_verb) need.verb = quoted(text, at);
  need.verb = need.verb.substr(0, need.verb.find(':'));
  if (text.substr(at).starts_with(" on `") || (need.kind == "run" && text.substr(at).starts_with(" with `")))
    need.target = quoted(text, at);
  return need;
}

std::string missing_permission(const MetaFunction& function, const Declaration& declaration, const Node& call,
                               std::size_t first) {
  const auto need = permission_need(function);
  if (!need) return {};
  const std::string literal = literal_target(call, first);
  if (need->kind == "secret") return missing_secret(function, declaration, literal);
  if (declares_kind(declaration, need->kind)) return {};
  const std::string target = quote(target_to_add(*need, literal));
  const std::string entry =
      need->verb.empty() ? cat("{ ", target, " }") : cat("{ [", target, "] = { ", quote(need->verb), " } }");
  return cat(function.path(), " needs a permission of the kind '", need->kind,
             "', and the runbook declares none; add: permissions = { ", need->kind, " = ", entry, " }");
}

}  // namespace runbook
