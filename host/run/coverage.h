// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/script/coverage.h"
#include "runbook/value.h"

namespace runbook {

/// Which lines and branches of runbooks and their modules ran in the tests of a spec, nested runs included.
class CoverageRecorder final : public script::Coverage {
 public:
  /// Files below are not looked at: what tests write themselves.
  void leave_out(std::string directory) { left_out_.push_back(std::move(directory)); }
  std::string instrument(const std::string& path, std::string_view source) override;
  /// [{path, lines = [[line, times], ...], branches = [[line, times true, times false], ...]}, ...]
  Value files() const;

 private:
  struct File {
    std::string source, instrumented;
    std::vector<std::pair<int, std::size_t>> statements, branches;  ///< line, counter
  };
  std::map<std::string, File> files_;
  std::vector<std::string> left_out_;
};

}  // namespace runbook
