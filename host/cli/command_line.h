// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/run/host_options.h"
#include "runbook/result.h"

namespace runbook::cli {

/// A command line, taken apart.
struct CommandLine {
  Command command = Command::kRun;
  bool named = false;                    ///< the command was written, not implied by a file
  std::vector<std::string> operands;     ///< FILE, a run's id, a topic
  std::vector<std::string> parameters;   ///< what belongs to the runbook, as written
  std::map<std::string, std::vector<std::string>, std::less<>> options;  ///< a flag has one empty text for each use

  bool has(std::string_view option) const { return options.find(option) != options.end(); }
  int count(std::string_view option) const { return static_cast<int>(values(option).size()); }
  std::string value(std::string_view option) const;  ///< the last one; empty where there is none
  const std::vector<std::string>& values(std::string_view option) const;
  std::string operand(std::size_t index = 0) const { return index < operands.size() ? operands[index] : std::string(); }
};

/// Takes the arguments apart (without the program's name). Options of runbook are recognised before and after the
/// file; after `--` everything belongs to the runbook. The error (code "usage") has one line for each problem.
Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace runbook::cli
