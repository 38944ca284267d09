// SPDX-License-Identifier: Apache-2.0
#include "host/cli/text_display.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

/// One line for each thing that happens, for pipes and logs.
class PlainDisplay final : public TextDisplay {
 public:
  using TextDisplay::TextDisplay;

 protected:
  void step_start(const Value& event) override { record(cat(record_paint().bold("step"), " ", one_line(path_of(event)), "\n")); }

  void step_end(const Value& event) override {
    const Paint paint = record_paint();
    const std::string& state = event["state"].as_string();
    const std::string label = state == "failed" ? paint.red(state) : state == "done" ? paint.green(state) : paint.yellow(state);
    const std::string result = step_result(event);
    record(cat(label, " ", one_line(path_of(event)), result.empty() ? "" : cat(" (", result, ")"), "\n"));
  }

  void effect_start(const Value& event) override {
    if (verbose_ > 1) record(cat(record_paint().dim(cat("  begin ", one_line(event["description"].as_string()))), "\n"));
  }

  void effect_end(const Value& event, bool show) override {
    if (show) {
      record(change_text(event, "  ", true));
    } else if (verbose_ > 0) {
      const std::string state = event["state"].as_string() == "done" ? "" : cat(" (", event["state"].as_string(), ")");
      record(cat(record_paint().dim(cat("  ", event["effect"].as_string(), " ", one_line(event["description"].as_string()), state)), "\n"));
    }
  }

  void output(const Value& event) override {
    if (verbose_ > 0) record(cat(record_paint().dim("  | "), printable(event["line"].as_string()), "\n"));
  }
};

/// Results and what went wrong.
class QuietDisplay final : public TextDisplay {
 public:
  using TextDisplay::TextDisplay;

 protected:
  bool shows_record() const override { return false; }
  // In a dry run the changes are the result.
  void effect_end(const Value& event, bool show) override {
    if (show && dry_run()) record(change_text(event, "", false));
  }
};

}  // namespace

std::unique_ptr<Display> make_plain_display(const Console& console, const DisplayOptions& options) {
  return std::make_unique<PlainDisplay>(console, options);
}

std::unique_ptr<Display> make_quiet_display(const Console& console, const DisplayOptions& options) {
  return std::make_unique<QuietDisplay>(console, options);
}

}  // namespace runbook::cli
