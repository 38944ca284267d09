#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the sandbox costs a script that only computes: instructions beside lua5.4, start-up subtracted.
# usage: bench/scripts.sh [build/runbook]; fails when a promise is broken.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/measure.sh"
program=${1:-$here/../build/runbook}
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
export XDG_STATE_HOME="$state"

lua_start=$(instructions lua5.4 "$here/scripts/hello.lua")
our_start=$(instructions "$program" "$here/scripts/hello.lua")
broken=0
printf '%-28s %12s %12s %8s\n' "script (M instructions)" lua5.4 runbook ratio
for script in fib strings sort json; do
  plain=$(instructions lua5.4 "$here/scripts/$script.lua")
  ours=$(instructions "$program" "$here/scripts/$script.lua")
  of=$(awk -v a="$ours" -v b="$our_start" -v c="$plain" -v d="$lua_start" 'BEGIN { printf "%.3f", (a - b) / (c - d) }')
  printf '%-28s %12s %12s %8s\n' "$script" "$plain" "$ours" "$of"
  if awk -v a="$of" 'BEGIN { exit !(a > 1.03) }'; then
    echo "broken: $script costs $of times lua5.4's instructions, promised at most 1.03"
    broken=1
  fi
done
exit "$broken"
