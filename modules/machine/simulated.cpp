// SPDX-License-Identifier: Apache-2.0
// A simulated machine: its files are real ones in a directory of their own (files::Tree), what its programs do is asked
// of the simulator, machine.sim.lua.
#include "modules/machine/simulated.h"

namespace runbook::machine {
namespace {

/// {kind = "program" | "machine.program", machine, argv, env, cwd, stdin} -> {code | signal, stdout, stderr}
class SimulatedProcesses final : public Processes {
 public:
  SimulatedProcesses(World& world, Simulate ask, std::string machine)
      : Processes(world), loop_(world.loop()), ask_(std::move(ask)), machine_(std::move(machine)) {}

  Cancel start(ProcessOptions options, Callback<void(Result<ProcessExit>)> done) override {
    Value argv = Value::Array{}, env = Value::Object{};
    for (const std::string& word : options.argv) argv.push(word);
    for (const auto& [name, value] : options.env) env.set(name, value);
    Value request = Value::object({{"kind", machine_.empty() ? "program" : "machine.program"},
                                   {"argv", std::move(argv)},
                                   {"env", std::move(env)},
                                   {"cwd", options.cwd},
                                   {"stdin", options.input},
                                   {"machine", machine_}});
    const auto output = [on_output = options.on_output](const Value& said) {
      if (!on_output) return;
      if (const std::string& text = said["stdout"].as_string(); !text.empty()) on_output(Stream::kOut, text);
      if (const std::string& text = said["stderr"].as_string(); !text.empty()) on_output(Stream::kError, text);
    };
    return ask_(std::move(request), output,
                [output, began = loop_.now(), &loop = loop_, done = std::move(done)](Result<Value> answer) mutable {
                  if (!answer) return done(std::move(answer).error());
                  output(*answer);
                  ProcessExit exit;
                  exit.signal = static_cast<int>((*answer)["signal"].as_int());
                  exit.code = exit.signal != 0 ? -1 : static_cast<int>((*answer)["code"].as_int());
                  exit.seconds = std::chrono::duration<double>(loop.now() - began).count();
                  done(exit);
                });
  }

 private:
  Loop& loop_;
  Simulate ask_;
  std::string machine_;
};

const char* name_of(Phase phase) {
  switch (phase) {
    case Phase::kProbe: return "probe";
    case Phase::kCapture: return "capture";
    case Phase::kRevert: return "revert";
    default: return "perform";
  }
}

const char* name_of(Verb verb) {
  switch (verb) {
    case Verb::kProcessStart: return "start";
    case Verb::kProcessFind: return "find";
    case Verb::kProcessVerify: return "verify";
    case Verb::kProcessStop: return "stop";
    default: return "get";
  }
}

/// {kind = "process" | "machine.process", machine, verb, phase, args} -> {result = what the operation gives}
class SimulatedDetached final : public Detached {
 public:
  SimulatedDetached(World& world, Simulate ask, files::TreePtr files, std::string machine)
      : Detached(world), ask_(std::move(ask)), files_(std::move(files)), machine_(std::move(machine)) {}

  Cancel act(Phase phase, Verb verb, Invocation call, Done done) override {
    if (verb == Verb::kProcessStart && phase == Phase::kPerform) {
      // What would be refused on a real machine is refused here.
      auto command = command_of(*files_, call.args["argv"]);
      auto env = environment_of(call.args["env"]);
      if (!command || !env) {
        done(!command ? std::move(command).error() : std::move(env).error());
        return {};
      }
    }
    call.args.erase("target");
    Value request = Value::object({{"kind", machine_.empty() ? "process" : "machine.process"},
                                   {"machine", machine_},
                                   {"verb", name_of(verb)},
                                   {"phase", name_of(phase)},
                                   {"args", std::move(call.args)}});
    return ask_(std::move(request), {}, [done = std::move(done)](Result<Value> answer) mutable {
      if (!answer) return done(std::move(answer));
      done((*answer)["result"]);
    });
  }

 private:
  Simulate ask_;
  files::TreePtr files_;
  std::string machine_;
};

}  // namespace

std::shared_ptr<Processes> simulated_processes(World& world, const Simulate& ask, const std::string& machine) {
  return std::make_shared<SimulatedProcesses>(world, ask, machine);
}

std::shared_ptr<Detached> simulated_detached(World& world, const Simulate& ask, files::TreePtr files,
                                             const std::string& machine) {
  return std::make_shared<SimulatedDetached>(world, ask, std::move(files), machine);
}

void simulate(World& world, const Simulate& ask) {
  world.provide<Processes>(simulated_processes(world, ask, {}));
  world.provide<Places>(simulated_places(world, ask));
  world.provide<Detached>(simulated_detached(world, ask, world.shared<files::Tree>(), {}));
}

}  // namespace runbook::machine
