// SPDX-License-Identifier: Apache-2.0
//
// Finds mistakes in a runbook without running it: names nobody declared, functions, methods and options that the
// modules do not have, primitives called while the file is loaded, permissions that nobody declared. It says only what is evident; what it cannot
// follow it leaves alone.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "host/run/declaration.h"
#include "host/run/meta.h"
#include "runbook/result.h"

namespace runbook {

struct Finding {
  int line = 1, column = 1;
  std::string message;
};

struct CheckOptions {
  std::vector<Meta> modules;
  bool spec = false;  ///< a *_spec.lua: `describe`, `it` and their like are there
  /// What the file declares, where it has been loaded: what its code evidently needs is held against it.
  const Declaration* declaration = nullptr;
  /// Whether `require "name"` finds a file of the runbook's own; empty: it is not asked.
  std::function<bool(const std::string& name)> finds_file;
};

/// In the order of their lines.
std::vector<Finding> check_source(std::string_view source, const CheckOptions& options);

}  // namespace runbook
