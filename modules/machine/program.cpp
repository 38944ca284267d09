// SPDX-License-Identifier: Apache-2.0
// run and query on this computer.
#include <signal.h>

#include <algorithm>
#include <cstring>

#include "host/core/process.h"
#include "host/core/text.h"
#include "modules/machine/local.h"

namespace runbook::machine {

namespace {

constexpr std::int64_t kMaxOutput = 10 << 20;
constexpr std::size_t kMostLine = 64 * 1024;  // of a line handed to a listener; the result has it whole
constexpr std::size_t kTail = 4096;
constexpr std::size_t kTailLines = 10;
constexpr double kTimeout = 600;

// One stream's output: the beginning for the result, the end for error messages, and the lines for whoever listens.
class Output {
 public:
  Output(const char* name, std::size_t limit, std::function<void(Value)> on_event)
      : name_(name), limit_(limit), on_event_(std::move(on_event)) {}

  void add(std::string_view text) {
    kept_ += text.substr(0, limit_ - std::min(limit_, kept_.size()));
    total_ += text.size();
    tail_ += text.substr(text.size() - std::min(text.size(), kTail));
    if (tail_.size() > 2 * kTail) tail_.erase(0, tail_.size() - kTail);
    if (on_event_) split_lines(text);
  }
  void end() {
    if (on_event_ && (!line_.empty() || cut_)) emit();
  }

  const std::string& kept() const { return kept_; }
  bool truncated() const { return total_ > kept_.size(); }
  std::string last_lines() const {
    std::vector<std::string> lines = split(trim(tail_), '\n');
    if (lines.size() > kTailLines) lines.erase(lines.begin(), lines.end() - kTailLines);
    return printable(join(lines, "\n"));
  }

 private:
  void split_lines(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view piece = text.substr(0, end);
      const std::size_t room = kMostLine - line_.size();
      if (piece.size() > room) cut_ = true;
      line_ += piece.substr(0, room);
      if (end == std::string_view::npos) return;
      emit();
      text.remove_prefix(end + 1);
    }
  }
  void emit() {
    Value event = Value::object({{"event", "line"}, {"stream", name_}, {"line", std::move(line_)}});
    if (cut_) event.set("cut", true);
    line_.clear();
    cut_ = false;
    on_event_(std::move(event));
  }

  const char* name_;
  std::size_t limit_;
  std::function<void(Value)> on_event_;
  std::string kept_, tail_, line_;
  std::size_t total_ = 0;
  bool cut_ = false;
};

struct Run {
  Output out, error;
  std::string command;
  bool check = true;
  bool reads = false;
  std::int64_t limit = 0;
  Done done;
  Cancel program, deadline;
};

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name ? cat("SIG", name) : cat("signal ", signal);
}

Error failed(const Run& run, std::string code, const std::string& what) {
  const std::string words = run.error.last_lines().empty() ? run.out.last_lines() : run.error.last_lines();
  const std::size_t last = words.rfind('\n');
  const std::string line = last == std::string::npos ? words : words.substr(last + 1);
  Error error(std::move(code), cat("'", run.command, "' ", what, line.empty() ? "" : ": ", line));
  error.context["command"] = run.command;
  if (!words.empty()) error.context["output"] = words;
  return error;
}

Result<Value> outcome(const Run& run, const ProcessExit& exit) {
  if (run.check && (exit.code != 0 || exit.signal != 0)) {
    Error error = failed(run, "machine.exit", exit.signal ? cat("was ended by ", signal_name(exit.signal))
                                                          : cat("ended with exit code ", exit.code));
    if (exit.signal) error.context["signal"] = signal_name(exit.signal);
    error.context["exit_code"] = std::to_string(exit.signal ? 128 + exit.signal : exit.code);
    return error;
  }
  const bool truncated = run.out.truncated() || run.error.truncated();
  if (truncated && run.reads) {
    return Error("machine.output_limit", cat("'", run.command, "' printed more than ", run.limit, " bytes"),
                 "raise max_output, or take the output line by line with on_line")
        .with("command", run.command);
  }
  Value result = Value::object({{"code", exit.signal ? 128 + exit.signal : exit.code},
                                {"stdout", run.out.kept()},
                                {"stderr", run.error.kept()},
                                {"seconds", exit.seconds}});
  if (exit.signal) result.set("signal", signal_name(exit.signal));
  if (truncated) result.set("truncated", true);
  return result;
}

Result<ProcessOptions> options_of(const files::Tree& files, const Value& args) {
  ProcessOptions options;
  auto command = command_of(files, args["argv"]);
  if (!command) return std::move(command).error();
  options.argv = std::move(*command);
  auto env = environment_of(args["env"]);
  if (!env) return std::move(env).error();
  options.env = std::move(*env);
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

Result<std::vector<std::string>> command_of(const files::Tree& files, const Value& argv) {
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
  auto program = find_program(command[0], files);
  if (!program) return own(std::move(program).error());
  command[0] = std::move(*program);
  return command;
}

Result<std::map<std::string, std::string>> environment_of(const Value& env) {
  auto all = minimal_environment();
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

Cancel program_run(Verb verb, Invocation call, Done done) {
  const files::TreePtr files = call.world.shared<files::Tree>();
  auto options = options_of(*files, call.args);
  if (!options) {
    done(std::move(options).error());
    return {};
  }
  if (Status reached = Reach(files, call.allowed).program(options->argv[0]); !reached) {
    done(std::move(reached).error());
    return {};
  }
  const auto limit = call.args["max_output"].as_int(kMaxOutput);
  const double timeout = call.args["timeout"].as_number(kTimeout);
  auto run = std::make_shared<Run>(Run{Output("stdout", static_cast<std::size_t>(limit), call.on_event),
                                       Output("stderr", static_cast<std::size_t>(limit), call.on_event),
                                       show_command(call.args["argv"]), call.args["check"].as_bool(true),
                                       verb == Verb::kQuery, limit, std::move(done), {}, {}});
  options->on_output = [run](Stream stream, std::string_view text) {
    (stream == Stream::kOut ? run->out : run->error).add(text);
  };
  run->program = call.world.service<Processes>().start(std::move(*options), [run](Result<ProcessExit> exit) {
    run->deadline();
    if (!exit) return run->done(own(std::move(exit).error()));
    run->out.end();
    run->error.end();
    run->done(outcome(*run, *exit));
  });
  // Here as well as at the gate, because only here its last words are known.
  run->deadline = call.world.loop().after(seconds(timeout), [run, timeout] {
    run->program();
    run->done(failed(*run, "machine.timeout", cat("did not end within ", show_duration(timeout))));
  });
  return [run] {
    run->done.reset();
    run->deadline();
    run->program();
  };
}

}  // namespace runbook::machine
