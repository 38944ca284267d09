// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>

#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/core/text.h"
#include "host/script/vm.h"
#include "host/run/check.h"
#include "host/run/permission_scope.h"
#include "host/run/runbook_file.h"

namespace runbook::cli {
namespace {

bool readable(const std::string& path) { return ::access(path.c_str(), R_OK) == 0; }

// Where `require "a.b"` looks beside the runbook.
bool finds_file(const std::string& directory, const std::string& name) {
  std::string path = name;
  std::replace(path.begin(), path.end(), '.', '/');
  for (const char* folder : {"/", "/lib/", "/lua_modules/share/lua/5.4/"}) {
    if (readable(cat(directory, folder, path, ".lua")) || readable(cat(directory, folder, path, "/init.lua"))) return true;
  }
  return false;
}

// "deploy.lua:42: what" of an error; the declaration's have no line of their own.
int line_of(const Error& error) {
  const auto colon = error.where.rfind(':');
  return colon == std::string::npos ? 1 : std::max(1, std::atoi(error.where.c_str() + colon + 1));
}

int line_of_permissions(const std::string& source) {
  constexpr std::string_view kName = "permissions";
  for (std::size_t at = source.find(kName); at != std::string::npos; at = source.find(kName, at + 1)) {
    const std::size_t next = source.find_first_not_of(" \t", at + kName.size());
    if (next != std::string::npos && source[next] == '=') return static_cast<int>(std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(at), '\n')) + 1;
  }
  return 1;
}

// What only loading can tell: the declaration, and so whether its permissions are any and what the code needs of them.
std::vector<Finding> check_declaration(const Context& context, const Source& source, CheckOptions options) {
  std::vector<Finding> findings;
  const auto declaration = declaration_of(context.host, source.path);
  if (!declaration) {
    for (const std::string& message : lines_of(declaration.error().message)) findings.push_back({line_of(declaration.error()), 1, message});
    return findings;
  }
  if (!declares_runbook(source.text)) return findings;
  PermissionScope scope = permission_scope(context.host.modules(), *declaration, source.directory);
  // A parameter without a default stands for anything: what it is part of is left alone.
  scope.params = Value::Object{};
  for (const Param& param : declaration->params) {
    if (!param.fallback.is_null()) scope.params.set(param.name, param.fallback);
  }
  for (const std::string& problem : Permissions::parse(declaration->permissions, scope).problems) {
    findings.push_back({line_of_permissions(source.text), 1, cat("permissions: ", problem)});
  }
  options.declaration = &*declaration;
  const auto missing = check_source(source.text, options);
  findings.insert(findings.end(), missing.begin(), missing.end());
  return findings;
}

Result<std::vector<Finding>> check_file(const Context& context, const std::vector<Meta>& metas, const std::string& file) {
  auto source = read_source_file(file);
  if (!source) return std::move(source).error();
  CheckOptions options;
  options.modules = metas;
  options.spec = file.ends_with("_spec.lua");
  options.finds_file = [&](const std::string& name) {
    return script::is_standard_library(name) || finds_file(source->directory, name);
  };
  auto findings = check_source(source->text, options);
  // A file with mistakes is not loaded on top of them.
  return findings.empty() && !options.spec ? check_declaration(context, *source, std::move(options)) : std::move(findings);
}

}  // namespace

int cmd_check(const Context& context) {
  const auto metas = module_metas(context.host);
  Value list{Value::Array{}};
  int status = exit_code::kOk;
  for (const std::string& file : context.line.operands) {
    auto findings = check_file(context, metas, file);
    if (!findings) return fail(context, findings.error());
    for (const Finding& finding : *findings) {
      status = exit_code::kFailed;
      if (context.json()) {
        list.push(Value::object({{"file", file}, {"line", finding.line}, {"column", finding.column}, {"message", finding.message}}));
      } else {
        context.out(cat(context.paint().bold(cat(printable(file), ":", finding.line, ":", finding.column, ":")), " ", printable(finding.message), "\n"));
      }
    }
  }
  if (context.json()) write_json(context, Value::object({{"schema", 1}, {"findings", std::move(list)}}));
  return status;
}

}  // namespace runbook::cli
