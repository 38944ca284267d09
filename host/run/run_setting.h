// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/core/redactor.h"
#include "host/run/coverage.h"
#include "runbook/gate.h"

namespace runbook {

/// What is known of a run when its filters are put in place.
struct RunFacts {
  std::shared_ptr<Redactor> redactor;
  std::string file, file_hash;
  Value params;
  std::vector<std::string> secrets;  ///< the names of those that it was given
  double started = 0;
};

/// What stands in the place of the real surroundings of a run: for runs inside a test, and for recordings.
struct RunSetting {
  std::shared_ptr<World> world;                             ///< null: the real one
  std::optional<std::map<std::string, std::string>> secrets;  ///< in place of the environment and the secrets files
  std::vector<std::shared_ptr<Filter>> filters;             ///< next to the world, inside all others
  /// Make one more filter, the first outside all others, the second inside; null: none.
  std::function<Result<std::shared_ptr<Filter>>(const RunFacts&)> outermost;
  std::function<std::shared_ptr<Filter>(const RunFacts&)> innermost;
  std::function<bool()> run_others;                         ///< see script::VmOptions
  std::shared_ptr<CoverageRecorder> coverage;               ///< counts what runs; null: nothing does
  /// Set by a filter to end the run as kill -9 would: nothing more of it runs, is undone or written.
  std::shared_ptr<bool> killed = std::make_shared<bool>(false);
};

}  // namespace runbook
