#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What it costs to start: `runbook hello.lua` beside lua5.4 and other tools of the kind that are installed.
# usage: bench/startup.sh [build/runbook]; fails when a promise is broken.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/measure.sh"
program=${1:-$here/../build/runbook}
hello=$here/scripts/hello.lua
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
export XDG_STATE_HOME="$state"

row() {
  name=$1 runs=$2
  shift 2
  command -v "$1" >/dev/null 2>&1 || return 0
  ir=$(instructions "$@") cpu=$(cpu_ms "$runs" "$@") mb=$(peak_mb "$@")
  [ -n "${base_ir:-}" ] || { base_ir=$ir base_cpu=$cpu; }
  printf '%-28s %10s %8s %10s %8s %8s\n' "$name" "${ir:--}" "$(ratio "${ir:-0}" "$base_ir")" "$cpu" \
    "$(ratio "$cpu" "$base_cpu")" "$mb"
}

printf '%-28s %10s %8s %10s %8s %8s\n' start-up "M instr." ratio "CPU ms" ratio "peak MB"
row 'lua5.4 hello.lua' 100 lua5.4 "$hello"
row 'runbook hello.lua' 100 "$program" "$hello"
our_ir=$ir our_cpu=$cpu our_mb=$mb
row 'docker --version' 10 docker --version
row 'python3 -c pass' 10 python3 -c pass
row 'ansible --version' 2 ansible --version

broken=0
promise() {
  if awk -v a="$2" -v b="$3" 'BEGIN { exit !(a > b) }'; then
    echo "broken: $1 is $2, promised at most $3"
    broken=1
  fi
}
promise 'instructions of runbook hello.lua (millions)' "$our_ir" 3.0
promise 'peak memory (MB)' "$our_mb" 8.0
promise 'processor time as a multiple of lua5.4' "$(ratio "$our_cpu" "$base_cpu")" 1.5
exit "$broken"
