#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# modules/machine/spec/ssh_spec.lua on a real sshd.
. "$(dirname "$0")/../support/tap.sh"

if [ "$(id -u)" != 0 ] || ! command -v sshd >/dev/null; then
  skip "a server with users of its own needs root, and sshd"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
cleanup() { [ ! -d "$tmp/m" ] || sh "$top/tests/support/ssh_server.sh" stop "$tmp/m"; }
chmod 755 "$tmp"
port=$(sh "$top/tests/support/ssh_server.sh" start "$tmp/m") || exit 1
mkdir "$tmp/rooms"
check "a machine over SSH keeps the promises of a machine" \
  env "RUNBOOK_TEST_SSH=127.0.0.1:$port" "RUNBOOK_TEST_SSH_KEY=$tmp/m/user" "RUNBOOK_TEST_SSH_KNOWN_HOSTS=$tmp/m/known_hosts" \
  "RUNBOOK_TEST_SSH_DIRECTORY=$tmp/rooms" TMPDIR="$tmp" "$RUNBOOK" test --jobs 1 "$top/modules/machine/spec/ssh_spec.lua" \
  --allow 'ssh=*' --allow "read=$tmp" --allow "write=$tmp"
