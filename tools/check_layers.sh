#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the compiler cannot see of the layers (docs/dev/architecture.md): prints each line that breaks a rule, and fails.
set -u
cd "$(dirname "$0")/.." || exit 1
found=0

# forbid "<rule>" <extended regular expression> <files>...
forbid() {
  rule=$1 pattern=$2
  shift 2
  [ $# -gt 0 ] || return 0
  if hits=$(grep -nE "$pattern" "$@" /dev/null); then
    printf '%s:\n%s\n' "$rule" "$hits" | sed '2,$s/^/  /'
    found=1
  fi
}
# A module includes only its own headers.
forbid_other_modules() {
  own=$(basename "$1")
  if hits=$(grep -rnE '#include "modules/' --include='*.cpp' --include='*.h' "$1" | grep -v "\"modules/$own/"); then
    printf 'a module knows no other module:\n  %s\n' "$hits"
    found=1
  fi
}
sources() { find "$@" -name '*.cpp' -o -name '*.h' 2>/dev/null | sort; }
existing() { for dir in "$@"; do [ ! -d "$dir" ] || printf '%s ' "$dir"; done; }

# shellcheck disable=SC2046,SC2086  # file names without blanks
{
  lua_free=$(existing host/core host/net host/gate host/journal host/secrets host/ssh host/include modules)
  forbid "Lua's headers belong to host/script, host/run and host/cli" \
    '#include [<"](lua|lauxlib|lualib|luaconf)\.h(pp)?' $(sources $lua_free)

  forbid "only host/script/lua_api.h names Lua's headers: releases differ in how" \
    '#include [<"](lua|lauxlib|lualib|luaconf)\.h(pp)?' $(sources $(existing host modules tests) | grep -v '^host/script/lua_api\.h$')

  forbid "core knows no other layer" '#include "host/(net|gate|journal|secrets|ssh|script|run|cli)/' $(sources $(existing host/core))
  forbid "net and gate know only core, journal and secrets" '#include "host/(script|run|cli)/' \
    $(sources $(existing host/net host/gate host/journal host/secrets host/ssh))
  forbid "script does not know the command line" '#include "host/cli/' $(sources $(existing host/script host/run))
  forbid "the host knows modules only through the registry" '#include "modules/' $(sources host)

  # A binding is a table of operations: what reaches the world is in the client, behind perform.
  bindings=$(find modules -name '*_module.cpp' 2>/dev/null | sort)
  forbid "a binding reaches the world only through its client" \
    '#include <(unistd|fcntl|spawn|dlfcn|netdb|uv|sqlite3|sys/(socket|stat|wait)|curl/curl|fstream|filesystem|cstdio)(\.h)?>' $bindings
  forbid "programs are started by host/core/process alone (and the editor of secrets, and the processes of specs)" '\b(system|popen|v?fork|execvp?e?|execlp?|posix_spawnp?) *\(' \
    $(sources $(existing host modules) | grep -vE '^(modules/machine/|host/core/process\.|host/cli/editor\.|host/cli/test_processes\.)')
  forbid "std::regex overflows the stack on long subjects" '#include <regex>|std::regex' $(sources $(existing host modules runbooks))
  forbid "nlohmann/json is used in host/core/json.cpp alone" '#include <nlohmann/' \
    $(sources $(existing host modules) | grep -v '^host/core/json.cpp$')
  for dir in $(existing modules/*); do
    forbid_other_modules "$dir"
  done
  for file in $(sources $(existing host modules tests runbooks)) $(find modules stdlib runbooks -name '*.lua' ! -name '*.meta.lua' 2>/dev/null); do
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || { echo "$file: no licence line"; found=1; }
    lines=$(wc -l < "$file")
    [ "$lines" -le 600 ] || { echo "$file: $lines lines; more than one idea in it?"; found=1; }
  done
}
exit "$found"
