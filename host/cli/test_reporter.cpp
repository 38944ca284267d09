// SPDX-License-Identifier: Apache-2.0
#include "host/cli/test_reporter.h"

#include <sys/stat.h>

#include <cstdio>

#include "host/cli/report.h"
#include "host/core/text.h"
#include "host/journal/directory.h"

namespace runbook::cli {
namespace {

std::string described(const Value& error) {
  const std::string& code = error["code"].as_string();
  // Of what an assertion says the code adds nothing.
  const bool plain = code.empty() || code == "test.failed" || code == "lua.error";
  return cat(printable(error["message"].as_string()), plain ? "" : cat(" (", printable(code), ")"));
}

std::string file_of(const std::string& where) { return where.substr(0, where.rfind(':')); }

void add_run(std::vector<std::string>& lines, const Value& run, const Paint& paint) {
  if (!run.is_object()) return;
  lines.push_back(cat("the run of ", printable(run["file"].as_string()), " ended as ",
                      printable(run["state"].as_string()),
                      run["error"].is_string() ? cat(": ", printable(run["error"].as_string())) : ""));
  for (const std::string& line : lines_of(run["printed"].as_string()))
    lines.push_back(cat(paint.dim("| "), printable(line)));
}

class PlainReporter final : public TestReporter {
 public:
  explicit PlainReporter(const Context& context) : context_(context), paint_(context.paint()) {}

  void begin_file(const std::string& file) override { context_.out(printable(file) + "\n"); }

  void event(const Value& event) override {
    const std::string& kind = event["event"].as_string();
    if (kind == "test.end")
      show(event);
    else if (kind == "print")
      context_.out(cat("  | ", printable(event["text"].as_string()), "\n"));
  }

  void end_file(const Value& error) override {
    if (!error.is_object()) return;
    context_.out(cat("  ", paint_.red("FAILED"), "  the file itself: ", one_line(error["message"].as_string()), "\n"));
    context_.console.err.write(show_error(error, {}, Paint(context_.console.err.colour)));
  }

  void finish(const TestTotals& totals) override {
    const std::string failed = cat(totals.failed, " failed");
    context_.out(cat(totals.passed, " passed, ", totals.failed ? paint_.red(failed) : failed,
                     totals.skipped ? cat(", ", totals.skipped, " skipped") : "", "\n"));
  }

 private:
  void show(const Value& test) {
    const std::string& state = test["state"].as_string();
    const std::string mark = state == "passed"   ? paint_.green("ok    ")
                             : state == "failed" ? paint_.red("FAILED")
                                                 : paint_.yellow("skip  ");
    std::string line = cat("  ", mark, "  ", printable(test["name"].as_string()));
    if (state == "skipped") line += cat(" (", printable(test["reason"].as_string()), ")");
    if (state == "passed" && context_.line.has("quiet")) return;
    context_.out(line + "\n");
    if (state != "failed") return;
    for (const std::string& detail : failure_lines(test, paint_)) context_.out(cat("          ", detail, "\n"));
  }

  const Context& context_;
  Paint paint_;
};

class JsonReporter final : public TestReporter {
 public:
  explicit JsonReporter(const Context& context) : context_(context) {}
  void begin_file(const std::string& file) override {
    file_ = file;
    ended_ = false;
  }
  void event(const Value& event) override {
    ended_ = ended_ || event["event"].as_string() == "run.end";
    context_.out(to_json(event) + "\n");
  }
  void end_file(const Value& error) override {
    // A process that was killed could not say so itself.
    if (ended_ || !error.is_object()) return;
    event(Value::object({{"schema", 1},
                         {"event", "run.end"},
                         {"file", file_},
                         {"state", "failed"},
                         {"exit", exit_code::kTests},
                         {"error", error}}));
  }
  void finish(const TestTotals&) override {}

 private:
  const Context& context_;
  std::string file_;
  bool ended_ = false;
};

}  // namespace

std::vector<std::string> failure_lines(const Value& test, const Paint& paint) {
  const Value& error = test["error"];
  const std::string& where = error["where"].as_string();
  const std::string& begins = test["where"].as_string();
  std::vector<std::string> lines;
  auto said = lines_of(described(error));
  if (said.empty()) said.emplace_back();
  const bool placed = error["message"].as_string().starts_with(cat(where, ":"));
  lines.push_back(cat(where.empty() || placed ? "" : cat(paint.bold(printable(where)), ": "), said.front()));
  lines.insert(lines.end(), said.begin() + 1, said.end());
  // What was raised elsewhere does not say which test that was.
  if (!begins.empty() && (where.empty() || file_of(where) != file_of(begins)))
    lines.push_back(cat("in the test at ", printable(begins)));
  for (const Value* cause = &error["cause"]; cause->is_object(); cause = &(*cause)["cause"]) {
    const std::string& place = (*cause)["where"].as_string();
    lines.push_back(cat("because: ", place.empty() ? "" : cat(printable(place), ": "), described(*cause)));
  }
  for (const auto& [key, value] : error["context"].members()) {
    if (key != "diff") {
      lines.push_back(cat(printable(key), ": ", one_line(value.as_string())));
      continue;
    }
    for (std::string& line : lines_of(show_diff(value.as_string(), "", 200, paint))) {
      if (!line.empty()) lines.push_back(std::move(line));
    }
  }
  if (const std::string& hint = error["hint"].as_string(); !hint.empty())
    lines.push_back(cat(paint.yellow("hint:"), " ", one_line(hint)));
  add_run(lines, test["run"], paint);
  return lines;
}

Status write_report(const std::string& path, const std::string& text) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  RUNBOOK_TRY(journal::write_file(directory, slash == std::string::npos ? path : path.substr(slash + 1), text));
  // What a run keeps is its owner's alone; a report is not.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::chmod(path.c_str(), 0666 & ~mask) != 0)
    return Error("file.mode", cat("cannot make '", printable(path), "' readable"));
  return Unit{};
}

std::string decimal(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", number);
  return text;
}

std::unique_ptr<TestReporter> plain_test_reporter(const Context& context) {
  return std::make_unique<PlainReporter>(context);
}
std::unique_ptr<TestReporter> json_test_reporter(const Context& context) {
  return std::make_unique<JsonReporter>(context);
}

}  // namespace runbook::cli
