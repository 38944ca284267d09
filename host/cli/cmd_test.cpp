// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/cli/signals.h"
#include "host/cli/test_coverage.h"
#include "host/cli/test_processes.h"
#include "host/cli/test_reporter.h"
#include "host/core/error_value.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

bool is_spec(const std::filesystem::path& path) { return path.filename().string().ends_with("_spec.lua"); }

// "deploy_spec.lua" of "deploy.lua".
std::string spec_of(const std::string& path) {
  return path.ends_with(".lua") ? path.substr(0, path.size() - 4) + "_spec.lua" : path;
}

// The specs of the paths, sorted; a path that has none is an error.
Result<std::vector<std::string>> find_specs(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> specs;
  for (const std::string& path : paths) {
    std::error_code error;
    const std::size_t before = specs.size();
    if (fs::is_directory(path, error)) {
      for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
        if (it->is_regular_file() && is_spec(it->path())) specs.push_back(it->path().lexically_normal().string());
      }
    } else if (fs::exists(path, error)) {
      specs.push_back(is_spec(path) ? path : spec_of(path));
      if (!fs::exists(specs.back(), error)) {
        return Error("usage", cat("'", printable(path), "' has no spec: there is no '", printable(specs.back()), "'"));
      }
    }
    if (error) return Error("usage", cat("cannot read '", printable(path), "': ", error.message()));
    if (specs.size() == before)
      return Error("usage", cat("no specs in '", printable(path), "'"), "specs are named *_spec.lua");
  }
  std::sort(specs.begin(), specs.end());
  specs.erase(std::unique(specs.begin(), specs.end()), specs.end());
  return specs;
}

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
  if (!line.has("jobs")) return static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  const std::string text = line.value("jobs");
  int jobs = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), jobs);
  if (error != std::errc() || end != text.data() + text.size() || jobs < 1)
    return Error("usage", "--jobs: expected a number from 1 on");
  return jobs;
}

bool run_here(const std::vector<std::string>& specs, const RunSpec& run, TestReporter& reporter) {
  for (const std::string& spec : specs) {
    reporter.begin_file(spec);
    const Value error = run(spec, [&](const Value& event) { reporter.event(event); });
    if (Signals::last() != 0) return false;
    reporter.end_file(error);
  }
  return true;
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
  const RunSpec run = [&](const std::string& spec, const std::function<void(const Value&)>& on_event) {
    options->file = spec;
    options->on_event = on_event;
    const RunReport report = context.host.run(*options);
    return report.error ? error_to_value(*report.error) : Value();
  };
  const Signals signals(context.host);
  // One file needs no other process.
  const bool apart = specs->size() > 1 && can_fork();
  if (!(apart ? run_in_processes(*specs, *jobs, run, reporters) : run_here(*specs, run, reporters)))
    return exit_code::kInterrupted;

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
