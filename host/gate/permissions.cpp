// SPDX-License-Identifier: Apache-2.0
#include "host/gate/permissions.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "host/core/net_address.h"
#include "host/core/text.h"
#include "host/gate/net_target.h"
#include "host/gate/permission_template.h"

namespace runbook {
namespace {

using Place = PermissionTemplate::Place;

constexpr const char* kDenied = "--deny";
constexpr std::array<std::string_view, 6> kPlainKinds = {"net", "read", "write", "run", "env", "secret"};

bool is_plain_kind(std::string_view kind) {
  return std::find(kPlainKinds.begin(), kPlainKinds.end(), kind) != kPlainKinds.end();
}

bool is_path_kind(std::string_view kind) { return kind == "read" || kind == "write"; }

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/" || path == directory) return true;
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

bool covers_path(const Pattern& pattern, std::string_view path) {
  if (pattern.is_any() || pattern.encoded() == "/") return true;
  if (!pattern.has_wildcard()) return is_below(path, pattern.encoded());
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    if (pattern.matches(path.substr(0, end), "/")) return true;
    if (end == std::string_view::npos) return false;
  }
}

// The directories that a bare program name in a grant stands for: those that only root writes to.
bool is_system_program(std::string_view path, std::string_view name) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return path == name;
  static constexpr std::string_view kDirectories[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};
  const auto* end = std::end(kDirectories);
  return path.substr(slash + 1) == name && std::find(std::begin(kDirectories), end, path.substr(0, slash)) != end;
}

std::string unknown_kind(std::string_view kind, const PermissionScope& scope) {
  std::vector<std::string> kinds(kPlainKinds.begin(), kPlainKinds.end());
  kinds.insert(kinds.end(), scope.module_kinds.begin(), scope.module_kinds.end());
  std::string meant = did_you_mean(kind, kinds);
  if (kind == "fs" || kind == "file" || kind == "files") meant = "read' or 'write";
  if (kind == "exec") meant = "run";
  if (!meant.empty()) return cat("there is no kind '", kind, "', did you mean '", meant, "'?");
  return cat("there is no kind '", kind, "', only ", join(kinds, ", "));
}

}  // namespace

std::string normal_path(std::string_view path, std::string_view directory) {
  std::vector<std::string> kept;
  const std::string full = path.starts_with('/') ? std::string(path) : cat(directory, "/", path);
  for (std::string& part : split(full, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      kept.push_back(std::move(part));
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  return "/" + join(kept, "/");
}

bool is_part_of(const Access& access, const std::vector<Access>& covering) {
  return std::any_of(covering.begin(), covering.end(), [&](const Access& outer) {
    const bool reads = access.kind == "read" && outer.kind == "write";
    if (access.kind != outer.kind && !reads) return false;
    if (is_path_kind(access.kind)) return is_below(normal_path(access.target), normal_path(outer.target));
    return access.target == outer.target;
  });
}

bool Permissions::Grant::on_target(const Access& access) const {
  const bool reads = kind == "write" && access.kind == "read";
  if (kind != access.kind && !reads) return false;
  if (access.target.find('\0') != std::string::npos) return false;
  if (is_path_kind(kind)) {
    if (!access.target.starts_with('/')) return false;
    const std::string path = normal_path(access.target);
    return std::any_of(paths.begin(), paths.end(), [&](const Pattern& one) { return covers_path(one, path); });
  }
  if (kind == "net" && !scheme.empty()) {
    const auto parsed = parse_net_target(access.target);
    if (!parsed || parsed->scheme != scheme || (port != -1 && port != parsed->port)) return false;
    if (!denial && pattern.has_wildcard() && is_link_local(parsed->host)) return false;
    if (pattern.is_any() && scheme != "unix") return true;
    return pattern.matches(parsed->host, scheme == "unix" ? "/" : ".");
  }
  if (pattern.is_any()) {
    if (kind != "net" || denial) return true;
    const auto parsed = parse_net_target(access.target);
    return parsed.ok() && !is_link_local(parsed->host);
  }
  if (kind == "run") {
    if (access.target.find('/') == std::string::npos) return pattern.matches(access.target, "/");  // "process:web"
    const bool bare = pattern.encoded().find('/') == std::string::npos;
    return bare ? is_system_program(access.target, pattern.encoded()) : pattern.matches(access.target, "/");
  }
  return pattern.matches(access.target, is_plain_kind(kind) ? "" : "/@");
}

bool Permissions::Grant::allows(const Access& access, bool any_name) const {
  const bool target_unknown = any_name && access.target.empty() && access.kind == kind;
  if (!target_unknown && !on_target(access)) return false;
  if (actions.empty() || access.verb.empty()) return true;
  return std::any_of(actions.begin(), actions.end(), [&](const auto& action) {
    if (!action.first.matches(access.verb)) return false;
    return (any_name && access.name.empty()) || action.second.is_any() ||
           (!access.name.empty() && action.second.matches(access.name));
  });
}

/// Turns one kind's text into grants.
class Permissions::Reader {
 public:
  Reader(const PermissionScope& scope, const char* source, std::vector<std::string>& problems)
      : scope_(scope), source_(source), problems_(problems) {}

  void target(std::string_view kind, std::string_view text, const Value* patterns, std::vector<Grant>& out) {
    const std::string where(kind);
    const Place place = is_path_kind(kind) || kind == "run" ? Place::kPath : kind == "net" ? Place::kHost : Place::kText;
    for (const std::string& encoded : PermissionTemplate::expand(text, place, scope_, where, problems_)) {
      Grant grant;
      grant.kind = where;
      grant.source = source_;
      grant.denial = source_ == kDenied;
      grant.pattern = Pattern(encoded);
      grant.target = grant.pattern.show();
      if (!read_target(grant, encoded)) continue;
      if (patterns && !read_actions(grant, *patterns)) continue;
      out.push_back(std::move(grant));
    }
  }

 private:
  bool problem(std::string text) {
    problems_.push_back(std::move(text));
    return false;
  }

  bool read_target(Grant& grant, const std::string& encoded) {
    if (is_path_kind(grant.kind)) {
      if (grant.pattern.is_any()) {
        grant.paths = {grant.pattern};
        return true;
      }
      const bool in_home = encoded == "~" || encoded.starts_with("~/");
      if (in_home && scope_.home.empty()) return problem(cat(grant.kind, ": '", grant.target, "': the home directory is not known"));
      const std::string path = in_home ? normal_path(scope_.home + encoded.substr(1)) : normal_path(encoded, scope_.directory);
      grant.paths = {Pattern(path)};
      grant.target = grant.paths[0].show();
      // Operations name what they touch with its links followed: /var/run/x is /run/x.
      std::error_code failed;
      const std::string real = std::filesystem::weakly_canonical(path, failed).string();
      if (!failed && !grant.paths[0].has_wildcard() && real != path) grant.paths.emplace_back(real);
      return true;
    }
    if (grant.kind == "run" && encoded.find('/') != std::string::npos) {
      grant.pattern = Pattern(normal_path(encoded, scope_.directory));
      grant.target = grant.pattern.show();
      return true;
    }
    if (grant.kind != "net" || grant.pattern.is_any()) return true;
    auto parsed = parse_net_target(encoded, Pattern::kWildcard);
    if (!parsed) {
      return problem(cat("net: '", grant.target, "': ", encoded.find("://") == std::string::npos
                                                            ? cat("write it as scheme://host[:port]: 'https://", grant.target, "'")
                                                            : parsed.error().message));
    }
    if (!parsed->rest.empty() && parsed->rest != "/") {
      return problem(cat("net: '", grant.target, "': a permission is for a whole host, without '", Pattern(parsed->rest).show(), "'"));
    }
    if (parsed->port == 0 && parsed->scheme != "unix") {
      return problem(cat("net: '", grant.target, "': '", parsed->scheme, "' has no usual port, name one (or ':*')"));
    }
    grant.scheme = parsed->scheme;
    grant.port = parsed->port;
    grant.pattern = Pattern(parsed->host);
    return true;
  }

  bool read_actions(Grant& grant, const Value& patterns) {
    const std::string where = cat(grant.kind, ": '", grant.target, "'");
    if (!patterns.is_array() || patterns.items().empty()) {
      return problem(cat(where, ": wants a list of patterns like 'container.*:web-*'", patterns.is_array() ? ", this one is empty" : ""));
    }
    const std::size_t before = problems_.size();
    for (const Value& item : patterns.items()) {
      if (!item.is_string()) {
        problem(cat(where, ": a pattern is a string, not a ", to_string(item.kind())));
        continue;
      }
      const std::string& text = item.as_string();
      const auto colon = text.find(':');
      const auto verbs = PermissionTemplate::expand(text.substr(0, colon), Place::kText, scope_, where, problems_);
      std::vector<std::string> names = {std::string(1, Pattern::kWildcard)};
      if (colon != std::string::npos) {
        names = PermissionTemplate::expand(std::string_view(text).substr(colon + 1), Place::kText, scope_, where, problems_);
      }
      for (const std::string& verb : verbs) {
        const auto& bare = scope_.bare_verbs;
        if (verb.find_first_of({'.', Pattern::kWildcard}) == std::string::npos && std::find(bare.begin(), bare.end(), verb) == bare.end()) {
          problem(cat(where, ": '", text, "' is no noun.verb[:name], did you mean '", Pattern(verb).show(), ".*'?"));
          continue;
        }
        for (const std::string& name : names) {
          grant.actions.emplace_back(Pattern(verb), Pattern(name));
          grant.shown.push_back(colon == std::string::npos ? Pattern(verb).show() : cat(Pattern(verb).show(), ":", Pattern(name).show()));
        }
      }
    }
    // A pattern whose parameter was not given grants nothing, and must not leave a grant of everything.
    return problems_.size() == before && !grant.actions.empty();
  }

  const PermissionScope& scope_;
  const char* source_;
  std::vector<std::string>& problems_;
};

Permissions::Parsed Permissions::parse(const Value& table, const PermissionScope& scope) {
  Parsed out;
  Reader reader(scope, "runbook", out.problems);
  if (!table.is_null() && !table.is_object() && !(table.is_array() && table.items().empty())) {
    out.problems.push_back(cat("permissions: wants a table from kind to targets, not a ", to_string(table.kind())));
  }
  for (const auto& [kind, targets] : table.members()) {
    const bool plain = is_plain_kind(kind);
    const auto& modules = scope.module_kinds;
    if (!plain && std::find(modules.begin(), modules.end(), kind) == modules.end()) {
      out.problems.push_back(unknown_kind(kind, scope));
      continue;
    }
    if (targets.is_object() && plain && !targets.members().empty()) {
      out.problems.push_back(cat(kind, ": wants a list of targets; this kind has no patterns"));
    } else if (targets.is_object()) {
      for (const auto& [target, patterns] : targets.members()) reader.target(kind, target, &patterns, out.permissions.grants_);
    } else if (targets.is_array()) {
      for (const Value& target : targets.items()) {
        if (target.is_string()) {
          reader.target(kind, target.as_string(), nullptr, out.permissions.grants_);
        } else {
          out.problems.push_back(cat(kind, ": a target is a string, not a ", to_string(target.kind())));
        }
      }
    } else {
      const std::string example = targets.is_string() ? cat(": { \"", targets.as_string(), "\" }") : "";
      out.problems.push_back(cat(kind, ": wants a list of targets, not a ", to_string(targets.kind()), example));
    }
  }
  return out;
}

Status Permissions::allow(std::string_view text, const PermissionScope& scope) { return add(text, scope, "--allow", grants_); }
Status Permissions::deny(std::string_view text, const PermissionScope& scope) { return add(text, scope, kDenied, denials_); }

Status Permissions::add(std::string_view text, const PermissionScope& scope, const char* source, std::vector<Grant>& list) {
  const auto equals = text.find('=');
  const std::string kind(text.substr(0, equals));
  std::string_view target = equals == std::string_view::npos ? "*" : text.substr(equals + 1);
  const bool plain = is_plain_kind(kind);
  const auto& modules = scope.module_kinds;
  if (!plain && std::find(modules.begin(), modules.end(), kind) == modules.end()) {
    return Error("usage.permission", cat(source, " ", text, ": ", unknown_kind(kind, scope)));
  }
  // The command line has no parameters: there a brace is a brace.
  Value patterns;
  if (const auto second = target.find('='); !plain && second != std::string_view::npos) {
    patterns.push(PermissionTemplate::plain(target.substr(second + 1)));
    target = target.substr(0, second);
  }
  std::vector<std::string> problems;
  Reader(scope, source, problems).target(kind, PermissionTemplate::plain(target), patterns.is_null() ? nullptr : &patterns, list);
  if (problems.empty()) return Unit{};
  return Error("usage.permission", cat(source, " ", text, ": ", join(problems, "; ")));
}

std::string Permissions::denied_by(const Access& access) const {
  for (const Grant& denial : denials_) {
    // A denial of writing says nothing about reading.
    if (denial.kind != access.kind || !denial.allows(access)) continue;
    return cat(denial.kind, "=", denial.target, denial.shown.empty() ? "" : cat("=", denial.shown[0]));
  }
  return {};
}

bool Permissions::covers(const Access& access) const {
  if (!denied_by(access).empty()) return false;
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) { return grant.allows(access); });
}

bool Permissions::may_cover(const Access& access) const {
  if (!access.target.empty() && !denied_by(access).empty()) return false;
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) { return grant.allows(access, true); });
}

std::vector<Access> Permissions::missing(const std::vector<Access>& accesses) const {
  std::vector<Access> out;
  for (const Access& access : accesses) {
    if (!covers(access)) out.push_back(access);
  }
  return out;
}

Value Permissions::describe() const {
  Value list = Value::Array{};
  for (const auto* grants : {&grants_, &denials_}) {
    for (const Grant& grant : *grants) {
      Value entry = Value::object({{"kind", grant.kind}, {"target", grant.target}, {"source", grant.source}});
      if (!grant.shown.empty()) entry.set("patterns", Value::strings(grant.shown));
      list.push(std::move(entry));
    }
  }
  return list;
}

}  // namespace runbook
