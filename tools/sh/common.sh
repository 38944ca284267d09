# SPDX-License-Identifier: Apache-2.0
# Sourced by ./dev: messages, temporary files and what has to be put back on the way out.

note() { printf '==> %s\n' "$*" >&2; }
die() { printf 'dev: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
# tests/ssh/docker_test.sh is ssh_docker_test: several have the same last part.
suite_name() { echo "${1#tests/}" | sed 's/\.sh$//; s|/|_|g'; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif have sudo; then sudo "$@"
  else die "needs root (or sudo) for: $*"
  fi
}

# Shell functions named in $cleanups run once, last first, however the script ends.
cleanups=
at_exit() { cleanups="$1 $cleanups"; }
run_cleanups() {
  status=$?
  trap - EXIT
  for cleanup in $cleanups; do "$cleanup" || status=1; done
  exit "$status"
}
trap run_cleanups EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

work=
remove_work() { rm -rf "$work"; }
# A directory for this invocation, as $work; removed at the end.
make_work() {
  [ -z "$work" ] || return 0
  work=$(mktemp -d "${TMPDIR:-/tmp}/runbook-dev.XXXXXX")
  at_exit remove_work
}
