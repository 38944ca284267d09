// SPDX-License-Identifier: Apache-2.0
// JUnit's XML, as Jenkins and GitLab read it: one suite a file.
#include "host/cli/report.h"
#include "host/cli/test_reporter.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

// What XML 1.0 has no form for is made visible, or replaced.
std::string escaped(std::string_view raw) {
  std::string out;
  const std::string text = printable(raw);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = std::string_view(text).substr(i);
    if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF")) {
      out += "\xEF\xBF\xBD";
      i += 2;
      continue;
    }
    switch (text[i]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      default: out += text[i];
    }
  }
  return out;
}

std::string number(const Value& seconds) { return decimal(seconds.is_number() ? seconds.as_number() : 0.0); }

class JunitReporter final : public TestReporter {
 public:
  JunitReporter(std::string path, Status& written) : path_(std::move(path)), written_(written) {}

  void begin_file(const std::string& file) override {
    file_ = file;
    cases_.clear();
    printed_.clear();
    seconds_ = 0;
    tests_ = failures_ = errors_ = skipped_ = 0;
  }

  void event(const Value& event) override {
    const std::string& kind = event["event"].as_string();
    if (kind == "print") printed_ += event["text"].as_string() + "\n";
    if (kind == "test.end") add(event);
  }

  void end_file(const Value& error) override {
    if (error.is_object()) {
      ++tests_;
      ++errors_;
      begin_case(file_, Value(), "");
      problem("error", Value::object({{"error", error}}));
    }
    suites_ +=
        cat("  <testsuite name=\"", escaped(file_), "\" tests=\"", tests_, "\" failures=\"", failures_, "\" errors=\"",
            errors_, "\" skipped=\"", skipped_, "\" time=\"", decimal(seconds_), "\">\n", cases_);
    if (!printed_.empty()) suites_ += cat("    <system-out>", escaped(printed_), "</system-out>\n");
    suites_ += "  </testsuite>\n";
    total_seconds_ += seconds_;
    total_errors_ += errors_;
  }

  void finish(const TestTotals& totals) override {
    const int all = totals.passed + totals.failed + totals.skipped;
    const std::string text =
        cat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"", all, "\" failures=\"",
            totals.failed - total_errors_, "\" errors=\"", total_errors_, "\" skipped=\"", totals.skipped, "\" time=\"",
            decimal(total_seconds_), "\">\n", suites_, "</testsuites>\n");
    written_ = write_report(path_, text);
  }

 private:
  void begin_case(const std::string& name, const Value& seconds, const std::string& where) {
    const auto colon = where.rfind(':');
    cases_ += cat("    <testcase classname=\"", escaped(file_), "\" name=\"", escaped(name), "\" file=\"",
                  escaped(file_), "\"");
    if (colon != std::string::npos) cases_ += cat(" line=\"", escaped(where.substr(colon + 1)), "\"");
    cases_ += cat(" time=\"", number(seconds), "\"");
  }

  void add(const Value& test) {
    const std::string& state = test["state"].as_string();
    ++tests_;
    seconds_ += test["seconds"].as_number();
    begin_case(test["name"].as_string(), test["seconds"], test["where"].as_string());
    if (state == "failed") {
      ++failures_;
      problem("failure", test);
    } else if (state == "skipped") {
      ++skipped_;
      cases_ += cat("><skipped message=\"", escaped(test["reason"].as_string()), "\"/></testcase>\n");
    } else {
      cases_ += "/>\n";
    }
  }

  void problem(const char* element, const Value& test) {
    const Value& error = test["error"];
    std::string text;
    for (const std::string& line : failure_lines(test, Paint(false))) text += escaped(line) + "\n";
    cases_ += cat("><", element, " message=\"", escaped(error["message"].as_string()), "\" type=\"",
                  escaped(error["code"].as_string()), "\">", text, "</", element, "></testcase>\n");
  }

  std::string path_;
  Status& written_;
  std::string file_, cases_, printed_, suites_;
  double seconds_ = 0, total_seconds_ = 0;
  int tests_ = 0, failures_ = 0, errors_ = 0, skipped_ = 0, total_errors_ = 0;
};

}  // namespace

std::unique_ptr<TestReporter> junit_test_reporter(std::string path, Status& written) {
  return std::make_unique<JunitReporter>(std::move(path), written);
}

}  // namespace runbook::cli
