// SPDX-License-Identifier: Apache-2.0
#include "modules/machine/shell_command.h"

#include "host/core/shell_quote.h"
#include "host/core/text.h"
#include "modules/machine/local.h"
#include "modules/machine/shell_error.h"
#include "modules/machine/shell_scripts.h"

namespace runbook::machine {

namespace {

// The program has the environment of the place (a container's own, a login's), all of the usual directories on its
// PATH, and what the call adds. That comes by the standard input, byte by byte: what follows it there is the program's.
constexpr const char* kFindProgram = R"sh(
unset CDPATH
LANG=C.UTF-8; export LANG; unset LC_ALL
PATH=${PATH:+$PATH:}$rb_more; export PATH
case $1 in
  /*)
    [ -d "$1" ] && fail directory
    [ -e "$1" ] || fail nothing
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
[ -x "$rb_program" ] || fail closed
if [ ! -d "$rb_cwd" ]; then [ -e "$rb_cwd" ] && fail cwd:ENOTDIR; fail cwd:ENOENT; fi
cd "$rb_cwd" 2>/dev/null || fail cwd:EACCES
shift
rb_env=
if [ "$rb_size" -gt 0 ]; then
  rb_env=$(dd bs=1 count="$rb_size" 2>/dev/null)
  case $rb_env in *:) ;; *) fail cut ;; esac
  # A variable that this shell keeps for itself would end it.
  (eval "$rb_env") >/dev/null 2>&1 || fail variable
fi
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
  return text.empty() ? text : text + ":";  // by which it is known to be whole
}

}  // namespace

bool ShellCommand::is_refusal(const std::string& reason) {
  return reason == "program" || reason == "directory" || reason == "nothing" || reason == "closed" ||
         reason == "variable" || reason.starts_with("cwd:");
}

Error ShellCommand::refusal(const ShellEnd& end) const {
  if (end.reason == "program") {
    return Error("machine.not_found", cat("there is no program '", printable(program), "' on the PATH there"));
  }
  if (end.reason == "directory")
    return Error("machine.permission", cat("cannot run '", printable(program), "': it is a directory"));
  if (end.reason == "variable") {
    return Error("machine.argument", "a variable of 'env' is one that the shell there does not let be set",
                 "run /usr/bin/env, which can");
  }
  ShellEnd about = end;
  if (end.reason == "nothing") about.reason = "ENOENT";
  if (end.reason == "closed") about.reason = "EACCES";
  if (!end.reason.starts_with("cwd:")) return shell_error(about, "run", program);
  about.reason = end.reason.substr(4);
  return shell_error(about, "enter", cwd);
}

Result<ShellCommand> shell_command_of(const Value& args) {
  auto words = words_of(args["argv"]);
  if (!words) return std::move(words).error();
  auto environment = exports(args["env"]);
  if (!environment) return std::move(environment).error();
  ShellCommand command;
  std::string& program = words->front();
  if (program.empty()) return Error("machine.not_found", "the program has no name");
  if (program.find('/') != std::string::npos && program.front() != '/') {
    return Error("machine.not_found", cat("'", printable(program), "' is a relative path"),
                 "give an absolute path, or the bare name of a program on the PATH");
  }
  if (program.front() == '/') program = files::normalise(program);
  command.program = program;
  command.cwd = args.has("cwd") ? args["cwd"].as_string() : "/";
  if (command.cwd.find('\0') != std::string::npos) return Error("machine.path", "the path holds a NUL byte");
  command.environment = std::move(*environment);
  Variables variables;
  variables.set("rb_more", kProgramPath).set("rb_cwd", command.cwd);
  variables.set("rb_size", static_cast<std::int64_t>(command.environment.size()));
  words->insert(words->begin(), "--");
  command.text = cat(variables.text(), "set ", shell_command(*words), "\n", kFindProgram);
  return command;
}

}  // namespace runbook::machine
