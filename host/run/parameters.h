// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/run/declaration.h"
#include "host/run/substitute.h"

namespace runbook {

/// Where the parameters of a run come from: the command line wins over the file, the file over the defaults.
struct ParameterSources {
  std::vector<std::string> arguments;  ///< --service nmpi --colour=green --flag --no-flag --list a --list b --map k=v
  Value file;                          ///< the object that --params read, or null
  /// Asks a person for a required parameter that is missing; `problem` says what was wrong with the last answer.
  /// No answer: the parameter stays missing. Empty where nobody can be asked.
  std::function<std::optional<std::string>(const Param& param, const std::string& problem)> ask;
};

/// The typed parameters, defaults filled in; what is optional and not given is left out. The error (code
/// "parameter.invalid") has one line for each problem.
Result<Value> read_parameters(const Declaration& declaration, const ParameterSources& sources, const MatchPattern& match);

}  // namespace runbook
