// SPDX-License-Identifier: Apache-2.0
#include "host/cli/display.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

constexpr int kSchema = 1;

/// The events as they are, one a line.
class JsonDisplay final : public Display {
 public:
  explicit JsonDisplay(const Console& console) : console_(console) {}
  void event(const Value& event) override {
    Value line = event;
    line.set("schema", kSchema);
    console_.out.write(cat(to_json(line), "\n"));
  }

 private:
  const Console& console_;
};

}  // namespace

std::unique_ptr<Display> make_json_display(const Console& console) { return std::make_unique<JsonDisplay>(console); }

std::unique_ptr<Display> make_display(const Console& console, const DisplayOptions& options) {
  if (options.json) return make_json_display(console);
  if (options.quiet) return make_quiet_display(console, options);
  if (console.redraws) return make_live_display(console, options);
  return make_plain_display(console, options);
}

}  // namespace runbook::cli
