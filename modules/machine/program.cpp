// SPDX-License-Identifier: Apache-2.0
// run and query on this computer.
#include <algorithm>

#include "host/core/process.h"
#include "host/core/text.h"
#include "modules/machine/local.h"
#include "modules/machine/program_result.h"

namespace runbook::machine {

namespace {

Result<ProcessOptions> options_of(const ProgramPlace& place, const Value& args) {
  ProcessOptions options;
  auto command = command_of(*place.files, args["argv"]);
  if (!command) return std::move(command).error();
  options.argv = std::move(*command);
  auto env = variables_of(args["env"]);
  if (!env) return std::move(env).error();
  options.env = std::move(*env);
  options.env.insert(place.environment.begin(), place.environment.end());
  if (args.has("cwd")) options.cwd = args["cwd"].as_string();
  options.input = args["stdin"].reveal();
  return options;
}

}  // namespace

std::string show_command(const Value& argv) {
  constexpr std::size_t kMost = 200;
  std::vector<std::string> words;
  for (const Value& item : argv.items()) {
    const std::string word = item.is_secret() ? "***" : item.is_unknown() ? "(unknown)" : printable(item.as_string());
    const bool plain = !word.empty() && word.find_first_of(" \t\n\"'\\$&|;<>*?()`") == std::string::npos;
    words.push_back(plain ? word : cat('"', word, '"'));
  }
  std::string line = join(words, " ");
  std::replace(line.begin(), line.end(), '\n', ' ');
  if (line.size() > kMost) line = printable(line.substr(0, kMost)) + "...";
  return line;
}

Result<std::vector<std::string>> words_of(const Value& argv) {
  std::vector<std::string> command;
  for (const Value& item : argv.items()) {
    if (item.is_secret()) {
      return Error("machine.secret_argument", "a secret cannot be an argument of a program: every user can read it there",
                   "pass it with env or stdin");
    }
    if (item.as_string().find('\0') != std::string::npos) return Error("machine.argument", "an argument holds a NUL byte");
    command.push_back(item.as_string());
  }
  if (command.empty()) return Error("machine.argument", "argv is empty: it starts with the program");
  return command;
}

Result<std::vector<std::string>> command_of(const files::Tree& files, const Value& argv) {
  auto command = words_of(argv);
  if (!command) return command;
  auto program = find_program(command->front(), files);
  if (!program) return own(std::move(program).error());
  command->front() = std::move(*program);
  return command;
}

Result<std::map<std::string, std::string>> variables_of(const Value& env) {
  std::map<std::string, std::string> all;
  for (const auto& [name, value] : env.members()) {
    const bool bad = name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos;
    if (bad) return Error("machine.argument", cat("'", printable(name), "' is no name for an environment variable"));
    if (name.starts_with("LD_")) {
      return Error("machine.argument", cat("'", printable(name), "' is not handed to programs: it makes them run other code"),
                   "permit and run /usr/bin/env, which may set it");
    }
    const std::string text = value.is_boolean() || value.is_number() ? to_json(value) : value.reveal();
    if (text.find('\0') != std::string::npos) return Error("machine.argument", cat("the value of '", printable(name), "' holds a NUL byte"));
    all[name] = text;
  }
  return all;
}

Result<std::map<std::string, std::string>> environment_of(const Value& env) {
  auto all = variables_of(env);
  if (all) all->merge(minimal_environment());
  return all;
}

Cancel program_run(Verb verb, const ProgramPlace& place, Invocation call, Done done) {
  auto options = options_of(place, call.args);
  if (!options) {
    done(std::move(options).error());
    return {};
  }
  if (Status reached = Reach(place.files, call.allowed).program(options->argv[0]); !reached) {
    done(std::move(reached).error());
    return {};
  }
  auto run = std::make_shared<ProgramRun>(verb, call.args, call.on_event, std::move(done));
  options->on_output = [run](Stream stream, std::string_view text) { run->add(stream, text); };
  run->program = place.processes.start(std::move(*options), [run](Result<ProcessExit> exit) {
    run->deadline();
    if (!exit) return run->done(own(std::move(exit).error()));
    run->ended(*exit);
  });
  // Here as well as at the gate, because only here its last words are known.
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
