# SPDX-License-Identifier: Apache-2.0
# Sourced by the benchmarks: what a command costs. Instruction counts decide; processor time is context.

# instructions <command>...: millions of instructions, as callgrind counts them (the same on every run).
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null </dev/null |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' | awk '{ printf "%.2f", $1 / 1000000 }'
}

# cpu_ms <runs> <command>...: processor time of one run, user and system, in milliseconds.
cpu_ms() {
  runs=$1
  shift
  # shellcheck disable=SC2016
  sh -c 'runs=$1; shift; i=0; while [ $i -lt "$runs" ]; do "$@" >/dev/null 2>&1 </dev/null; i=$((i + 1)); done; times' \
    sh "$runs" "$@" | tail -n 1 | awk -v runs="$runs" '{
      total = 0
      for (i = 1; i <= NF; i++) { split($i, t, /[ms]/); total += t[1] * 60 + t[2] }
      printf "%.2f", total * 1000 / runs
    }'
}

# peak_mb <command>...: the largest resident set of a run.
peak_mb() {
  /usr/bin/time -f 'peak %M' "$@" 2>&1 >/dev/null </dev/null | sed -n 's/^peak //p' | awk '{ printf "%.1f", $1 / 1024 }'
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'; }
