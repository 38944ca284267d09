// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/cli/commands.h"

namespace runbook::cli {

/// How the tests of all files went.
struct TestTotals {
  int passed = 0, failed = 0, skipped = 0;
};

/// Shows tests as they end. Files come one after the other: begin_file, its events, end_file.
class TestReporter {
 public:
  virtual ~TestReporter() = default;
  virtual void begin_file(const std::string& file) = 0;
  virtual void event(const Value& event) = 0;
  /// `error` is null, or why the file itself is broken or was not finished: a failure of its own.
  virtual void end_file(const Value& error) = 0;
  virtual void finish(const TestTotals& totals) = 0;
};

std::unique_ptr<TestReporter> plain_test_reporter(const Context& context);
std::unique_ptr<TestReporter> json_test_reporter(const Context& context);
std::unique_ptr<TestReporter> tap_test_reporter(const Context& context);
/// Writes the file when all is over; `written` says whether that went well.
std::unique_ptr<TestReporter> junit_test_reporter(std::string path, Status& written);

/// What there is to say of a failed test below its name, a line each: where, what, the difference, the causes, the end
/// of the run that it made. For people and for reports.
std::vector<std::string> failure_lines(const Value& test, const Paint& paint);

/// Writes a report whole or not at all, for whoever collects reports to read.
Status write_report(const std::string& path, const std::string& text);

/// Six digits behind the point.
std::string decimal(double number);

}  // namespace runbook::cli
