// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "host/cli/commands.h"
#include "host/cli/signals.h"
#include "host/cli/test_reporter.h"
#include "host/core/error_value.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

bool is_spec(const std::filesystem::path& path) { return path.filename().string().ends_with("_spec.lua"); }

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
      specs.push_back(path);
    }
    if (error) return Error("usage", cat("cannot read '", printable(path), "': ", error.message()));
    if (specs.size() == before) return Error("usage", cat("no specs in '", printable(path), "'"), "specs are named *_spec.lua");
  }
  std::sort(specs.begin(), specs.end());
  specs.erase(std::unique(specs.begin(), specs.end()), specs.end());
  return specs;
}

}  // namespace

int cmd_test(const Context& context) {
  auto specs = find_specs(context.line.operands.empty() ? std::vector<std::string>{"."} : context.line.operands);
  if (!specs) return fail(context, specs.error());
  RunOptions options;
  options.spec = true;
  options.filter = context.line.value("filter");
  options.allow = context.line.values("allow");
  options.deny = context.line.values("deny");
  options.limits = context.line.values("limit");
  if (context.line.has("timeout")) {
    options.test_timeout = parse_duration(context.line.value("timeout"));
    if (!(options.test_timeout > 0)) return fail(context, Error("usage", "--timeout: expected a duration, as in 30s"));
  }
  const auto reporter = context.json() ? json_test_reporter(context) : plain_test_reporter(context);
  const Signals signals(context.host);
  TestTotals totals;
  for (const std::string& spec : *specs) {
    options.file = spec;
    options.on_event = [&](const Value& event) { reporter->event(event); };
    reporter->begin_file(spec);
    const RunReport report = context.host.run(options);
    if (Signals::last()) return exit_code::kInterrupted;
    totals.passed += report.passed;
    totals.failed += report.failed + (report.error ? 1 : 0);
    totals.skipped += report.skipped;
    reporter->end_file(report.error ? error_to_value(*report.error) : Value());
  }
  reporter->finish(totals);
  if (totals.failed > 0) return exit_code::kTests;
  if (totals.passed + totals.skipped == 0) return fail(context, Error("test.none", "no test was run", "does --filter match any?"));
  return exit_code::kOk;
}

}  // namespace runbook::cli
