// SPDX-License-Identifier: Apache-2.0
//
// The least permissions of the runbooks that specs ran, from what those runs touched.
#include <filesystem>
#include <map>

#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/cli/test_specs.h"
#include "host/core/text.h"
#include "host/gate/permission_review.h"
#include "host/gate/permission_text.h"
#include "host/gate/permission_union.h"

namespace runbook::cli {
namespace {

/// What the runs of one runbook came to.
struct Exercised {
  int runs = 0;
  Value review;
};

/// Keeps what runs touched, and tells of tests only where they fail.
class ProposalReporter final : public TestReporter {
 public:
  explicit ProposalReporter(const Context& context) : err_(context.console.err), paint_(err_.colour) {}

  const TestTotals& totals() const { return totals_; }
  const std::map<std::string, Exercised>& files() const { return files_; }

  void begin_file(const std::string& file) override { spec_ = file; }
  void event(const Value& event) override {
    const std::string& kind = event["event"].as_string();
    if (kind == "test.run") add(event);
    if (kind != "test.end") return;
    const std::string& state = event["state"].as_string();
    ++(state == "passed" ? totals_.passed : state == "skipped" ? totals_.skipped : totals_.failed);
    if (state != "failed") return;
    err_.write(cat(paint_.red("FAILED"), "  ", printable(spec_), ": ", printable(event["name"].as_string()), "\n"));
    for (const std::string& line : failure_lines(event, paint_)) err_.write(cat("          ", line, "\n"));
  }
  void end_file(const Value& error) override {
    if (!error.is_object()) return;
    ++totals_.failed;
    err_.write(cat(paint_.red("FAILED"), "  ", printable(spec_), ": the file itself\n"));
    err_.write(show_error(error, {}, paint_));
  }
  void finish(const TestTotals&) override {}

 private:
  void add(const Value& run) {
    namespace fs = std::filesystem;
    std::error_code failed;
    const fs::path real = fs::weakly_canonical(run["file"].as_string(), failed);
    const fs::path near = failed ? fs::path() : real.lexically_proximate(fs::current_path(failed));
    const bool below = !near.empty() && *near.begin() != "..";
    Exercised& file = files_[below ? near.string() : failed ? run["file"].as_string() : real.string()];
    file.review = unite_reviews(file.runs++ == 0 ? run : file.review, run);
  }

  const Stream& err_;
  Paint paint_;
  std::string spec_;
  TestTotals totals_;
  std::map<std::string, Exercised> files_;
};

std::string times(int count, const std::string& what) { return cat(count, " ", what, count == 1 ? "" : "s"); }

// What the declaration lacks, and what no test has needed of it.
std::string remarks(const std::string& file, const Value& review, const Paint& paint) {
  std::string out;
  const auto& missing = review["undeclared"].items();
  if (!missing.empty()) out += paint.bold(cat(printable(file), ": exercised, but not declared:\n"));
  for (const Value& entry : missing) {
    out += cat("  ", entry["shown"].as_string(), "\n    ", paint.dim("add: "), printable(entry["add"].as_string()),
               "\n");
  }
  const auto& unused = review["unused"].items();
  if (!unused.empty()) out += paint.bold(cat(printable(file), ": declared, but exercised by no test:\n"));
  for (const Value& entry : unused) {
    const PermissionEntry shown{entry["kind"].as_string(), entry["target"].as_string(), entry["pattern"].as_string()};
    out += cat("  ", shown.show(), "\n");
  }
  return out;
}

void show(const Context& context, const ProposalReporter& tests) {
  const Stream& err = context.console.err;
  const Paint paint(err.colour);
  for (const auto& [file, exercised] : tests.files()) {
    context.out(cat("-- ", printable(file), ", from ", times(exercised.runs, "run"), "\n",
                    permissions_to_lua(exercised.review["permissions"]), "\n"));
    err.write(remarks(file, exercised.review, paint));
  }
  if (const int failed = tests.totals().failed; failed > 0) {
    err.write(cat(paint.yellow("not complete:"), " ", times(failed, "test"),
                  " failed; what did not come after that is not in the proposal\n"));
  }
}

Value to_value(const ProposalReporter& tests) {
  Value files{Value::Array{}};
  for (const auto& [file, exercised] : tests.files()) {
    Value entry = exercised.review;
    entry.set("file", file);
    entry.set("runs", exercised.runs);
    files.push(std::move(entry));
  }
  const TestTotals& totals = tests.totals();
  return Value::object({{"schema", 1}, {"complete", totals.failed == 0}, {"passed", totals.passed},
                        {"failed", totals.failed}, {"skipped", totals.skipped}, {"files", std::move(files)}});
}

}  // namespace

int cmd_perms_from_test(const Context& context) {
  const CommandLine& line = context.line;
  for (const char* option : {"propose", "params"}) {
    if (line.has(option))
      return fail(context, Error("usage", cat("'--from-test' and '--", option, "' exclude each other")));
  }
  auto specs = find_specs(line.operands);
  if (!specs) return fail(context, specs.error());
  RunOptions options;
  options.spec = true;
  options.propose = true;
  options.allow = line.values("allow");
  options.deny = line.values("deny");
  options.limits = line.values("limit");
  ProposalReporter tests(context);
  if (!run_specs(context.host, *specs, default_jobs(), std::move(options), tests)) return exit_code::kInterrupted;
  if (context.json())
    write_json(context, to_value(tests));
  else
    show(context, tests);
  if (tests.totals().failed > 0) return exit_code::kTests;
  if (tests.files().empty())
    return fail(context, Error("test.none", "the specs ran no runbook", "a plan does not count: see world:run"));
  return exit_code::kOk;
}

}  // namespace runbook::cli
