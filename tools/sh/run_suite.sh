#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a script that prints "ok NAME" and "not ok NAME" (tests/support/tap.sh), shows what it printed if it fails, and writes
# "passed failed skipped" into DIR/NAME.counts.
#   run_suite.sh SCRIPT DIR
set -u
. "$(dirname "$0")/common.sh"
script=$1
name=$(suite_name "$script")
log=$2/$name.log
began=$(date +%s)
status=0
timeout 900 "$script" >"$log" 2>&1 </dev/null || status=$?
passed=$(grep -c '^ok ' "$log" || :)
failed=$(grep -c '^not ok ' "$log" || :)
skipped=$(grep -c '^skipped: ' "$log" || :)
if [ "$failed" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$((passed + skipped))" -eq 0 ]; }; then failed=1; fi
echo "$passed $failed $skipped" >"$2/$name.counts"
{
  if [ "$failed" -gt 0 ]; then
    cat "$log"
    note "$script ended with status $status"
  fi
  note "$name ended after $(($(date +%s) - began)) s"
} >"$log.shown" 2>&1
cat "$log.shown" >&2  # at once: another suite writes there, too
