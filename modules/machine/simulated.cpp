// SPDX-License-Identifier: Apache-2.0
// A simulated machine: its files are real ones in a directory of their own (files::Tree), what its programs do is asked of
// the simulator, machine.sim.lua.
#include "host/core/process.h"
#include "modules/machine/local.h"

namespace runbook::machine {
namespace {

/// {kind = "program", argv, env, cwd, stdin} -> {code | signal, stdout, stderr}
class SimulatedProcesses final : public Processes {
 public:
  SimulatedProcesses(World& world, Simulate ask) : Processes(world), loop_(world.loop()), ask_(std::move(ask)) {}

  Cancel start(ProcessOptions options, Callback<void(Result<ProcessExit>)> done) override {
    Value argv = Value::Array{}, env = Value::Object{};
    for (const std::string& word : options.argv) argv.push(word);
    for (const auto& [name, value] : options.env) env.set(name, value);
    Value request = Value::object({{"kind", "program"}, {"argv", std::move(argv)}, {"env", std::move(env)}, {"cwd", options.cwd}, {"stdin", options.input}});
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

/// {kind = "process", verb, phase, args} -> {result = what the operation gives}
class SimulatedDetached final : public Detached {
 public:
  SimulatedDetached(World& world, Simulate ask) : Detached(world), ask_(std::move(ask)) {}

  Cancel act(Phase phase, Verb verb, Invocation call, Done done) override {
    if (verb == Verb::kProcessStart && phase == Phase::kPerform) {
      // What would be refused on a real machine is refused here.
      auto command = command_of(call.world.service<files::Tree>(), call.args["argv"]);
      auto env = environment_of(call.args["env"]);
      if (!command || !env) {
        done(!command ? std::move(command).error() : std::move(env).error());
        return {};
      }
    }
    Value request = Value::object({{"kind", "process"}, {"verb", name_of(verb)}, {"phase", name_of(phase)}, {"args", std::move(call.args)}});
    return ask_(std::move(request), {}, [done = std::move(done)](Result<Value> answer) mutable {
      if (!answer) return done(std::move(answer));
      done((*answer)["result"]);
    });
  }

 private:
  Simulate ask_;
};

}  // namespace

void simulate(World& world, const Simulate& ask) {
  world.provide<Processes>(std::make_shared<SimulatedProcesses>(world, ask));
  world.provide<Detached>(std::make_shared<SimulatedDetached>(world, ask));
}

}  // namespace runbook::machine
