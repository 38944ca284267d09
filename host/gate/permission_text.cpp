// SPDX-License-Identifier: Apache-2.0
#include "host/gate/permission_text.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "host/core/text.h"
#include "host/gate/net_target.h"
#include "host/gate/permission_template.h"

namespace runbook {
namespace {

std::string plain_target(const Access& access) {
  if (access.kind != "net") return access.target;
  const auto parsed = parse_net_target(access.target);
  if (!parsed || parsed->scheme == "unix") return access.target;
  const std::string host = parsed->host.find(':') == std::string::npos ? parsed->host : cat("[", parsed->host, "]");
  const auto usual = parse_net_target(cat(parsed->scheme, "://", host));
  const bool named = !usual || usual->port != parsed->port;
  return cat(parsed->scheme, "://", host, named ? cat(":", parsed->port) : "");
}

std::string action(const Access& access) { return access.name.empty() ? access.verb : cat(access.verb, ":", access.name); }

std::string quote_lua(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string lua_key(const std::string& key) {
  const bool word = !key.empty() && !std::isdigit(static_cast<unsigned char>(key[0])) &&
                    std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  return word ? key : cat("[", quote_lua(key), "]");
}

std::string lua_list(const Value& list) {
  std::vector<std::string> quoted;
  for (const Value& item : list.items()) quoted.push_back(quote_lua(item.as_string()));
  return quoted.empty() ? "{}" : cat("{ ", join(quoted, ", "), " }");
}

// Of many accesses, those whose permission covers others too: a path what is below it, writing reading.
class Paths {
 public:
  explicit Paths(const std::vector<Access>& accesses) {
    for (const Access& access : accesses) {
      if (access.kind == "read" || access.kind == "write") kinds_[access.kind].insert(normal_path(access.target));
    }
  }

  bool cover(const Access& access) const {
    if (access.kind != "read" && access.kind != "write") return false;
    std::string path = normal_path(access.target);
    if (access.kind == "read" && has("write", path)) return true;
    while (path.size() > 1) {
      path.resize(std::max<std::size_t>(path.rfind('/'), 1));
      if (has("write", path) || (access.kind == "read" && has("read", path))) return true;
    }
    return false;
  }

 private:
  bool has(const char* kind, const std::string& path) const {
    const auto found = kinds_.find(kind);
    return found != kinds_.end() && found->second.count(path) > 0;
  }

  std::map<std::string, std::set<std::string>, std::less<>> kinds_;
};

std::string quote_shell(const std::string& text) {
  const bool safe = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("_./:=@%+,-").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (safe) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

Value propose(const std::vector<Access>& accesses) {
  return propose(accesses, [](const Access&, const std::string& text) { return PermissionTemplate::plain(text); });
}

Value propose(const std::vector<Access>& accesses, const SpellAccess& spell) {
  std::map<std::string, std::map<std::string, std::set<std::string>>> kinds;
  const Paths paths(accesses);
  for (const Access& access : accesses) {
    if (paths.cover(access)) continue;
    auto& actions = kinds[access.kind][spell(access, plain_target(access))];
    if (!access.verb.empty()) actions.insert(cat(access.verb, access.name.empty() ? "" : ":", spell(access, access.name)));
  }
  Value table = Value::Object{};
  for (const auto& [kind, targets] : kinds) {
    const bool verbs = std::any_of(targets.begin(), targets.end(), [](const auto& entry) { return !entry.second.empty(); });
    Value entry = verbs ? Value(Value::Object{}) : Value(Value::Array{});
    for (const auto& [target, actions] : targets) {
      if (!verbs) {
        entry.push(target);
        continue;
      }
      const std::vector<std::string> list(actions.begin(), actions.end());
      entry.set(target, Value::strings(list.empty() ? std::vector<std::string>{"*"} : list));
    }
    table.set(kind, std::move(entry));
  }
  return table;
}

std::string permissions_to_lua(const Value& table, bool one_line) {
  if (table.members().empty()) return "permissions = {}";
  const std::string gap = one_line ? " " : "\n";
  std::vector<std::string> kinds;
  for (const auto& [kind, targets] : table.members()) {
    const std::string indent = one_line ? "" : "  ";
    if (!targets.is_object()) {
      kinds.push_back(cat(indent, lua_key(kind), " = ", lua_list(targets)));
      continue;
    }
    std::vector<std::string> lines;
    for (const auto& [target, patterns] : targets.members()) {
      lines.push_back(cat(indent, indent, lua_key(target), " = ", lua_list(patterns)));
    }
    const std::string end = one_line ? " }" : ",\n  }";
    kinds.push_back(cat(indent, lua_key(kind), " = {", gap, join(lines, "," + gap), end));
  }
  return cat("permissions = {", gap, join(kinds, "," + gap), one_line ? " }" : ",\n}");
}

std::string allow_option(const Access& access) {
  const std::string verb = access.verb.empty() ? "" : cat("=", action(access));
  return cat("--allow ", quote_shell(cat(access.kind, "=", plain_target(access), verb)));
}

std::string show_access(const Access& access) {
  return cat(access.kind, " '", printable(access.target), "'", access.verb.empty() ? "" : cat(" ", printable(action(access))));
}

Error permission_denied(const std::string& operation, const Permissions& permissions, const std::vector<Access>& missing) {
  std::vector<std::string> shown, options;
  for (const Access& access : missing) {
    shown.push_back(show_access(access));
    options.push_back(allow_option(access));
  }
  Error error("permission.denied", cat(operation, ": not permitted: ", join(shown, ", ")));
  if (!missing.empty()) {
    const Access& first = missing.front();
    error.context = {{"kind", first.kind}, {"target", first.target}};
    if (!first.verb.empty()) error.context["action"] = action(first);
  }
  for (const Access& access : missing) {
    const std::string denial = permissions.denied_by(access);
    if (denial.empty()) continue;
    error.hint = cat("it was taken away by --deny ", quote_shell(denial));
    return error;
  }
  error.hint = cat("add to the runbook: ", permissions_to_lua(propose(missing), true), "; or for one run: ", join(options, " "));
  return error;
}

}  // namespace runbook
