// SPDX-License-Identifier: Apache-2.0
#include "host/cli/commands.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

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

}  // namespace

int cmd_perms(const Context& context) {
  const std::string file = context.line.operand();
  auto declaration = declaration_of(context.host, file);
  if (!declaration) return fail(context, declaration.error());
  if (context.json()) {
    Value secrets{Value::Array{}};
    for (const DeclaredSecret& secret : declaration->secrets) secrets.push(secret.name);
    write_json(context, Value::object({{"schema", 1}, {"file", file}, {"secrets", std::move(secrets)},
                                       {"permissions", declaration->permissions.is_null() ? Value(Value::Object{}) : declaration->permissions}}));
    return exit_code::kOk;
  }
  std::string out;
  for (const auto& [kind, patterns] : declaration->permissions.members()) append(out, kind, patterns, context.line.has("plain"), context.paint());
  for (const DeclaredSecret& secret : declaration->secrets) append(out, "secret", Value(secret.name), context.line.has("plain"), context.paint());
  if (out.empty()) context.console.err.write(cat(printable(file), " asks for no permissions\n"));
  context.out(out);
  return exit_code::kOk;
}

}  // namespace runbook::cli
