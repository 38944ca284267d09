#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# modules/docker/spec/swarm_*_spec.lua through the program, on a swarm of its own (docker_spec, a quick test, runs them on the
# simulated one).
. "$(dirname "$0")/../../support/tap.sh"

cleanup() { [ ! -d "$tmp/n" ] || sh "$top/tests/support/swarm.sh" stop "$tmp/n"; }

if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
  skip "a private Docker engine cannot be started (root and dockerd are needed)"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
# Swarms of one machine would share the bridge that leads out of their networks: this one has a network of its own.
node=$(sh "$top/tests/support/swarm.sh" start "$tmp/n" 1 | cut -d ' ' -f 3) || exit 1
check "swarms, services, secrets and configs keep their promises to scripts" \
  env "RUNBOOK_TEST_DOCKER=$node" TMPDIR="$tmp" "$RUNBOOK" test --jobs 1 --timeout 3m "$top/modules/docker/spec/"swarm_*spec.lua \
  --allow "docker=$node" --allow "net=$node" --allow read=/bin/busybox --allow "read=$tmp" \
  --allow "write=$tmp" --allow write=/no/such/path
keeps_no_secret() {
  RUNBOOK_STATE="$tmp/state" SPEC_KEY="env private text" "$RUNBOOK" run "$top/tests/modules/docker/runs/secret.lua" --engine "$node" --yes \
    >"$tmp/out" 2>&1 || { cat "$tmp/out"; return 1; }
  grep -aq spec-web "$tmp/state/journal.db" && ! grep -raq "private text" "$tmp/state" "$tmp/out"
}
check "neither the journal nor the display has the text of a secret" keeps_no_secret
