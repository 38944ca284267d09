// SPDX-License-Identifier: Apache-2.0
#include "host/cli/text_display.h"

#include <algorithm>

#include "host/core/text.h"
#include "host/run/host_options.h"

namespace runbook::cli {
namespace {

constexpr std::size_t kTail = 10;
constexpr std::size_t kMostFailures = 100;  // of steps whose failure the script went on from

}  // namespace

void TextDisplay::event(const Value& event) {
  const std::string& kind = event["event"].as_string();
  if (kind == "run.start") {
    file_ = event["file"].as_string();
    dry_run_ = event["mode"].as_string() == "dry-run";
    results_ = file_ == kExecRunbook;
  } else if (kind == "rollout.start") {
    fleet_.begin(event);
  } else if (kind == "host.start") {
    fleet_.host_start(event, console_.now());
    fleet_moved();
  } else if (kind == "host.end") {
    host_end(event);
  } else if (kind == "rollout.end") {
    rollout_end(event);
  } else if (kind == "step.start") {
    if (FleetHost* host = fleet_.host_of(path_of(event))) host_step(*host, event, false);
    else step_start(event);
  } else if (kind == "step.end") {
    if (event["state"].as_string() == "failed") {
      const auto& tail = tails_[path_of(event)];
      if (failures_.size() < kMostFailures) {
        failures_.push_back({event["error"], event["title"].as_string(), {tail.begin(), tail.end()}});
      }
    }
    tails_.erase(path_of(event));
    if (FleetHost* host = fleet_.host_of(path_of(event))) host_step(*host, event, true);
    else step_end(event);
  } else if (kind == "effect.start") {
    changes_.start(event);
    if (!fleet_.host_of(event["step"].as_string())) effect_start(event);
  } else if (kind == "effect.end") {
    const bool show = changes_.end(event);
    FleetHost* host = fleet_.host_of(event["step"].as_string());
    if (!host) effect_end(event, show);
    else if (show && (!results_ || dry_run_)) host_text(*host, change_text(event, "", true));
  } else if (kind == "output") {
    remember_output(event);
    if (FleetHost* host = fleet_.host_of(event["step"].as_string())) host_output(*host, event);
    else output(event);
  } else if (kind == "print") {
    print(cat(printable(event["text"].as_string()), "\n"));
  } else if (kind == "log") {
    log(event);
  } else if (kind == "plan.end") {
    const Paint paint = record_paint();
    const std::string where = event["where"].as_string();
    record(cat(paint.yellow("knowledge ends here:"), " ", printable(where), where.empty() ? "" : ": ",
               one_line(event["because"].as_string()), "\n"));
  } else if (kind == "run.end") {
    end(event);
  }
}

void TextDisplay::print(std::string_view text) {
  clear();
  console_.out.write(text);
}

void TextDisplay::message(std::string_view text) {
  clear();
  console_.err.write(text);
}

void TextDisplay::record(std::string_view text) {
  if (!shows_record() && !dry_run_) return;
  clear();
  record_stream().write(text);
}

std::string TextDisplay::change_text(const Value& effect, std::string_view indent, bool diff) const {
  const Paint paint = record_paint();
  const bool destroy = effect["effect"].as_string() == "destroy";
  const char* verb = effect["state"].as_string() == "planned" ? (destroy ? "would destroy" : "would change") : destroy ? "destroy" : "change";
  std::string text = effect["description"].as_string();
  if (text.empty()) text = effect["operation"].as_string();
  std::string out = cat(indent, destroy ? paint.red(verb) : paint.yellow(verb), " ", one_line(text), "\n");
  if (diff) out += show_diff(effect["diff"].as_string(), cat(indent, "    "), 0, paint);
  return out;
}

std::string TextDisplay::step_result(const Value& step) {
  std::vector<std::string> parts;
  if (const auto changed = step["changed"].as_int(); changed > 0) parts.push_back(cat(changed, " changed"));
  if (step["seconds"].is_number()) parts.push_back(show_duration(step["seconds"].as_number()));
  return join(parts, ", ");
}

std::string TextDisplay::path_of(const Value& event) {
  const Value& path = event["path"];
  return path.is_array() ? join(path.as_strings(), " / ") : path.as_string();
}

void TextDisplay::log(const Value& event) {
  const std::string& level = event["level"].as_string();
  if ((level == "debug" && verbose_ < 1) || (level == "trace" && verbose_ < 2)) return;
  if (!shows_record() && level != "warn" && level != "warning" && level != "error") return;
  const Paint paint(console_.err.colour);
  std::string label = level == "info" ? "" : cat(level == "warn" ? "warning" : level, ": ");
  if (!label.empty()) label = level == "error" ? paint.red(label) : level.starts_with("warn") ? paint.yellow(label) : paint.dim(label);
  const std::string fields = show_fields(event["fields"]);
  message(cat(label, printable(event["message"].as_string()), fields.empty() ? "" : "  ", paint.dim(fields), "\n"));
}

void TextDisplay::remember_output(const Value& event) {
  auto& tail = tails_[event["step"].as_string()];
  tail.push_back(event["line"].as_string());
  if (tail.size() > kTail) tail.pop_front();
}

void TextDisplay::end(const Value& event) {
  run_end();
  const Paint paint(console_.err.colour);
  if (event["state"].as_string() == "refused") {
    message(show_error(event["error"], {}, paint));
    return;
  }
  const auto total = event["changed"].as_int() + event["unchanged"].as_int() + event["planned"].as_int() + event["failed"].as_int();
  // A script that had no effects has nothing to sum up.
  if (total > 0 || event["state"].as_string() == "planned") record(cat(show_summary(event, record_paint()), "\n"));
  Value error = event["error"];
  if (!error.is_object()) return;
  std::string step = event["step"].as_string();
  for (const Failure& failure : failures_) {
    if (failure.error["code"] != error["code"] || failure.error["message"] != error["message"]) continue;
    if (step.empty()) step = failure.title;
    Value context = error["context"];
    if (!context.has("log") && !failure.tail.empty()) {
      context.set("log", join(failure.tail, "\n"));
      error.set("context", std::move(context));
    }
    break;
  }
  if (results_) error.erase("where");  // a line of a file that nobody wrote
  else if (error["where"].as_string().empty() && !file_.empty()) error.set("where", file_);
  // Of many hosts no single step stands for the failure.
  if (error["code"].as_string().starts_with("rollout.")) step.clear();
  std::string text = show_error(error, step, paint);
  const std::string run = event["run"].as_string();
  for (const char* command : {"resume", "undo"}) {
    const std::string& given = event[command].as_string();
    if (given.empty() && !event[command].as_bool()) continue;
    const std::string line = given.find(' ') != std::string::npos ? given : cat("runbook ", command, " ", given.empty() ? run : given);
    text += cat("  ", command, ": ", std::string(6 - std::string_view(command).size(), ' '), paint.bold(printable(line)), "\n");
  }
  message(text);
}

}  // namespace runbook::cli
