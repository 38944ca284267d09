// SPDX-License-Identifier: Apache-2.0
//
// The commands of the program and their options, as data: the parser, `--help`, the shell completion and the names
// that a runbook's parameters must not take all come from here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook {

/// The name, in place of a file's, of the runbook behind `exec`.
inline constexpr std::string_view kExecRunbook = "(exec)";

enum class Command {
  kRun, kPlan, kExec, kResume, kUndo, kHistory, kShow, kLogs, kCheck, kHelp, kRecord, kReplay, kPerms, kTest, kSecret, kDoctor, kCompletion, kVersion,
};

struct CommandInfo {
  Command command;
  const char* name;
  const char* operands;  ///< "FILE [PARAMETERS]"
  const char* summary;
  int least, most;       ///< how many operands; most < 0: any number
  bool parameters;       ///< what follows the first operand may be parameters of a runbook
};

const std::vector<CommandInfo>& command_table();
const CommandInfo& command_info(Command command);
/// Null where there is none of that name.
const CommandInfo* find_command(std::string_view name);

struct HostOption {
  const char* name;        ///< without the dashes
  char letter;             ///< 'n', or 0
  const char* value;       ///< "FILE", or null for a flag
  bool repeatable;
  unsigned commands;       ///< a bit for each Command
  const char* help;
  const char* choices;     ///< "keep|undo", or null
};

const std::vector<HostOption>& host_options();
/// The first of that name, or the one of that name for the command.
const HostOption* find_host_option(std::string_view name);
const HostOption* find_host_option(std::string_view name, Command command);
const HostOption* find_host_option(char letter);
/// Whether a runbook's parameter must not be spelt like this.
bool is_host_option(std::string_view name);

constexpr unsigned command_bit(Command command) { return 1u << static_cast<unsigned>(command); }

}  // namespace runbook
