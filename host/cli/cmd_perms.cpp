// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <climits>
#include <cstdlib>

#include "host/cli/commands.h"
#include "host/core/text.h"
#include "host/gate/permission_review.h"
#include "host/journal/directory.h"
#include "host/journal/reader.h"

namespace runbook::cli {
namespace {

constexpr std::size_t kRunsToSearch = 1000;

// "kind  target: patterns", a line each.
void append(std::string& out, const std::string& kind, const Value& patterns, bool plain, const Paint& paint) {
  const auto line = [&](std::string_view target, std::string_view verbs) {
    out += plain ? cat(kind, "\t", printable(target), "\t", printable(verbs), "\n")
                 : cat("  ", paint.cyan(kind), std::string(kind.size() < 8 ? 8 - kind.size() : 1, ' '), printable(target),
                       verbs.empty() ? "" : cat("  ", printable(verbs)), "\n");
  };
  if (patterns.is_string()) line(patterns.as_string(), "");
  for (const Value& target : patterns.items()) line(target.as_string(), "");
  for (const auto& [target, verbs] : patterns.members()) line(target, verbs.is_string() ? verbs.as_string() : join(verbs.as_strings(), ", "));
}

/// What the file asks for now, beside what it asked for when it last ran.
struct Since {
  std::string run;  // empty: it has not run, or nothing is known of its runs
  PermissionChanges changes;
};

std::string real_path(const std::string& path) {
  char buffer[PATH_MAX];
  return ::realpath(path.c_str(), buffer) ? std::string(buffer) : std::string();
}

Since compare_with_last_run(const std::string& file, const Declaration& declaration) {
  const std::string path = real_path(file);
  auto reader = journal::Reader::open(journal::state_directory());
  if (!reader || path.empty()) return {};
  // The journal has the path as it was given, "./deploy.lua" too: by its name first, then by what it leads to.
  journal::RunFilter filter;
  filter.file = file.substr(file.rfind('/') + 1);
  filter.limit = kRunsToSearch;
  auto runs = reader->runs(filter);
  if (!runs) return {};
  const auto last = std::find_if(runs->begin(), runs->end(), [&](const journal::RunRecord& run) { return real_path(run.file) == path; });
  if (last == runs->end()) return {};
  return {last->id, compare_permissions(last->permissions, declaration.asked_for())};
}

std::string show(const Since& since, bool plain, const Paint& paint) {
  std::string out;
  const auto add = [&](const std::vector<PermissionEntry>& entries, const char* word, const std::string& mark) {
    for (const PermissionEntry& entry : entries) {
      out += plain ? cat(word, "\t", entry.kind, "\t", printable(entry.target), "\t", printable(entry.pattern), "\n") : cat("  ", mark, " ", entry.show(), "\n");
    }
  };
  add(since.changes.added, "new", paint.yellow("+"));
  add(since.changes.gone, "gone", paint.dim("-"));
  return out.empty() || plain ? out : cat(paint.bold("since the last run"), " (", since.run, "):\n", out);
}

Value to_value(const Since& since) {
  if (since.run.empty()) return Value();
  Value added{Value::Array{}}, gone{Value::Array{}};
  for (const PermissionEntry& entry : since.changes.added) added.push(entry.to_value());
  for (const PermissionEntry& entry : since.changes.gone) gone.push(entry.to_value());
  return Value::object({{"run", since.run}, {"new", std::move(added)}, {"gone", std::move(gone)}});
}

}  // namespace

int cmd_perms(const Context& context) {
  if (context.line.has("from-test")) return cmd_perms_from_test(context);
  if (context.line.has("propose")) return cmd_perms_propose(context);
  for (const char* option : {"allow", "deny", "limit", "params"}) {
    if (context.line.has(option)) return fail(context, Error("usage", cat("'--", option, "' says how a dry run goes: it needs --propose")));
  }
  const std::string file = context.line.operand();
  auto declaration = declaration_of(context.host, file);
  if (!declaration) return fail(context, declaration.error());
  const Since since = compare_with_last_run(file, *declaration);
  if (context.json()) {
    Value secrets{Value::Array{}};
    for (const DeclaredSecret& secret : declaration->secrets) secrets.push(secret.name);
    write_json(context, Value::object({{"schema", 1}, {"file", file}, {"secrets", std::move(secrets)}, {"since", to_value(since)},
                                       {"permissions", declaration->permissions.is_null() ? Value(Value::Object{}) : declaration->permissions}}));
    return exit_code::kOk;
  }
  const bool plain = context.line.has("plain");
  std::string out;
  for (const auto& [kind, patterns] : declaration->permissions.members()) append(out, kind, patterns, plain, context.paint());
  for (const DeclaredSecret& secret : declaration->secrets) append(out, "secret", Value(secret.name), plain, context.paint());
  if (out.empty()) context.console.err.write(cat(printable(file), " asks for no permissions\n"));
  context.out(out + show(since, plain, context.paint()));
  return exit_code::kOk;
}

}  // namespace runbook::cli
