// SPDX-License-Identifier: Apache-2.0
//
// The files of the machines of a simulation, each below a directory of its own.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "host/core/files.h"
#include "runbook/result.h"

namespace runbook::files {

/// Makes the directory that is to be a machine's "/", with the directories that every machine has.
Status make_root(const std::string& path);

/// Those of machines other than this computer, by the machine's name: a service of a simulated World. For the loop's
/// thread.
class MachineTrees {
 public:
  explicit MachineTrees(World&) {}
  explicit MachineTrees(std::string directory) : directory_(std::move(directory)) {}

  /// Made on first use.
  Result<TreePtr> tree(const std::string& machine);

 private:
  std::string directory_;
  std::map<std::string, TreePtr> trees_;
};

}  // namespace runbook::files
