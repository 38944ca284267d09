#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# modules/docker/docker_spec.lua and modules/db/db_spec.lua through the program, the former on an engine of its own.
. "$(dirname "$0")/../../support/tap.sh"

cleanup() { [ ! -d "$tmp/e" ] || sh "$top/tests/support/dockerd.sh" stop "$tmp/e"; }

# Beside the modules' own Lua, `require` could not tell which one is meant.
cp "$top/modules/docker/docker_spec.lua" "$top/modules/db/db_spec.lua" "$tmp"
check "the db module keeps its promises to scripts" "$RUNBOOK" test "$tmp/db_spec.lua" --allow 'db=*'

if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
  skip "a private Docker engine cannot be started (root and dockerd are needed)"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
url=$(sh "$top/tests/support/dockerd.sh" start "$tmp/e") || exit 1
check "the docker module keeps its promises to scripts" \
  env "RUNBOOK_TEST_DOCKER=$url" "$RUNBOOK" test "$tmp/docker_spec.lua" --allow "docker=$url" --allow read=/bin/busybox
