// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <filesystem>

#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/cli/test_coverage.h"
#include "host/cli/test_reporter.h"
#include "host/cli/test_specs.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

/// Hands everything on to all of them, and counts.
class Reporters final : public TestReporter {
 public:
  void add(std::unique_ptr<TestReporter> reporter) { reporters_.push_back(std::move(reporter)); }
  const TestTotals& totals() const { return totals_; }
  const TestCoverage& coverage() const { return coverage_; }

  void begin_file(const std::string& file) override {
    for (const auto& reporter : reporters_) reporter->begin_file(file);
  }
  void event(const Value& event) override {
    if (event["event"].as_string() == "test.end") {
      const std::string& state = event["state"].as_string();
      ++(state == "passed" ? totals_.passed : state == "skipped" ? totals_.skipped : totals_.failed);
    }
    // Told once for all files, at the end.
    if (event["event"].as_string() == "coverage") return coverage_.add(event["files"]);
    for (const auto& reporter : reporters_) reporter->event(event);
  }
  void end_file(const Value& error) override {
    // The file itself is broken: that is a failure of its own.
    if (error.is_object()) ++totals_.failed;
    for (const auto& reporter : reporters_) reporter->end_file(error);
  }
  void finish(const TestTotals& totals) override {
    for (const auto& reporter : reporters_) reporter->finish(totals);
  }

 private:
  std::vector<std::unique_ptr<TestReporter>> reporters_;
  TestTotals totals_;
  TestCoverage coverage_;
};

Status show_coverage(const Context& context, const TestCoverage& coverage) {
  const CommandLine& line = context.line;
  if (line.has("coverage-lcov")) RUNBOOK_TRY(write_report(line.value("coverage-lcov"), coverage.lcov()));
  if (!line.has("coverage")) return Unit{};
  if (context.json()) {
    context.out(to_json(Value::object({{"event", "coverage"}, {"schema", 1}, {"files", coverage.files()}})) + "\n");
    return Unit{};
  }
  std::error_code error;
  const auto lines = lines_of(coverage.summary(std::filesystem::current_path(error).string()));
  for (const std::string& text : lines) context.out(cat(line.has("tap") ? "# " : "", text, "\n"));
  return Unit{};
}

Result<RunOptions> options_of(const CommandLine& line) {
  RunOptions options;
  options.spec = true;
  options.coverage = line.has("coverage") || line.has("coverage-lcov");
  options.filter = line.value("filter");
  options.faults = line.has("faults");
  options.allow = line.values("allow");
  options.deny = line.values("deny");
  options.limits = line.values("limit");
  if (line.has("timeout")) {
    options.test_timeout = parse_duration(line.value("timeout"));
    if (!(options.test_timeout > 0)) return Error("usage", "--timeout: expected a duration, as in 30s");
  }
  return options;
}

Result<int> jobs_of(const CommandLine& line) {
  if (!line.has("jobs")) return default_jobs();
  const std::string text = line.value("jobs");
  int jobs = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), jobs);
  if (error != std::errc() || end != text.data() + text.size() || jobs < 1)
    return Error("usage", "--jobs: expected a number from 1 on");
  return jobs;
}

}  // namespace

int cmd_test(const Context& context) {
  const CommandLine& line = context.line;
  auto specs = find_specs(line.operands.empty() ? std::vector<std::string>{"."} : line.operands);
  if (!specs) return fail(context, specs.error());
  auto options = options_of(line);
  if (!options) return fail(context, options.error());
  auto jobs = jobs_of(line);
  if (!jobs) return fail(context, jobs.error());
  if (line.has("tap") && context.json()) return fail(context, Error("usage", "--tap and --json exclude each other"));

  Reporters reporters;
  Status written = Unit{};
  reporters.add(line.has("tap")  ? tap_test_reporter(context)
                : context.json() ? json_test_reporter(context)
                                 : plain_test_reporter(context));
  if (line.has("junit")) reporters.add(junit_test_reporter(line.value("junit"), written));
  if (!run_specs(context.host, *specs, *jobs, std::move(*options), reporters)) return exit_code::kInterrupted;

  const TestTotals& totals = reporters.totals();
  auto covered = show_coverage(context, reporters.coverage());
  reporters.finish(totals);
  if (!covered) return fail(context, covered.error());
  if (!written) return fail(context, written.error());
  if (totals.failed > 0) return exit_code::kTests;
  if (totals.passed + totals.skipped == 0)
    return fail(context, Error("test.none", "no test was run", "does --filter match any?"));
  return exit_code::kOk;
}

}  // namespace runbook::cli
