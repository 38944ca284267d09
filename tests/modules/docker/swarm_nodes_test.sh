#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What needs more than one machine in a swarm: joins that fail, nodes that come and go.
. "$(dirname "$0")/../../support/tap.sh"

here=$(dirname "$0")
nodes() { sh "$top/tests/support/swarm.sh" "$@"; }
cleanup() { [ ! -d "$tmp/n" ] || nodes stop "$tmp/n"; }

if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
  skip "private Docker engines cannot be started (root and dockerd are needed)"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
nodes start "$tmp/n" 2 || exit 1
mkdir -p "$tmp/image/bin"
cp /bin/busybox "$tmp/image/bin"
for node in n1 n2; do
  tar -C "$tmp/image" -c . | curl -sS --unix-socket "$tmp/n/$node/s.sock" -X POST -H 'Content-Type: application/x-tar' --data-binary @- \
    "http://engine/v1.40/images/create?fromSrc=-&repo=spec&tag=1" >/dev/null
done
spec() {
  cp "$here/nodes/$1.lua" "$tmp/$1_spec.lua"
  RUNBOOK_TEST_ONE="unix://$tmp/n/n1/s.sock" RUNBOOK_TEST_TWO="unix://$tmp/n/n2/s.sock" RUNBOOK_TEST_ADDR="$(cat "$tmp/n/net")" \
    "$RUNBOOK" test --jobs 1 "$tmp/$1_spec.lua" --allow "docker=unix://$tmp/n/n1/s.sock" --allow "docker=unix://$tmp/n/n2/s.sock"
}
nodes cut "$tmp/n" n2
check "a join that does not come to an end is undone" spec swarm_cut
nodes heal "$tmp/n" n2
check "nodes join a swarm, run what fits and leave it in order" spec swarm_nodes
