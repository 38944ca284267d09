// SPDX-License-Identifier: Apache-2.0
#include "host/cli/listing.h"

#include <algorithm>
#include <ctime>
#include <set>

#include "host/cli/report.h"
#include "host/core/error_value.h"
#include "host/core/text.h"

namespace runbook::cli {
namespace {

using journal::EffectRecord;
using journal::Run;
using journal::RunRecord;
using journal::State;
using journal::StepRecord;

std::string show_time(double when, const char* format) {
  const auto whole = static_cast<std::time_t>(when);
  std::tm parts{};
  char buffer[64] = "";
  if (::localtime_r(&whole, &parts)) std::strftime(buffer, sizeof buffer, format, &parts);
  return buffer;
}

std::string date_and_time(double when) { return show_time(when, "%Y-%m-%d %H:%M:%S"); }

std::string took(double started, double ended) { return ended > started ? show_duration(ended - started) : std::string(); }

std::string show_state(State state, const Paint& paint) {
  const std::string name = to_string(state);
  if (state == State::kDone) return paint.green(name);
  if (state == State::kFailed) return paint.red(name);
  return paint.yellow(name);
}

std::string padded(const std::string& text, std::size_t width) {
  const auto used = static_cast<std::size_t>(text_width(text));
  return used < width ? text + std::string(width - used, ' ') : text;
}

// The effects that tell what was done: the innermost ones that changed something, failed or were left open.
std::vector<const EffectRecord*> telling(const Run& run, std::string_view step) {
  std::set<std::pair<std::int64_t, std::uint64_t>> parents;
  std::vector<const EffectRecord*> all;
  for (auto effect = run.effects.rbegin(); effect != run.effects.rend(); ++effect) {
    const bool inside = parents.count({effect->attempt, effect->id}) > 0;
    const bool tells = effect->changed || effect->state != State::kDone;
    if ((tells || inside) && effect->parent) parents.insert({effect->attempt, effect->parent});
    if (tells && !inside && effect->step == step) all.push_back(&*effect);
  }
  std::reverse(all.begin(), all.end());
  return all;
}

void append_effects(std::string& out, const Run& run, std::string_view step, std::string_view indent, const Paint& paint) {
  for (const EffectRecord* effect : telling(run, step)) {
    const std::string verb = effect->effect == "destroy" ? paint.red("destroy") : paint.yellow(effect->effect.empty() ? "change" : effect->effect);
    const std::string state = effect->state == State::kDone ? "" : cat(" ", show_state(effect->state, paint));
    out += cat(indent, verb, " ", printable(effect->operation), " ", fit(one_line(to_json(effect->args)), 100, false), state, "\n");
    out += show_diff(effect->diff, cat(indent, "    "), 0, paint);
    if (effect->error) out += cat(indent, "    ", printable(effect->error->message), "\n");
  }
}

void append_step(std::string& out, const Run& run, const StepRecord& step, const Paint& paint) {
  const auto depth = static_cast<std::size_t>(std::count(step.path.begin(), step.path.end(), '/'));
  const std::string indent(2 + depth * 2, ' ');
  const std::string seconds = took(step.started, step.ended);
  out += cat(indent, show_state(step.state, paint), " ", printable(depth ? step.title : step.path), seconds.empty() ? "" : cat("  ", paint.dim(seconds)), "\n");
  append_effects(out, run, step.path, indent + "    ", paint);
  if (step.error) out += cat(indent, "    ", printable(step.error->message), "\n");
}

Value time_or_null(double when) { return when > 0 ? Value(when) : Value(); }

template <class Record>
void set_end(Value& out, const Record& record) {
  out.set("state", to_string(record.state));
  out.set("started", time_or_null(record.started));
  out.set("ended", time_or_null(record.ended));
  if (record.error) out.set("error", error_to_value(*record.error));
}

}  // namespace

std::string show_runs(const std::vector<RunRecord>& runs, bool plain, const Paint& paint) {
  std::string out;
  if (plain) {
    for (const RunRecord& run : runs) {
      out += cat(run.id, "\t", date_and_time(run.started), "\t", to_string(run.state), "\t", run.mode, "\t",
                 run.exit ? std::to_string(*run.exit) : "", "\t", one_line(run.file), "\t", one_line(run.summary), "\n");
    }
    return out;
  }
  std::size_t id = 2, file = 4;
  std::vector<std::string> names;
  for (const RunRecord& run : runs) {
    names.push_back(run.file.empty() ? "(command line)" : one_line(run.file.substr(run.file.rfind('/') + 1)));
    id = std::max(id, run.id.size());
    file = std::max(file, names.back().size());
  }
  if (!runs.empty()) out += paint.dim(cat(padded("RUN", id), "  ", padded("STARTED", 19), "  ", padded("STATE", 11), "  ", padded("TOOK", 8), "  ", "FILE")) + "\n";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunRecord& run = runs[i];
    out += cat(padded(run.id, id), "  ", date_and_time(run.started), "  ", padded(show_state(run.state, paint), 11), "  ",
               padded(took(run.started, run.ended), 8), "  ", run.summary.empty() ? names[i] : padded(names[i], file),
               run.summary.empty() ? "" : cat("  ", paint.dim(one_line(run.summary))), "\n");
  }
  return out;
}

std::string show_run(const Run& run, const Paint& paint) {
  const RunRecord& record = run.record;
  std::string out = cat(paint.bold(cat("run ", record.id)), ": ", show_state(record.state, paint), record.exit ? cat(", exit ", *record.exit) : "", "\n");
  if (!record.summary.empty()) out += cat("  ", printable(record.summary), "\n");
  const auto row = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) out += cat("  ", paint.dim(padded(label.empty() ? "" : cat(label, ":"), 12)), text, "\n");
  };
  row("file", printable(record.file));
  row("version", record.file_hash.substr(0, 16));
  row("by", cat(printable(record.user), "@", printable(record.host)));
  row("started", date_and_time(record.started));
  row("took", took(record.started, record.ended));
  for (const auto& [name, value] : record.params.members()) {
    row(record.params.members().begin()->first == name ? "parameters" : "", cat(printable(name), " = ", value.is_string() ? one_line(value.as_string()) : to_json(value)));
  }
  if (run.attempts.size() > 1) {
    out += cat("\n", paint.bold("attempts:"), "\n");
    for (const auto& attempt : run.attempts) {
      out += cat("  ", attempt.attempt, "  ", date_and_time(attempt.started), "  ", padded(attempt.mode, 6), "  ", show_state(attempt.state, paint), "\n");
    }
  }
  if (!run.steps.empty()) {
    out += cat("\n", paint.bold("steps:"), "\n");
    for (const StepRecord& step : run.steps) append_step(out, run, step, paint);
  }
  std::string outside;
  append_effects(outside, run, "", "  ", paint);
  if (!outside.empty()) out += cat("\n", paint.bold("outside steps:"), "\n", outside);
  if (record.error) {
    out += "\n";
    out += show_error(error_to_value(*record.error), {}, paint);
  }
  if (record.state == State::kFailed || record.state == State::kInterrupted || record.state == State::kCancelled) {
    out += cat("\n  resume: runbook resume ", record.id, "\n  undo:   runbook undo ", record.id, "\n");
  }
  return out;
}

std::string show_lines(const std::vector<journal::LineRecord>& lines, bool plain, const Paint& paint) {
  std::string out;
  for (const auto& line : lines) {
    const std::string text = printable(line.text);
    if (plain) {
      out += cat(date_and_time(line.time), "\t", line.stream, "\t", one_line(line.step), "\t", one_line(text), "\n");
    } else {
      const std::string step = line.step.empty() ? "" : cat(one_line(line.step), " | ");
      out += cat(paint.dim(cat(show_time(line.time, "%H:%M:%S"), " ", step)), line.stream == "stderr" ? paint.yellow(text) : text, "\n");
    }
  }
  return out;
}

Value to_value(const RunRecord& run) {
  Value out = Value::object({{"run", run.id}, {"file", run.file}, {"file_hash", run.file_hash}, {"summary", run.summary}, {"mode", run.mode},
                             {"user", run.user}, {"host", run.host}, {"attempt", run.attempt}, {"version", run.version}, {"params", run.params}});
  set_end(out, run);
  if (run.exit) out.set("exit", *run.exit);
  return out;
}

Value to_value(const Run& run) {
  Value out = to_value(run.record);
  Value attempts{Value::Array{}}, steps{Value::Array{}}, effects{Value::Array{}};
  for (const auto& attempt : run.attempts) {
    Value item = Value::object({{"attempt", attempt.attempt}, {"mode", attempt.mode}, {"user", attempt.user}, {"host", attempt.host}});
    set_end(item, attempt);
    if (attempt.exit) item.set("exit", *attempt.exit);
    attempts.push(std::move(item));
  }
  for (const StepRecord& step : run.steps) {
    Value item = Value::object({{"path", step.path}, {"title", step.title}, {"attempt", step.attempt}, {"undo", step.undo}, {"result", step.result}});
    set_end(item, step);
    steps.push(std::move(item));
  }
  for (const EffectRecord& effect : run.effects) {
    Value item = Value::object({{"id", static_cast<std::int64_t>(effect.id)}, {"parent", static_cast<std::int64_t>(effect.parent)}, {"attempt", effect.attempt},
                                {"step", effect.step}, {"operation", effect.operation}, {"effect", effect.effect}, {"args", effect.args},
                                {"changed", effect.changed}, {"where", effect.where}, {"result", effect.result}});
    if (!effect.diff.empty()) item.set("diff", effect.diff);
    set_end(item, effect);
    effects.push(std::move(item));
  }
  out.set("attempts", std::move(attempts));
  out.set("steps", std::move(steps));
  out.set("effects", std::move(effects));
  return out;
}

Value to_value(const journal::LineRecord& line) {
  return Value::object({{"seq", line.seq}, {"attempt", line.attempt}, {"step", line.step}, {"effect", static_cast<std::int64_t>(line.effect)},
                        {"stream", line.stream}, {"text", line.text}, {"time", line.time}});
}

}  // namespace runbook::cli
