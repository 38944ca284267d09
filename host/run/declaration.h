// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/run/param.h"

namespace runbook {

/// What a run may use. A runbook's `limits` and `--limit NAME=VALUE` change them.
struct Limits {
  double cpu = 10;                           ///< seconds of processor time between two waits
  std::int64_t memory = 256ll << 20;         ///< bytes of Lua
  std::int64_t output = 64ll << 20;          ///< bytes printed
  std::int64_t tasks = 10000;                ///< tasks alive at a time
  std::int64_t instructions = 0;             ///< Lua instructions in all; 0: not counted
  std::int64_t destroys = 0;                 ///< destructive effects in all; 0: not counted
};

/// Sets one limit from "10s", "256MiB" or a number.
Status set_limit(Limits& limits, std::string_view name, const Value& value);
/// "cpu", "memory" ...
const std::vector<std::string>& limit_names();

struct DeclaredSecret {
  std::string name;
  std::string help;
};

/// What a runbook says of itself before anything runs: the table given to rb.runbook, without its functions.
struct Declaration {
  std::string name, summary, description;
  std::string doc;                     ///< "DEPLOY.md#switching"
  std::vector<Param> params;           ///< in the order to show and to ask
  std::vector<DeclaredSecret> secrets;
  Value permissions;                   ///< as written: kind -> patterns; null where there are none
  std::vector<std::string> locks;      ///< "deploy/{service}"; see substitute()
  Limits limits;
  std::string on_failure = "keep";     ///< or "undo"

  const Param* find(std::string_view param) const;
  /// For `--json`: what `help`, completion and the dashboard read.
  Value to_value() const;
};

/// Reads the table: {summary=, params={name={type=...}}, params_order={...}, secrets={...} or {NAME="help"}, ...}.
/// The error (code "declaration.invalid") has one line for each problem.
Result<Declaration> read_declaration(const Value& table, const MatchPattern& match);

}  // namespace runbook
