// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/run/problems.h"
#include "runbook/result.h"
#include "runbook/value.h"

namespace runbook {

/// Whether the text matches a Lua pattern; an error where the pattern itself is malformed.
using MatchPattern = std::function<Result<bool>(std::string_view text, std::string_view pattern)>;

enum class ParamType { kString, kInt, kNumber, kBool, kEnum, kDuration, kSize, kPath, kHost, kList, kMap, kJson };

const char* to_string(ParamType type);
/// "string, int, number ...".
const std::vector<std::string>& param_type_names();
std::optional<ParamType> param_type(std::string_view name);

/// One declared parameter of a runbook.
struct Param {
  std::string name;
  ParamType type = ParamType::kString;
  ParamType of = ParamType::kString;  ///< what a list's items and a map's values are
  std::string pattern;                ///< of the text, or of each item
  std::optional<double> min, max;     ///< of a number, a duration, a size; of a text's length; of the number of items
  std::vector<std::string> choices;
  std::string help;
  Value fallback;                     ///< typed; null: none
  bool required = true;
  bool secret = false;                ///< arrives as a secret; never taken from the command line

  /// How it is written on the command line: "wait-time" for wait_time.
  std::string option() const;
  /// "NAME", "5m", "blue|green": what help shows for the value.
  std::string placeholder() const;
};

/// The typed value of what was given: a value from a file or a declaration's default, or text from the command line.
/// Durations become seconds, sizes bytes. The error says what was expected.
Result<Value> param_value(const Param& param, const Value& given, const MatchPattern& match);

/// Reads one entry of a declaration's `params`, adding to `problems` all that is wrong with it.
Param read_param(std::string_view name, const Value& declared, const MatchPattern& match, Problems& problems);

}  // namespace runbook
