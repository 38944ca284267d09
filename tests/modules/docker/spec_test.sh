#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# modules/docker/spec without its swarms, modules/machine/spec and modules/db/db_spec.lua through the program, the first two on an engine of its
# own (a quick test of its own, docker_spec, runs the first on the simulated one).
. "$(dirname "$0")/../../support/tap.sh"

cleanup() {
  [ ! -d "$tmp/e" ] || sh "$top/tests/support/dockerd.sh" stop "$tmp/e"
  [ ! -d "$tmp/r" ] || sh "$top/tests/support/registry.sh" stop "$tmp/r"
}

# Beside the modules' own Lua, `require` could not tell which one is meant.
cp "$top/modules/db/db_spec.lua" "$tmp"
check "the db module keeps its promises to scripts" "$RUNBOOK" test "$tmp/db_spec.lua" --allow 'db=*'

if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
  skip "a private Docker engine cannot be started (root and dockerd are needed)"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
url=$(sh "$top/tests/support/dockerd.sh" start "$tmp/e") || exit 1
registry=
if command -v docker-registry >/dev/null; then
  registry=$(sh "$top/tests/support/registry.sh" start "$tmp/r") || exit 1
else
  skip "there is no docker-registry"
fi
set --
for spec in "$top/modules/docker/spec/"*_spec.lua; do
  case $spec in */swarm_*) ;; *) set -- "$@" "$spec" ;; esac
done
# One file at a time: they share the engine, and name their containers alike. Swarms have a suite of their own.
check "the docker module keeps its promises to scripts" \
  env "RUNBOOK_TEST_DOCKER=$url" ${registry:+"RUNBOOK_TEST_REGISTRY=$registry"} TMPDIR="$tmp" "$RUNBOOK" test --jobs 1 \
  "$@" --allow "docker=$url" \
  --allow "net=$url" --allow "net=http://127.0.0.1:*" --allow read=/bin/busybox --allow "read=$tmp" --allow "write=$tmp" \
  --allow write=/no/such/path
check "the inside of a container is a machine like any other" \
  env "RUNBOOK_TEST_DOCKER=$url" TMPDIR="$tmp" "$RUNBOOK" test --jobs 1 "$top/modules/machine/spec/container_spec.lua" \
  --allow "docker=$url" --allow "net=$url" --allow read=/bin/busybox --allow "read=$tmp" --allow "write=$tmp"
