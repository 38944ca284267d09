#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Gates over the source: the layers, the documentation of the modules, and that ./dev itself is plain POSIX sh.
. "$(dirname "$0")/../support/tap.sh"
cd "$top" || exit 1

parses() { for script in dev tools/sh/*.sh tools/*.sh tests/support/*.sh bench/*.sh; do sh -n "$script" || return 1; done; }
check "shell scripts parse" parses
check "no layer reaches past its neighbours" tools/check_layers.sh
documented() { find modules stdlib -name '*.meta.lua' -exec lua5.4 tools/check_docs.lua {} +; }
check "every function of every module is documented" documented
# By its own path or by that of a directory above it.
is_run() {
  path=$1
  while [ "$path" != . ]; do
    grep -rqE "/$path([ )\"]|\$)" tests --include=CMakeLists.txt --include='*_test.sh' && return 0
    path=$(dirname "$path")
  done
  return 1
}
specs_are_registered() {
  find modules stdlib runbooks tests -name '*_spec.lua' | while read -r spec; do
    is_run "$spec" || echo "$spec is run by no test"
  done >"$tmp/specs"
  cat "$tmp/specs"
  [ ! -s "$tmp/specs" ]
}
check "every spec is run" specs_are_registered
links_lead_somewhere() {
  grep -oE '\]\([A-Za-z0-9_./-]+\)' ./*.md docs/*.md docs/dev/*.md | tr -d '()]' | while IFS=: read -r file link; do
    [ -e "$(dirname "$file")/$link" ] || echo "$file: $link"
  done >"$tmp/links"
  cat "$tmp/links"
  [ ! -s "$tmp/links" ]
}
check "links of the documentation lead somewhere" links_lead_somewhere
help_lists_commands() { ./dev help | grep -q '^  test'; }
check "dev: help lists the commands" help_lists_commands
refuses_unknown() { ! ./dev frobnicate; }
check "dev: an unknown command is refused" refuses_unknown
