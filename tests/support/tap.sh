# SPDX-License-Identifier: Apache-2.0
# Sourced by *_test.sh: check "<what must hold>" <command>..., skip "<reason>", and a temporary directory $tmp.
set -u
top=$(cd "$(dirname "$0")" && while [ ! -e CMakePresets.json ] && [ "$PWD" != / ]; do cd ..; done && pwd)
RUNBOOK=${RUNBOOK_PROGRAM:-$top/build/runbook}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/runbook-test.XXXXXX")
failures=0

check() {
  what=$1
  shift
  if "$@" >"$tmp/.check" 2>&1; then
    printf 'ok %s\n' "$what"
  else
    printf 'not ok %s\n' "$what"
    sed 's/^/#   /' "$tmp/.check"
    failures=$((failures + 1))
  fi
}
skip() { printf 'skipped: %s\n' "$1"; }

# wait_for <seconds> <command>...: until the command succeeds.
wait_for() {
  deadline=$(($(date +%s) + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}

cleanup() { :; }  # a test with something to stop defines its own
trap 'cleanup; rm -rf "$tmp"; [ "$failures" -eq 0 ] || exit 1' EXIT
trap 'exit 1' HUP INT TERM
