// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/run/param.h"
#include "runbook/limits.h"

namespace runbook {

/// What a run may use: the script's limits, and how much it may change.
struct RunLimits : Limits {
  int changes = 0;   ///< effects that change something, in all; 0: not counted
  int destroys = 0;  ///< those of them that lose something; 0: not counted
};

/// Sets one limit, as `limits` and `--limit NAME=VALUE` do, from "10s", "256MiB" or a number.
Status set_limit(RunLimits& limits, std::string_view name, const Value& value);
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
  RunLimits limits;
  std::string on_failure = "keep";     ///< or "undo"

  const Param* find(std::string_view param) const;
  /// The permissions, with the secrets as permissions of their kind: what the journal keeps to compare with.
  Value asked_for() const;
  /// For `--json`: what `help`, completion and the dashboard read.
  Value to_value() const;
};

/// Reads the table: {summary=, params={name={type=...}}, params_order={...}, secrets={...} or {NAME="help"}, ...}.
/// The error (code "declaration.invalid") has one line for each problem.
Result<Declaration> read_declaration(const Value& table, const MatchPattern& match);

/// What Declaration::to_value wrote.
Result<Declaration> declaration_from(const Value& value);

}  // namespace runbook
