// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "host/cli/commands.h"
#include "host/cli/help.h"
#include "host/cli/usage.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

int help_file(const Context& context, const std::string& file) {
  auto info = context.host.read(file);
  if (!info) return fail(context, info.error());
  if (context.json()) {
    Value value = info->plain ? Value(Value::Object{}) : info->declaration;
    value.set("schema", 1);
    value.set("plain", info->plain);
    value.set("hash", info->hash);
    write_json(context, value);
    return exit_code::kOk;
  }
  auto declaration = info->plain ? Result<Declaration>(Declaration{}) : declaration_from(info->declaration);
  if (!declaration) return fail(context, declaration.error());
  context.out(usage(file, *declaration));
  return exit_code::kOk;
}

int help_json(const Context& context) {
  Value modules{Value::Array{}}, commands{Value::Array{}}, options{Value::Array{}};
  for (const Meta& meta : module_metas(context.host)) modules.push(to_value(meta));
  for (const CommandInfo& info : command_table()) {
    commands.push(Value::object({{"name", info.name}, {"operands", info.operands}, {"summary", info.summary}}));
  }
  for (const HostOption& option : host_options()) {
    Value item = Value::object({{"name", option.name}, {"help", option.help}, {"repeatable", option.repeatable}});
    if (option.letter) item.set("letter", std::string(1, option.letter));
    if (option.value) item.set("value", option.value);
    options.push(std::move(item));
  }
  write_json(context, Value::object({{"schema", 1}, {"modules", std::move(modules)}, {"commands", std::move(commands)}, {"options", std::move(options)}}));
  return exit_code::kOk;
}

}  // namespace

int cmd_help(const Context& context) {
  const CommandLine& line = context.line;
  if (line.command == Command::kCompletion && !line.has("help")) {
    if (line.operand() != "bash") return fail(context, Error("usage", cat("no completion for '", printable(line.operand()), "', only for bash")));
    context.out(bash_completion());
    return exit_code::kOk;
  }
  if (line.has("help") && line.command == Command::kRun && !line.operands.empty()) return help_file(context, line.operand());
  if (line.has("help") && line.named) {
    context.out(usage(line.command));
    return exit_code::kOk;
  }
  const std::string topic = line.command == Command::kHelp ? line.operand() : "";
  if (topic.empty()) {
    if (context.json()) return help_json(context);
    const auto metas = module_metas(context.host);
    context.out(usage());
    if (!metas.empty()) context.out(cat("\nmodules: runbook help MODULE, runbook help MODULE.FUNCTION\n", show_modules(metas, context.paint())));
    return exit_code::kOk;
  }
  if (const CommandInfo* command = find_command(topic)) {
    context.out(usage(command->command));
    return exit_code::kOk;
  }
  if (topic.ends_with(".lua") || topic.find('/') != std::string::npos) return help_file(context, topic);
  const auto metas = module_metas(context.host);
  auto text = show_topic(metas, topic, context.paint());
  if (!text) return fail(context, text.error());
  if (!context.json()) {
    context.out(*text);
    return exit_code::kOk;
  }
  Value found{Value::Array{}};
  for (const Meta& meta : metas) {
    if (meta.module == topic) found.push(to_value(meta));
    for (const MetaFunction& function : meta.functions) {
      if (is_called(function, topic)) found.push(to_value(function));
    }
  }
  write_json(context, Value::object({{"schema", 1}, {"topic", topic}, {"found", std::move(found)}}));
  return exit_code::kOk;
}

int cmd_version(const Context& context) {
  if (context.json()) {
    Value modules{Value::Object{}};
    for (const Module* module : context.host.modules()) modules.set(module->name, module->version);
    write_json(context, Value::object({{"schema", 1}, {"version", RUNBOOK_VERSION}, {"modules", std::move(modules)}}));
  } else {
    context.out(cat("runbook ", RUNBOOK_VERSION, "\n"));
  }
  return exit_code::kOk;
}

}  // namespace runbook::cli
