// SPDX-License-Identifier: Apache-2.0
#include "host/cli/usage.h"

#include <algorithm>

#include "host/core/text.h"

namespace runbook::cli {
namespace {

constexpr std::size_t kWidestLabel = 30;

struct Row {
  std::string label, text;
};

// Two columns; a label too wide for its column has its text on the next line.
std::string table(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) {
    if (row.label.size() <= kWidestLabel) width = std::max(width, row.label.size());
  }
  std::string out;
  for (const Row& row : rows) {
    out += cat("  ", row.label);
    if (!row.text.empty()) {
      out += row.label.size() > width ? cat("\n  ", std::string(width, ' ')) : std::string(width - row.label.size(), ' ');
      out += cat("  ", row.text);
    }
    out += '\n';
  }
  return out;
}

Row option_row(const HostOption& option) {
  std::string label = option.letter ? cat("-", std::string(1, option.letter), ", --", option.name) : cat("    --", option.name);
  if (option.value) label += cat(" ", option.choices ? option.choices : option.value);
  return {label, option.help};
}

std::string options_of(unsigned commands, bool only_common) {
  std::vector<Row> rows;
  for (const HostOption& option : host_options()) {
    const bool common = option.commands == ~0u;
    if (only_common ? common : !common && (option.commands & commands)) rows.push_back(option_row(option));
  }
  return table(rows);
}

std::string show(const Param& param, const Value& value) {
  if (param.type == ParamType::kDuration) return show_duration(value.as_number());
  return value.is_string() ? value.as_string() : to_json(value);
}

Row param_row(const Param& param) {
  std::string label = cat("--", param.option());
  if (param.type == ParamType::kBool) label = param.fallback == Value(true) ? cat("--no-", param.option()) : label;
  if (const std::string value = param.placeholder(); !value.empty()) label += cat(" ", value);
  std::vector<std::string> notes;
  if (param.secret) notes.push_back("secret: from --params FILE or the prompt");
  if (param.type == ParamType::kList || param.type == ParamType::kMap) notes.push_back("may be repeated");
  if (param.required) notes.push_back("required");
  const bool empty = param.fallback.is_null() || param.fallback == Value(Value::Array{}) || param.fallback == Value(Value::Object{});
  if (!empty && param.type != ParamType::kBool) notes.push_back(cat("default: ", show(param, param.fallback)));
  std::string text = param.help;
  if (!notes.empty()) text += cat(text.empty() ? "" : " ", "(", join(notes, "; "), ")");
  return {label, text};
}

void append_permissions(std::vector<Row>& rows, const Value& permissions) {
  for (const auto& [kind, patterns] : permissions.members()) {
    std::vector<std::string> all = patterns.as_strings();
    if (patterns.is_string()) all = {patterns.as_string()};
    for (const auto& [target, verbs] : patterns.members()) {
      std::string line = target;
      if (verbs.is_string()) line += cat(": ", verbs.as_string());
      if (!verbs.items().empty()) line += cat(": ", join(verbs.as_strings(), ", "));
      all.push_back(line);
    }
    for (const std::string& line : all) rows.push_back({kind, line});
  }
}

}  // namespace

std::string usage() {
  std::vector<Row> commands;
  for (const CommandInfo& info : command_table()) commands.push_back({info.name, info.summary});
  return cat("runbook: procedures that explain themselves, show what they would do, and do it\n\n",
             "usage: runbook FILE [PARAMETERS]       run a runbook: parameters are --name=value\n",
             "       runbook FILE --help             what the runbook does and which parameters it has\n",
             "       runbook -n FILE [PARAMETERS]    show what it would change\n",
             "       runbook COMMAND ...\n\n", "commands:\n", table(commands), "\noptions of every command:\n", options_of(0, true),
             "\noptions of a run:\n", options_of(command_bit(Command::kRun), false), "\nA command's own options: runbook COMMAND --help\n");
}

std::string usage(Command command) {
  const CommandInfo& info = command_info(command);
  std::string out = cat("usage: runbook ", info.name, *info.operands ? " " : "", info.operands, "\n\n", info.summary, "\n");
  if (const std::string own = options_of(command_bit(command), false); !own.empty()) out += cat("\noptions:\n", own);
  return out + cat("\noptions of every command:\n", options_of(0, true));
}

std::string usage(const std::string& file, const Declaration& declaration) {
  std::string out = cat("usage: runbook ", file, declaration.params.empty() ? "" : " [PARAMETERS]", "\n");
  if (!declaration.summary.empty()) out += cat("\n", declaration.summary, "\n");
  if (!declaration.description.empty()) out += cat("\n", trim(declaration.description), "\n");
  std::vector<Row> rows;
  for (const Param& param : declaration.params) rows.push_back(param_row(param));
  if (!rows.empty()) out += cat("\nparameters:\n", table(rows));
  rows.clear();
  for (const DeclaredSecret& secret : declaration.secrets) rows.push_back({secret.name, secret.help});
  if (!rows.empty()) out += cat("\nsecrets:\n", table(rows));
  rows.clear();
  append_permissions(rows, declaration.permissions);
  if (!rows.empty()) out += cat("\npermissions:\n", table(rows));
  if (!declaration.locks.empty()) out += cat("\nlock: ", join(declaration.locks, ", "), "\n");
  if (!declaration.doc.empty()) out += cat("\nmanual: ", declaration.doc, "\n");
  return out + "\nShow what it would change with -n; all options: runbook --help\n";
}

}  // namespace runbook::cli
