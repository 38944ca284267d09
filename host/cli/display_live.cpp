// SPDX-License-Identifier: Apache-2.0
//
// The live display. A step of the outermost level moves while it runs: it and what is inside it are drawn at the foot
// of the terminal and redrawn in place. When it has ended it is written once more, whole, and scrolls away like any
// other text; so the moving part stays small and the final state stays readable.
#include <algorithm>
#include <memory>
#include <vector>

#include "host/cli/text_display.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

constexpr double kRedrawEvery = 0.1;        // seconds
constexpr double kShowElapsedAfter = 1;     // seconds
constexpr std::size_t kMostLinesKept = 60;  // of one step, once it has ended
constexpr int kMostHostsTold = 20;          // of a rollout, one by one; of more the counts have to do

struct Step {
  std::string path, title, state, result, last_line;
  double started = 0;
  Step* parent = nullptr;
  std::vector<std::string> changes;  // rendered
  std::vector<std::unique_ptr<Step>> children;
  bool running() const { return state.empty(); }
};

class LiveDisplay final : public TextDisplay {
 public:
  using TextDisplay::TextDisplay;
  ~LiveDisplay() override { clear(); }

  void tick() override {
    if (console_.now() - drawn_at_ >= kRedrawEvery) draw();
  }
  void suspend() override { clear(); }

 protected:
  void step_start(const Value& event) override {
    auto step = std::make_unique<Step>();
    step->path = path_of(event);
    step->title = one_line(event["title"].as_string(step->path));
    step->started = console_.now();
    Step* parent = find_parent(step->path);
    step->parent = parent;
    (parent ? parent->children : steps_).push_back(std::move(step));
    tick();
  }

  void step_end(const Value& event) override {
    Step* step = find(path_of(event));
    if (!step) return;
    step->state = event["state"].as_string("done");
    step->result = step_result(event);
    if (!step->parent) keep(step);
    else tick();
  }

  void effect_end(const Value& event, bool show) override {
    if (!show) return;
    Step* step = find(event["step"].as_string());
    const std::string text = change_text(event, "", dry_run() || verbose_ > 0);
    if (!step) record(text);
    else for (std::string& line : lines_of(text)) step->changes.push_back(std::move(line));
    tick();
  }

  void output(const Value& event) override {
    if (Step* step = find(event["step"].as_string())) step->last_line = one_line(event["line"].as_string());
    if (verbose_ > 0) record(cat(record_paint().dim("  | "), printable(event["line"].as_string()), "\n"));
    tick();
  }

  void clear() override {
    if (drawn_.empty()) return;
    const int columns = std::max(1, console_.size().first);
    int rows = 0;
    // A terminal that became narrower has wrapped what was drawn.
    for (const int width : drawn_) rows += std::max(1, (width + columns - 1) / columns);
    drawn_.clear();
    console_.err.write(cat("\r\x1b[", rows, "A\x1b[J"));
  }

  bool tells_every_host(int total) const override { return total <= kMostHostsTold || dry_run(); }
  void fleet_moved() override { tick(); }

  void run_end() override {
    // What a cancelled run left open.
    while (!steps_.empty()) {
      if (steps_.front()->running()) steps_.front()->state = "cancelled";
      keep(steps_.front().get());
    }
  }

 private:
  using Steps = std::vector<std::unique_ptr<Step>>;

  static Step* find_in(const Steps& steps, std::string_view path) {
    for (const auto& step : steps) {
      if (step->path == path && step->running()) return step.get();
      if (path.starts_with(step->path)) {
        if (Step* inside = find_in(step->children, path)) return inside;
      }
    }
    return nullptr;
  }
  Step* find(std::string_view path) const { return path.empty() ? nullptr : find_in(steps_, path); }

  // The innermost running step whose path begins this one's.
  Step* find_parent(std::string_view path) const {
    Step* parent = nullptr;
    for (const Steps* level = &steps_;;) {
      const auto next = std::find_if(level->begin(), level->end(), [&](const auto& step) {
        return step->running() && path.size() > step->path.size() && path.starts_with(step->path);
      });
      if (next == level->end()) return parent;
      parent = next->get();
      level = &parent->children;
    }
  }

  std::string mark(const Step& step, const Paint& paint) const {
    const bool unicode = console_.unicode;
    if (step.running()) {
      static constexpr const char* kSpinner[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
      static constexpr const char* kPlain[] = {"-", "\\", "|", "/"};
      return paint.cyan(unicode ? kSpinner[frame_ % 10] : kPlain[frame_ % 4]);
    }
    if (step.state == "failed") return paint.red(unicode ? "✗" : "x");
    if (step.state == "cancelled") return paint.yellow("!");
    if (step.state == "skipped" || step.state == "replayed") return paint.dim(unicode ? "↷" : "=");
    if (step.state == "planned") return paint.yellow("~");
    return paint.green(unicode ? "✓" : "+");
  }

  std::string line_of(const Step& step, int depth, const Paint& paint) const {
    std::string line = cat(std::string(static_cast<std::size_t>(depth) * 2, ' '), mark(step, paint), " ", step.title);
    std::string note = step.result;
    if (step.running() && console_.now() - step.started >= kShowElapsedAfter) note = show_duration(console_.now() - step.started);
    if (!step.running() && step.state != "done") note = cat(step.state, note.empty() ? "" : ", ", note);
    return note.empty() ? line : cat(line, "  ", paint.dim(note));
  }

  void add_changes(const Step& step, int depth, std::vector<std::string>& lines) const {
    for (const std::string& change : step.changes) {
      lines.push_back(cat(std::string(static_cast<std::size_t>(depth) * 2 + 2, ' '), change));
    }
  }

  // The whole of a step that has ended; what went well inside is left out first where it is too much.
  void add_all(const Step& step, int depth, const Paint& paint, std::vector<std::string>& lines) const {
    lines.push_back(line_of(step, depth, paint));
    add_changes(step, depth, lines);
    std::size_t left_out = 0;
    for (const auto& child : step.children) {
      if (lines.size() < kMostLinesKept || child->state != "done" || dry_run()) add_all(*child, depth + 1, paint, lines);
      else ++left_out;
    }
    if (left_out) lines.push_back(cat(std::string(static_cast<std::size_t>(depth) * 2 + 2, ' '), paint.dim(cat("and ", left_out, " more, done"))));
  }

  void keep(Step* step) {
    std::vector<std::string> lines;
    add_all(*step, 0, record_paint(), lines);
    record(join(lines, "\n") + "\n");
    steps_.erase(std::find_if(steps_.begin(), steps_.end(), [&](const auto& owned) { return owned.get() == step; }));
  }

  // What moves: running steps with their last line of output, and where there is room the ones inside that have ended.
  void add_moving(const Step& step, int depth, std::size_t room, const Paint& paint, std::vector<std::string>& lines) const {
    lines.push_back(line_of(step, depth, paint));
    const std::string indent(static_cast<std::size_t>(depth) * 2 + 2, ' ');
    std::size_t ended = 0, hidden_ended = 0, running = 0;
    for (const auto& child : step.children) child->running() ? ++running : ++ended;
    for (const auto& child : step.children) {
      if (child->running()) continue;
      // Ended ones give way to running ones; the newest stay.
      if (ended - hidden_ended + running + lines.size() > room) ++hidden_ended;
      else lines.push_back(line_of(*child, depth + 1, paint));
    }
    if (hidden_ended) lines.push_back(cat(indent, paint.dim(cat(hidden_ended, " done"))));
    for (const auto& child : step.children) {
      if (child->running()) add_moving(*child, depth + 1, room, paint, lines);
    }
    if (running == 0 && !step.last_line.empty()) lines.push_back(cat(indent, paint.dim(step.last_line)));
  }

  void draw() {
    clear();
    drawn_at_ = console_.now();
    ++frame_;
    if (steps_.empty() && fleet().empty()) return;
    const auto [columns, rows] = console_.size();
    // One row stays free for the cursor, one for a shell's prompt that scrolls.
    const auto room = static_cast<std::size_t>(std::max(1, rows - 2));
    const Paint paint(console_.err.colour);
    std::vector<std::string> lines;
    for (const auto& step : steps_) add_moving(*step, 0, room, paint, lines);
    const std::size_t for_steps = fleet().empty() ? room : std::max<std::size_t>(1, room / 2);
    if (lines.size() > for_steps) {
      const std::size_t hidden = lines.size() - for_steps + 1;
      lines.resize(for_steps - 1);
      lines.push_back(paint.dim(cat("and ", hidden, " more lines")));
    }
    for (std::string& line : fleet().view(console_.now(), room - std::min(room, lines.size()), paint)) lines.push_back(std::move(line));
    std::string frame;
    for (const std::string& line : lines) {
      // The last column stays free: some terminals wrap when it is written.
      const std::string fitted = fit(line, std::max(1, columns - 1), console_.unicode);
      drawn_.push_back(text_width(fitted));
      frame += fitted + "\n";
    }
    console_.err.write(frame);
  }

  Steps steps_;
  std::vector<int> drawn_;  // the widths of the lines on the screen
  double drawn_at_ = -1;
  unsigned frame_ = 0;
};

}  // namespace

std::unique_ptr<Display> make_live_display(const Console& console, const DisplayOptions& options) {
  return std::make_unique<LiveDisplay>(console, options);
}

}  // namespace runbook::cli
