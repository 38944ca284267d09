// SPDX-License-Identifier: Apache-2.0
#include "host/cli/usage.h"
#include "host/core/text.h"

namespace runbook::cli {

std::string bash_completion() {
  std::vector<std::string> commands, valued;
  for (const CommandInfo& info : command_table()) commands.push_back(info.name);
  std::string cases;
  for (const HostOption& option : host_options()) {
    const std::string spelt = option.letter ? cat("--", option.name, "|-", std::string(1, option.letter)) : cat("--", option.name);
    if (option.choices) {
      cases += cat("    ", spelt, ") COMPREPLY=($(compgen -W '", join(split(option.choices, '|'), " "), "' -- \"$word\")); return ;;\n");
    } else if (option.value && std::string_view(option.value) == "FILE") {
      cases += cat("    ", spelt, ") COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n");
    }
  }
  std::string options;
  for (const CommandInfo& info : command_table()) {
    std::vector<std::string> names;
    for (const HostOption& option : host_options()) {
      if (option.commands & command_bit(info.command)) names.push_back(cat("--", option.name));
    }
    options += cat("    ", info.name, ") options='", join(names, " "), "' ;;\n");
  }
  return cat(
      "# bash completion for runbook: eval \"$(runbook completion bash)\"\n"
      "_runbook() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=run file= options w\n"
      "  case $before in\n",
      cases,
      "  esac\n"
      "  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case $w in\n"
      "      ", join(commands, "|"), ") [ -n \"$file\" ] || { [ \"$w\" = run ] || command=$w; } ;;\n"
      "      *.lua) file=$w ;;\n"
      "    esac\n"
      "  done\n"
      "  case $command in\n",
      options,
      "  esac\n"
      "  if [[ $word == -* ]]; then\n"
      "    # The runbook names its own parameters.\n"
      "    [ -z \"$file\" ] || options+=\" $(runbook \"$file\" --help --plain 2>/dev/null | sed -n 's/^  \\(--[a-z0-9-]*\\).*/\\1/p')\"\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
      "  elif [ \"$COMP_CWORD\" = 1 ]; then\n"
      "    COMPREPLY=($(compgen -W '", join(commands, " "), "' -- \"$word\") $(compgen -f -X '!*.lua' -- \"$word\") $(compgen -d -S / -- \"$word\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "  fi\n"
      "}\n"
      "complete -o filenames -F _runbook runbook\n");
}

}  // namespace runbook::cli
