// SPDX-License-Identifier: Apache-2.0
// A run inside a test: a Run of its own on the spec's loop, in the simulated world.
#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/gate/filters/fault_filter.h"
#include "host/run/answer_filter.h"
#include "host/run/recorded_run.h"
#include "host/run/run.h"
#include "host/run/spec.h"

namespace runbook {
namespace {

Result<Mode> mode_of(const std::string& name) {
  for (const Mode mode : {Mode::kApply, Mode::kDryRun, Mode::kResume, Mode::kUndo}) {
    if (name == to_string(mode)) return mode;
  }
  return Error("argument.invalid", cat("there is no mode '", printable(name), "'"));
}

Result<RunOptions> options_of(const Value& given, const std::string& base) {
  RunOptions options;
  options.file = given["file"].as_string();
  if (!options.file.starts_with("/")) options.file = cat(base, "/", options.file);
  auto mode = mode_of(given["mode"].as_string("apply"));
  if (!mode) return std::move(mode).error();
  options.mode = *mode;
  options.replay = given["replay"].as_string();
  if (!options.replay.empty() && !options.replay.starts_with("/")) options.replay = cat(base, "/", options.replay);
  options.run_id = given["id"].as_string();
  options.dry_undo = given["dry_undo"].as_bool();
  options.params_file = given["params"];
  options.allow = given["allow"].as_strings();
  options.deny = given["deny"].as_strings();
  options.limits = given["limits"].as_strings();
  options.inventory = given["inventory"].as_string();
  options.hosts = given["hosts"].as_strings();
  options.redo = given["redo"].as_strings();
  options.accept = given["accept"].as_strings();
  options.confirm = given["confirm"].as_strings();
  options.yes = given["yes"].as_bool(true);
  if (given.has("on_failure")) options.on_failure = given["on_failure"].as_string();
  if (given.has("answers")) {
    auto left = std::make_shared<std::vector<std::string>>(given["answers"].as_strings());
    options.ask = [left](const std::string&, const std::string&) -> std::optional<std::string> {
      if (left->empty()) return std::nullopt;
      std::string answer = std::move(left->front());
      left->erase(left->begin());
      return answer;
    };
  }
  return options;
}

Result<FaultFilter::When> fault_of(const std::string& kind) {
  if (kind == "fail") return FaultFilter::When::kFailBefore;
  if (kind == "fail_after") return FaultFilter::When::kFailAfter;
  if (kind == "stop") return FaultFilter::When::kStopAfter;
  if (kind == "stop_before") return FaultFilter::When::kStopBefore;
  return Error("argument.invalid", cat("there is no fault '", printable(kind), "'"));
}

Value accesses_value(const std::vector<Access>& accesses) {
  Value out = Value::Array{};
  for (const Access& access : accesses) {
    out.push(Value::object({{"kind", access.kind}, {"target", access.target}, {"verb", access.verb}, {"name", access.name}}));
  }
  return out;
}

Value changes_value(const std::vector<FaultFilter::Change>& changes) {
  Value out = Value::Array{};
  for (const FaultFilter::Change& change : changes) {
    out.push(Value::object({{"operation", change.operation}, {"description", change.description}, {"step", change.step}, {"where", change.where}}));
  }
  return out;
}

}  // namespace

Result<Value> make_test_run(SpecNatives& natives, const std::string& base, const Value& given) {
  auto options = options_of(given, base);
  if (!options) return std::move(options).error();
  if (!natives.simulation) return Error("test.no_simulation", "the simulation ended before the run began");
  options->state_directory = natives.simulation->state_directory();
  Value events = Value::Array{};
  options->on_event = [&](const Value& event) { events.push(event); };

  RunSetting setting;
  setting.world = natives.simulation->world();
  setting.coverage = natives.coverage;
  setting.secrets.emplace();
  for (const auto& [name, value] : given["secrets"].members()) {
    (*setting.secrets)[name] = value.reveal();
    natives.hide(value.reveal());
  }
  Run* running = nullptr;
  setting.run_others = [&natives, &running, killed = setting.killed] {
    if (natives.overdue()) {
      *killed = true;
      running->halt();
    }
    return natives.vm->scheduler().run_ready();
  };
  std::shared_ptr<FaultFilter> faults = std::make_shared<FaultFilter>(FaultFilter::When::kFailBefore, 0);
  if (const Value& fault = given["fault"]; !fault.is_null()) {
    auto when = fault_of(fault["kind"].as_string());
    if (!when) return std::move(when).error();
    faults = std::make_shared<FaultFilter>(*when, static_cast<int>(fault["change"].as_int()), [&running, killed = setting.killed] {
      *killed = true;
      running->halt();
    });
  }
  setting.filters = {faults, std::make_shared<AnswerFilter>(natives.answered, natives.asker())};

  std::optional<Replay> replay;
  if (!options->replay.empty()) {
    auto cassette = read_cassette(options->replay);
    if (!cassette) return std::move(cassette).error();
    replay.emplace(std::move(*cassette)).prepare(*options, setting);
  }

  RunReport report;
  std::vector<Access> touched;
  {
    Run run(natives.vm->loop(), *options, *natives.modules, std::move(setting));
    running = &run;
    natives.running = &run;
    report = run.execute();
    if (replay) replay->conclude(report);
    touched = run.touched();
    // A dry run may not know yet what it would touch, and would ask for too much.
    const bool dry = options->mode == Mode::kDryRun || options->dry_undo;
    if (Value proposal = run.proposal(); natives.on_run && !dry && proposal.is_object()) {
      proposal.erase("withheld_reads");
      natives.on_run(run.file(), std::move(proposal));
    }
    natives.running = nullptr;
  }
  Value out = Value::object({{"id", report.id},
                             {"state", report.state},
                             {"exit", report.exit},
                             {"changed", report.changed},
                             {"unchanged", report.unchanged},
                             {"planned", report.planned},
                             {"effects", changes_value(faults->changes())},
                             {"touched", accesses_value(touched)},
                             {"events", std::move(events)}});
  if (replay) out.set("unasked", Value::strings(report.unasked));
  if (report.error) out.set("error", error_to_value(*report.error));
  if (!report.plan.is_null()) out.set("plan", report.plan);
  return out;
}

}  // namespace runbook
