// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "host/cli/commands.h"
#include "host/cli/exec_options.h"
#include "host/cli/run_session.h"
#include "host/core/text.h"
#include "host/journal/directory.h"
#include "host/run/fleet_options.h"

namespace runbook::cli {
namespace {

constexpr int kPlanSchema = 1;

std::string absolute(const std::string& path) {
  char buffer[PATH_MAX];
  return ::realpath(path.c_str(), buffer) ? std::string(buffer) : path;
}

/// A kept plan: what to run, and what the run is held to.
Status write_plan(const std::string& file, const CommandLine& line, const RunOptions& options, const RunReport& report) {
  Value kept = Value::object({{"schema", kPlanSchema}, {"file", absolute(line.operand())}, {"plan", report.plan},
                              {"arguments", Value::strings(line.parameters)}, {"allow", Value::strings(line.values("allow"))},
                              {"deny", Value::strings(line.values("deny"))}});
  if (line.has("params")) kept.set("params", absolute(line.value("params")));
  kept.set("fleet", fleet_options(options));
  const auto slash = file.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : file.substr(0, slash);
  return journal::write_file(directory, slash == std::string::npos ? file : file.substr(slash + 1), to_json(kept, JsonStyle::kPretty) + "\n");
}

Status read_plan(const Context& context, RunOptions& options) {
  const std::string file = context.line.value("plan");
  auto kept = read_params_file(context.host, file);
  if (!kept) return Error("plan.invalid", kept.error().message);
  if (!(*kept)["plan"].is_object() || !(*kept)["file"].is_string() || (*kept)["schema"] != Value(kPlanSchema)) {
    return Error("plan.invalid", cat("'", printable(file), "' is no plan"), "make one with: runbook plan FILE -o PLAN");
  }
  options.file = (*kept)["file"].as_string();
  options.plan = (*kept)["plan"];
  options.arguments = (*kept)["arguments"].as_strings();
  for (const auto& [key, list] : {std::pair{"allow", &options.allow}, {"deny", &options.deny}}) {
    const auto more = (*kept)[key].as_strings();
    list->insert(list->end(), more.begin(), more.end());
  }
  keep_fleet_options(options, (*kept)["fleet"]);
  if (!(*kept)["params"].is_string()) return Unit{};
  auto params = read_params_file(context.host, (*kept)["params"].as_string());
  if (!params) return std::move(params).error();
  options.params_file = std::move(*params);
  return Unit{};
}

Result<RunOptions> options_of(const Context& context) {
  const CommandLine& line = context.line;
  RunOptions options;
  if (line.command == Command::kExec) RUNBOOK_TRY(exec_options(context, options));
  else options.arguments = line.parameters;
  options.allow = line.values("allow");
  options.deny = line.values("deny");
  RUNBOOK_TRY(host_choice(line, options));
  options.redo = line.values("redo");
  options.accept = line.values("accept");
  options.yes = line.has("yes");
  options.confirm = line.values("confirm");
  if (line.has("on-failure")) options.on_failure = line.value("on-failure");
  if (line.has("params")) {
    auto params = read_params_file(context.host, line.value("params"));
    if (!params) return std::move(params).error();
    options.params_file = std::move(*params);
  }
  if (line.command == Command::kResume || line.command == Command::kUndo) {
    options.mode = line.command == Command::kResume ? Mode::kResume : Mode::kUndo;
    options.run_id = line.operands.empty() ? "last" : line.operand();
    options.dry_undo = line.has("dry-run");
    return options;
  }
  if (line.command == Command::kPlan || line.has("dry-run")) options.mode = Mode::kDryRun;
  if (line.command == Command::kExec) return options;
  if (line.command == Command::kRecord) {
    if (!line.has("output")) return Error("usage", "'record' expects -o CASSETTE: the file to write");
    options.record = line.value("output");
  }
  if (line.has("plan")) RUNBOOK_TRY(read_plan(context, options));
  else if (line.has("execute")) options.code = line.value("execute");
  else options.file = line.operand();
  return options;
}

}  // namespace

int cmd_run(const Context& context) {
  auto options = options_of(context);
  if (!options) return fail(context, options.error());
  auto session = RunSession::open(context);
  if (!session) return fail(context, session.error());
  const RunReport report = (*session)->run(*options);
  const bool planned = report.exit == exit_code::kOk && report.planned > 0;
  if (context.line.command == Command::kPlan && context.line.has("output") && report.exit == exit_code::kOk) {
    if (auto written = write_plan(context.line.value("output"), context.line, *options, report); !written) return fail(context, written.error());
  }
  return planned && context.line.has("exit-code") ? exit_code::kPending : (*session)->status(report);
}

}  // namespace runbook::cli
