// SPDX-License-Identifier: Apache-2.0
// run and query at a place that has a shell.
#include <csignal>
#include <cstring>

#include "modules/machine/program_result.h"
#include "modules/machine/shell_command.h"
#include "modules/machine/shell_place.h"

namespace runbook::machine {

namespace {

int signal_number(const std::string& name) {
  for (int number = 1; number < NSIG; ++number) {
    const char* known = sigabbrev_np(number);
    if (known && name == known) return number;
  }
  return 0;
}

}  // namespace

Cancel shell_program(Verb verb, Invocation call, Done done) {
  const Value& args = call.args;
  auto command = shell_command_of(args);
  if (!command) {
    done(std::move(command).error());
    return {};
  }
  auto run = std::make_shared<ProgramRun>(verb, args, call.on_event, std::move(done));
  ShellScript script;
  script.marks = true;
  script.text = command->text + "eval \"$rb_env\"\nmark\nexec \"$rb_program\" \"$@\"\n";
  script.input = command->environment + args["stdin"].reveal();
  script.on_output = [run](Stream stream, std::string_view text) { run->add(stream, text); };
  run->program =
      run_script(call.world, args["target"], std::move(script), [run, command = *command](Result<ShellEnd> end) {
        run->deadline();
        if (!end) return run->done(std::move(end).error());
        if (!end->reason.empty()) return run->done(command.refusal(*end));
        ProcessExit exit;
        exit.signal = signal_number(end->signal);
        exit.code = exit.signal != 0 ? -1 : end->code;
        exit.seconds = end->seconds;
        run->ended(exit);
      });
  if (!run->done) return {};
  run->deadline = call.world.loop().after(seconds(run->timeout), [run] {
    run->program();
    run->late();
  });
  return [run] {
    run->done.reset();
    run->deadline();
    run->program();
  };
}

}  // namespace runbook::machine
