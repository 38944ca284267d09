// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runbook/result.h"
#include "runbook/value.h"

namespace runbook::cli {

/// What ran in the tests of all specs.
class TestCoverage {
 public:
  /// Adds what one spec's process counted: the `files` of an event "coverage".
  void add(const Value& files);
  /// Adds up as one such value.
  Value files() const;
  /// A line for each file: percent of lines and branches, and the lines that did not run.
  std::string summary(const std::string& directory) const;
  /// lcov's tracefile.
  std::string lcov() const;

 private:
  struct Branch {
    int line = 0;
    std::int64_t taken = 0, passed = 0;
  };
  struct File {
    std::map<int, std::int64_t> lines;
    std::vector<Branch> branches;
  };
  std::map<std::string, File> files_;
};

}  // namespace runbook::cli
