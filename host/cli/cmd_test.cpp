// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/cli/signals.h"
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

void show(const Context& context, const Value& test) {
  const Paint paint = context.paint();
  const std::string& state = test["state"].as_string();
  const std::string mark = state == "passed" ? paint.green("ok    ") : state == "failed" ? paint.red("FAILED") : paint.yellow("skip  ");
  std::string line = cat("  ", mark, "  ", printable(test["name"].as_string()));
  if (state == "skipped") line += cat(" (", printable(test["reason"].as_string()), ")");
  if (state == "passed" && context.line.has("quiet")) return;
  context.out(line + "\n");
  if (state != "failed") return;
  const Value& error = test["error"];
  context.out(cat("          ", printable(error["where"].as_string()), ": ", printable(error["message"].as_string()), "\n"));
  for (const auto& [key, value] : error["context"].members()) {
    context.out(cat("          ", key, ": ", printable(value.as_string()), "\n"));
  }
}

}  // namespace

int cmd_test(const Context& context) {
  auto specs = find_specs(context.line.operands.empty() ? std::vector<std::string>{"."} : context.line.operands);
  if (!specs) return fail(context, specs.error());
  const Signals signals(context.host);
  int passed = 0, failed = 0, skipped = 0;
  for (const std::string& spec : *specs) {
    RunOptions options;
    options.file = spec;
    options.spec = true;
    options.filter = context.line.value("filter");
    options.allow = context.line.values("allow");
    options.deny = context.line.values("deny");
    options.limits = context.line.values("limit");
    if (!context.json()) context.out(spec + "\n");
    options.on_event = [&](const Value& event) {
      const std::string& kind = event["event"].as_string();
      if (context.json()) {
        context.out(to_json(event) + "\n");
      } else if (kind == "test.end") {
        show(context, event);
      } else if (kind == "print") {
        context.out(cat("  | ", printable(event["text"].as_string()), "\n"));
      }
    };
    const RunReport report = context.host.run(options);
    if (Signals::last()) return exit_code::kInterrupted;
    passed += report.passed;
    failed += report.failed;
    skipped += report.skipped;
    if (report.error) {
      // The file itself is broken: that is a failure of its own.
      ++failed;
      context.console.err.write(show_error(*report.error, context.paint()));
    }
  }
  if (!context.json()) context.out(cat(passed, " passed, ", failed, " failed", skipped ? cat(", ", skipped, " skipped") : "", "\n"));
  if (failed > 0) return exit_code::kTests;
  if (passed + skipped == 0) return fail(context, Error("test.none", "no test was run", "does --filter match any?"));
  return exit_code::kOk;
}

}  // namespace runbook::cli
