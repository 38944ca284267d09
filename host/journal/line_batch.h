// SPDX-License-Identifier: Apache-2.0
//
// Lines of output on their way to the journal, close together: a program may print millions, and each by itself would
// take ten times its text for as long as the disk has not caught up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "host/journal/records.h"
#include "runbook/result.h"

namespace runbook::journal {

class Store;

class LineBatch {
 public:
  /// On the loop's thread. False where it is full or the writer has it: the line goes into another one.
  bool add(const LineRecord& line);
  /// On the writer's thread, again where the transaction failed.
  Status write(Store& store);

 private:
  struct Line {
    double time;
    std::size_t end;  ///< of its text
  };
  /// What lines that follow one another have in common.
  struct Source {
    std::size_t first;  ///< of its lines
    std::string step, stream;
    std::uint64_t effect;
  };

  std::mutex mutex_;  ///< until it is taken
  bool taken_ = false;
  std::string text_;
  std::vector<Line> lines_;
  std::vector<Source> sources_;
};

}  // namespace runbook::journal
