// SPDX-License-Identifier: Apache-2.0
// TAP version 14: https://testanything.org/tap-version-14-specification.html
#include "host/cli/report.h"
#include "host/cli/test_reporter.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

// A '#' would begin a directive.
std::string description(const std::string& text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '#' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// JSON's texts are YAML's.
std::string yaml_string(std::string_view text) {
  std::string out;
  append_json_string(out, printable(text));
  return out;
}

class TapReporter final : public TestReporter {
 public:
  explicit TapReporter(const Context& context) : context_(context) { context_.out("TAP version 14\n"); }

  void begin_file(const std::string& file) override {
    file_ = file;
    comment(file);
  }

  void event(const Value& event) override {
    const std::string& kind = event["event"].as_string();
    if (kind == "print") comment(event["text"].as_string());
    if (kind == "test.end") show(event);
  }

  void end_file(const Value& error) override {
    if (!error.is_object()) return;
    point(false, file_, "");
    diagnostics(Value::object({{"error", error}}), "error");
  }

  void finish(const TestTotals& totals) override {
    context_.out(cat("1..", count_, "\n"));
    comment(cat(totals.passed, " passed, ", totals.failed, " failed, ", totals.skipped, " skipped"));
  }

 private:
  void comment(std::string_view text) {
    for (const std::string& line : lines_of(text)) context_.out(cat("# ", printable(line), "\n"));
  }

  void point(bool ok, const std::string& name, const std::string& directive) {
    context_.out(cat(ok ? "ok " : "not ok ", ++count_, " - ", description(name), directive, "\n"));
  }

  void show(const Value& test) {
    const std::string& state = test["state"].as_string();
    point(state != "failed", test["name"].as_string(),
          state == "skipped" ? cat(" # SKIP ", one_line(test["reason"].as_string())) : "");
    if (state == "failed")
      diagnostics(test, "fail");
    else if (test["seconds"].is_number())
      context_.out(cat("  ---\n  duration_ms: ", decimal(test["seconds"].as_number() * 1000), "\n  ...\n"));
  }

  void diagnostics(const Value& test, const char* severity) {
    const Value& error = test["error"];
    std::string out = cat("  ---\n  message: ", yaml_string(error["message"].as_string()), "\n  severity: ", severity, "\n");
    if (error["code"].is_string()) out += cat("  code: ", yaml_string(error["code"].as_string()), "\n");
    if (const std::string& where = error["where"].as_string(); !where.empty())
      out += cat("  at: ", yaml_string(where), "\n");
    if (test["seconds"].is_number()) out += cat("  duration_ms: ", decimal(test["seconds"].as_number() * 1000), "\n");
    out += "  details:\n";
    for (const std::string& line : failure_lines(test, Paint(false))) out += cat("    - ", yaml_string(line), "\n");
    context_.out(out + "  ...\n");
  }

  const Context& context_;
  std::string file_;
  int count_ = 0;
};

}  // namespace

std::unique_ptr<TestReporter> tap_test_reporter(const Context& context) {
  return std::make_unique<TapReporter>(context);
}

}  // namespace runbook::cli
