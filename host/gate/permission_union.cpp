// SPDX-License-Identifier: Apache-2.0
#include "host/gate/permission_union.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/core/text.h"
#include "host/gate/permission_review.h"

namespace runbook {
namespace {

// By their text alone: the parameters of both runs are in it as {name}.
bool covers(const PermissionEntry& outer, const PermissionEntry& entry) {
  if (outer == entry) return false;
  const bool path = entry.kind == "read" || entry.kind == "write";
  if (path) {
    const bool kind = outer.kind == entry.kind || outer.kind == "write";
    return kind && (entry.target == outer.target || entry.target.starts_with(outer.target + "/"));
  }
  if (outer.kind != entry.kind || outer.target != entry.target) return false;
  if (outer.pattern == "*") return !entry.pattern.empty();
  return outer.pattern.empty() || entry.pattern.starts_with(outer.pattern + ":");
}

Value table_of(const std::vector<PermissionEntry>& entries) {
  std::map<std::string, std::map<std::string, std::set<std::string>>> kinds;
  for (const PermissionEntry& entry : entries) {
    auto& patterns = kinds[entry.kind][entry.target];
    if (!entry.pattern.empty()) patterns.insert(entry.pattern);
  }
  Value table = Value::Object{};
  for (const auto& [kind, targets] : kinds) {
    const bool verbs = std::any_of(targets.begin(), targets.end(), [](const auto& one) { return !one.second.empty(); });
    Value list = verbs ? Value(Value::Object{}) : Value(Value::Array{});
    for (const auto& [target, patterns] : targets) {
      const std::vector<std::string> all(patterns.begin(), patterns.end());
      if (verbs)
        list.set(target, Value::strings(all.empty() ? std::vector<std::string>{"*"} : all));
      else
        list.push(target);
    }
    table.set(kind, std::move(list));
  }
  return table;
}

Value unite_tables(const Value& one, const Value& other) {
  std::vector<PermissionEntry> all = permission_entries(one);
  for (PermissionEntry& entry : permission_entries(other)) all.push_back(std::move(entry));
  std::vector<PermissionEntry> least;
  for (const PermissionEntry& entry : all) {
    if (std::none_of(all.begin(), all.end(), [&](const PermissionEntry& outer) { return covers(outer, entry); }))
      least.push_back(entry);
  }
  return table_of(least);
}

}  // namespace

Value unite_reviews(const Value& one, const Value& other) {
  Value undeclared = one["undeclared"];
  std::set<std::string> known;  // as the line to add: runs with other parameters lack the same {name}
  for (const Value& entry : undeclared.items()) known.insert(entry["add"].as_string());
  for (const Value& entry : other["undeclared"].items()) {
    if (known.insert(entry["add"].as_string()).second) undeclared.push(entry);
  }
  Value unused{Value::Array{}};
  const auto& idle = other["unused"].items();
  for (const Value& entry : one["unused"].items()) {
    if (std::find(idle.begin(), idle.end(), entry) != idle.end()) unused.push(entry);
  }
  return Value::object({{"permissions", unite_tables(one["permissions"], other["permissions"])},
                        {"undeclared", std::move(undeclared)},
                        {"unused", std::move(unused)}});
}

}  // namespace runbook
