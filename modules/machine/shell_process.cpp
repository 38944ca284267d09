// SPDX-License-Identifier: Apache-2.0
// process_* at a place that has a shell.
#include <cmath>
#include <ctime>

#include "host/core/text.h"
#include "modules/machine/file_value.h"
#include "modules/machine/local.h"
#include "modules/machine/process_record.h"
#include "modules/machine/shell_command.h"
#include "modules/machine/shell_ask.h"
#include "modules/machine/shell_error.h"
#include "modules/machine/shell_place.h"
#include "modules/machine/shell_records.h"
#include "modules/machine/shell_scripts.h"

namespace runbook::machine {

namespace {

constexpr double kGlances = 5;  // a second
constexpr double kStopSeconds = 10;

struct Known {
  Value record;  ///< null: none
  bool running = false;
};

Result<Known> known(Records records, const std::string& name) {
  Known out;
  const std::string_view state = records.line();
  if (state == "absent") return out;
  out.running = state == "running";
  const std::vector<std::string> first = split(records.line(), ' ');
  const auto log = records.piece();
  auto record = from_json(records.rest());
  if (!record || !log || first.size() < 4) {
    return Error("machine.record", cat("what is noted of process '", name, "' there is damaged"),
                 "remove it, and stop the process by hand");
  }
  out.record = std::move(*record);
  out.record.set("pid", static_cast<std::int64_t>(std::strtoll(first[0].c_str(), nullptr, 10)));
  out.record.set("log", *log);
  out.record.set("started", static_cast<std::int64_t>(std::strtoll(first[3].c_str(), nullptr, 10)));
  return out;
}

Error failed(const ShellEnd& end, const std::string& name) {
  const std::string& reason = end.reason;
  const auto number = [&] { return reason.substr(reason.find(':') + 1); };
  if (reason.starts_with("runs:")) return process_exists(name, std::strtoll(number().c_str(), nullptr, 10));
  if (reason.starts_with("ended:")) {
    const long code = std::strtol(number().c_str(), nullptr, 10);
    return process_ended(name, code > 128 ? cat("by signal ", code - 128) : cat("with exit code ", code),
                         printable(trim(end.out)));
  }
  if (reason.starts_with("deaf:")) {
    return Error("machine.timeout",
                 cat("process '", name, "' with pid ", number(), " does not end, not even by SIGKILL"));
  }
  if (reason == "busy")
    return Error("machine.busy", cat("process '", name, "' is being started or stopped by another run")).retry();
  if (reason == "log")
    return Error("machine.not_regular", cat("the log of process '", name, "' is not a regular file"));
  return shell_error(end, "keep process", name);
}

Cancel perform(World& world, const Value& target, std::string text, std::string input, const std::string& name,
               ShellAnswer answer, Done done) {
  ShellScript script;
  script.text = std::move(text);
  script.input = std::move(input);
  return ask_script(world, target, std::move(script), [name](const ShellEnd& end) { return failed(end, name); },
                    std::move(answer), std::move(done));
}

Cancel ask(World& world, const Value& target, const std::string& name,
           std::function<Result<Value>(const Known&)> answer, Done done) {
  const std::string text =
      cat(kBaseFunctions, Variables().set("name", name).text(), kProcessFunctions, kProcessReadScript);
  return perform(
      world, target, text, {}, name,
      [name, answer = std::move(answer)](const ShellEnd& end) -> Result<Value> {
        auto found = known(Records(end), name);
        if (!found) return std::move(found).error();
        return answer(*found);
      },
      std::move(done));
}

// What is to be started again after a revert has no target of its own.
Cancel start(World& world, const Value& target, const Value& args, Done done) {
  const std::string& name = args["name"].as_string();
  auto command = shell_command_of(args);
  if (!command) {
    done(std::move(command).error());
    return {};
  }
  const std::string salt = cat(name, '-', time(nullptr), '-', world.loop().now().count());
  const Value record = Value::object({{"name", name},
                                      {"given", process_given(args)},
                                      {"argv", args["argv"]},
                                      {"cwd", command->cwd},
                                      {"salt", salt},
                                      {"fingerprint", process_fingerprint(args, salt)}});
  Variables variables;
  variables.set("name", name).set("log", args.has("log") ? files::normalise(args["log"].as_string()) : "");
  ShellScript script;
  script.text = cat(kBaseFunctions, variables.text(), kProcessFunctions, command->text, kProcessStartScript);
  script.input = command->environment + to_json(record);
  return run_script(world, target, std::move(script),
                    [name, command = *command, done = std::move(done)](Result<ShellEnd> end) mutable {
                      if (!end) return done(std::move(end).error());
                      if (ShellCommand::is_refusal(end->reason)) return done(command.refusal(*end));
                      if (end->code != 0 || !end->reason.empty()) return done(failed(*end, name));
                      auto found = known(Records(*end), name);
                      if (!found) return done(std::move(found).error());
                      done(describe_process(found->record, found->running));
                    });
}

Cancel stop(World& world, const Value& target, const Value& args, bool remove_log, Done done) {
  const std::string& name = args["name"].as_string();
  const double grace = args["grace"].as_number(kStopSeconds);
  Variables variables;
  variables.set("name", name).set("grace", static_cast<std::int64_t>(std::ceil(grace * kGlances)));
  variables.set("unwanted", remove_log ? files::normalise(args["log"].as_string()) : "");
  return perform(
      world, target, cat(kBaseFunctions, variables.text(), kProcessFunctions, kProcessStopScript), {}, name,
      [name](const ShellEnd& end) -> Result<Value> {
        return Value::object({{"name", name}, {"changed", trim(end.out) == "stopped"}});
      },
      std::move(done));
}

Cancel look(Verb verb, World& world, const Value& args, Done done) {
  const std::string& name = args["name"].as_string();
  return ask(
      world, args["target"], name,
      [verb, name, args](const Known& found) -> Result<Value> {
        if (verb == Verb::kProcessVerify) return verified_process(found.record, found.running, args);
        if (!found.record.is_null()) return describe_process(found.record, found.running);
        if (verb == Verb::kProcessFind) return Value();
        return Error("machine.not_found", cat("there is no process '", name, "'"));
      },
      std::move(done));
}

Cancel probe(bool starts, World& world, const Value& args, Done done) {
  return ask(
      world, args["target"], args["name"].as_string(),
      [starts, args](const Known& found) -> Result<Value> {
        const Value state = verified_process(found.record, found.running, args);
        return Value(starts ? found.running && state["state"].as_string() == "same" : !found.running);
      },
      std::move(done));
}

Cancel capture(bool starts, Invocation call, Done done) {
  const Value& args = call.args;
  if (starts && !args.has("log")) {
    done(kept_absent());
    return {};
  }
  if (starts) {
    Value find = Value::object({{"target", args["target"]}, {"path", args["log"]}});
    return shell_look(Phase::kPerform, Verb::kFind, {call.world, std::move(find), {}},
                      [done = std::move(done)](Result<Value> log) mutable {
                        if (!log) return done(std::move(log));
                        Value before = kept_absent();
                        before.set("log", !log->is_null());
                        done(std::move(before));
                      });
  }
  return ask(
      call.world, args["target"], args["name"].as_string(),
      [](const Known& found) -> Result<Value> {
        if (!found.running) return kept_absent();
        Value before = found.record["given"];
        before.set("type", "running");
        return before;
      },
      std::move(done));
}

Cancel revert(bool starts, World& world, const Value& args, Done done) {
  const Value& before = args["before"];
  if (starts)
    return stop(world, args["target"], args, args.has("log") && !before["log"].as_bool(true), std::move(done));
  if (before["type"].as_string() != "running") {
    done(Value());
    return {};
  }
  auto again = process_again(args);
  if (!again) {
    done(std::move(again).error());
    return {};
  }
  return start(world, args["target"], *again, std::move(done));
}

}  // namespace

Cancel shell_process(Phase phase, Verb verb, Invocation call, Done done) {
  World& world = call.world;
  const Value args = call.args;
  if (Status good = check_process_name(args["name"].as_string()); !good) {
    done(std::move(good).error());
    return {};
  }
  const bool starts = verb == Verb::kProcessStart;
  switch (phase) {
    case Phase::kProbe: return probe(starts, world, args, std::move(done));
    case Phase::kCapture: return capture(starts, std::move(call), std::move(done));
    case Phase::kRevert: return revert(starts, world, args, std::move(done));
    default: break;
  }
  if (starts) return start(world, args["target"], args, std::move(done));
  if (verb == Verb::kProcessStop) return stop(world, args["target"], args, false, std::move(done));
  return look(verb, world, args, std::move(done));
}

}  // namespace runbook::machine
