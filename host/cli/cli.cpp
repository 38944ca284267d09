// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/cli/usage.h"
#include "host/core/text.h"
#include "host/run/problems.h"

namespace runbook {
namespace cli {
namespace {

int dispatch(const Context& context) {
  const CommandLine& line = context.line;
  if (line.has("version")) return cmd_version(context);
  if (line.has("help")) return cmd_help(context);
  switch (line.command) {
    case Command::kRun: case Command::kPlan: case Command::kExec: case Command::kResume: case Command::kUndo:
    case Command::kRecord: return cmd_run(context);
    case Command::kReplay: return cmd_replay(context);
    case Command::kHistory: return cmd_history(context);
    case Command::kShow: return cmd_show(context);
    case Command::kLogs: return cmd_logs(context);
    case Command::kCheck: return cmd_check(context);
    case Command::kHelp: case Command::kCompletion: return cmd_help(context);
    case Command::kPerms: return cmd_perms(context);
    case Command::kTest: return cmd_test(context);
    case Command::kSecret: return cmd_secret(context);
    case Command::kDoctor: return cmd_doctor(context);
    case Command::kVersion: return cmd_version(context);
  }
  return exit_code::kInternal;
}

// A first word that is neither a command nor a file is more likely a mistyped command.
std::optional<Error> unknown_word(const CommandLine& line) {
  const std::string word = line.operand();
  if (line.command != Command::kRun || line.named || word.empty() || ::access(word.c_str(), F_OK) == 0) return std::nullopt;
  if (word.ends_with(".lua") || word.find('/') != std::string::npos) return std::nullopt;
  std::vector<std::string> names;
  for (const CommandInfo& info : command_table()) names.push_back(info.name);
  return Error("usage", cat("'", printable(word), "' is neither a command nor a file", suggestion(word, names)), "runbook --help lists the commands");
}

}  // namespace
}  // namespace cli

int cli_main(Host& host, int argc, char** argv) {
  using namespace cli;
  const std::vector<std::string> arguments(argv + std::min(1, argc), argv + argc);
  auto line = parse_command_line(arguments);
  const bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  CommandLine none;
  if (json && !line) none.options["json"].push_back("");
  const CommandLine& parsed = line ? *line : none;
  const Console console = open_console(parsed);
  const Context context{host, parsed, console};
  if (!line) return fail(context, line.error());
  if (auto unknown = unknown_word(parsed)) return fail(context, *unknown);
  if (parsed.command == Command::kRun && parsed.operands.empty() && !parsed.has("execute") && !parsed.has("plan") && !parsed.has("help") && !parsed.has("version")) {
    console.err.write(usage());
    return exit_code::kUsage;
  }
  const int status = dispatch(context);
  // What was asked for and could not be written was not done.
  if (const int problem = console.out.problem(); problem != 0 && status == exit_code::kOk) {
    console.err.write(show_error(Error("output.failed", cat("cannot write to standard output: ", std::strerror(problem))), Paint(console.err.colour)));
    return exit_code::kFailed;
  }
  return status;
}

}  // namespace runbook
