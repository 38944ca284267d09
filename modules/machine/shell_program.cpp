// SPDX-License-Identifier: Apache-2.0
// run and query at a place that has a shell.
#include <csignal>
#include <cstring>

#include "host/core/shell_quote.h"
#include "host/core/text.h"
#include "modules/machine/local.h"
#include "modules/machine/program_result.h"
#include "modules/machine/shell_error.h"
#include "modules/machine/shell_place.h"
#include "modules/machine/shell_scripts.h"

namespace runbook::machine {

namespace {

// The program has the environment of the place (a container's own, a login's), all of the usual directories on its
// PATH, and what the call adds. That comes by the standard input, byte by byte: what follows it there is the program's.
constexpr const char* kProgramScript = R"sh(
unset CDPATH
LANG=C.UTF-8; export LANG; unset LC_ALL
PATH=${PATH:+$PATH:}$rb_more; export PATH
case $1 in
  /*)
    [ -d "$1" ] && fail directory
    [ -e "$1" ] || fail ENOENT
    rb_program=$1 ;;
  *)
    rb_program=
    IFS=:
    for rb_k in $PATH; do
      case $rb_k in /*) ;; *) continue ;; esac
      if [ -f "$rb_k/$1" ] && [ -x "$rb_k/$1" ]; then rb_program=$rb_k/$1; break; fi
    done
    unset IFS
    [ -n "$rb_program" ] || fail program ;;
esac
[ -x "$rb_program" ] || fail EACCES
if [ ! -d "$rb_cwd" ]; then [ -e "$rb_cwd" ] && fail cwd:ENOTDIR; fail cwd:ENOENT; fi
cd "$rb_cwd" 2>/dev/null || fail cwd:EACCES
shift
if [ "$rb_size" -gt 0 ]; then
  rb_whole=
  eval "$(dd bs=1 count="$rb_size" 2>/dev/null)"
  [ "$rb_whole" = 1 ] || fail cut
fi
mark
exec "$rb_program" "$@"
)sh";

bool is_identifier(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (name.empty() || !letter(name[0])) return false;
  for (const char c : name) {
    if (!letter(c) && (c < '0' || c > '9')) return false;
  }
  return true;
}

Result<std::string> exports(const Value& env) {
  auto variables = variables_of(env);
  if (!variables) return std::move(variables).error();
  std::string text;
  for (const auto& [name, value] : *variables) {
    if (!is_identifier(name)) {
      return Error("machine.argument",
                   cat("'", printable(name), "' is no name for an environment variable that a shell can set"),
                   "run /usr/bin/env, which can");
    }
    text += cat("export ", name, "=", shell_quote(value), "\n");
  }
  return text.empty() ? text : text + "rb_whole=1\n";
}

Error refused(const ShellEnd& end, const std::string& program, const std::string& cwd) {
  if (end.reason == "program")
    return Error("machine.not_found", cat("there is no program '", printable(program), "' on the PATH there"));
  if (end.reason == "directory")
    return Error("machine.permission", cat("cannot run '", printable(program), "': it is a directory"));
  if (end.reason.starts_with("cwd:")) {
    ShellEnd about = end;
    about.reason = end.reason.substr(4);
    return shell_error(about, "enter", cwd);
  }
  return shell_error(end, "run", program);
}

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
  auto words = words_of(args["argv"]);
  auto environment = exports(args["env"]);
  if (!words || !environment) {
    done(!words ? std::move(words).error() : std::move(environment).error());
    return {};
  }
  std::string program = words->front();
  if (program.empty() || (program.find('/') != std::string::npos && program.front() != '/')) {
    done(program.empty() ? Error("machine.not_found", "the program has no name")
                         : Error("machine.not_found", cat("'", printable(program), "' is a relative path"),
                                 "give an absolute path, or the bare name of a program on the PATH"));
    return {};
  }
  if (program.front() == '/') words->front() = program = files::normalise(program);
  std::string cwd = args.has("cwd") ? args["cwd"].as_string() : "/";
  if (cwd.find('\0') != std::string::npos) {
    done(Error("machine.path", "the path holds a NUL byte"));
    return {};
  }
  auto run = std::make_shared<ProgramRun>(verb, args, call.on_event, std::move(done));
  ShellScript script;
  script.marks = true;
  Variables variables;
  variables.set("rb_more", kProgramPath)
      .set("rb_cwd", cwd)
      .set("rb_size", static_cast<std::int64_t>(environment->size()));
  words->insert(words->begin(), "--");
  script.text = cat(variables.text(), "set ", shell_command(*words), "\n", kProgramScript);
  script.input = *environment + args["stdin"].reveal();
  script.on_output = [run](Stream stream, std::string_view text) { run->add(stream, text); };
  run->program = run_script(call.world, args["target"], std::move(script), [run, program, cwd](Result<ShellEnd> end) {
    run->deadline();
    if (!end) return run->done(std::move(end).error());
    if (!end->reason.empty()) return run->done(refused(*end, program, cwd));
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
