# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of stacks: a swarm of one node, or of $nodes, whose manager $url has the image "idle".
. "$(dirname "$0")/../support/tap.sh"

# Swarms of one machine would share the bridge that leads out of their networks: this one has a network of its own.
node() { sh "$top/tests/support/swarm.sh" "$@"; }
cleanup() { [ ! -d "$tmp/e" ] || node stop "$tmp/e"; }

if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
  skip "stacks need a private Docker engine and the docker program (root, dockerd and docker)"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
node start "$tmp/e" "${nodes:-1}" >"$tmp/started" && node join "$tmp/e" || exit 1
url=unix://$tmp/e/n1/s.sock

mkdir "$tmp/idle" "$tmp/home"
cp /bin/busybox "$tmp/idle/busybox"
printf 'FROM scratch\nCOPY busybox /bin/busybox\nSTOPSIGNAL SIGKILL\nCMD ["/bin/busybox", "sleep", "100000"]\n' >"$tmp/idle/Dockerfile"
DOCKER_BUILDKIT=0 docker -H "$url" build -q -t idle "$tmp/idle" >"$tmp/build" 2>&1 || { cat "$tmp/build"; exit 1; }

run_specs() {
  cp "$top/tests/stack/$1" "$tmp/$1"  # beside the stdlib's own Lua, `require` could not tell which one is meant
  env "RUNBOOK_TEST_DOCKER=$url" "RUNBOOK_TEST_FILES=$top/tests/stack/files" "RUNBOOK_TEST_TMP=$tmp" HOME="$tmp/home" \
    "RUNBOOK_TEST_NODES=$tmp/e" "RUNBOOK_TEST_SWARM=$top/tests/support/swarm.sh" \
    "$RUNBOOK" test --timeout 10m --jobs 1 "$tmp/$1" --allow "docker=$url" --allow "net=$url" --allow "read=$top/tests/stack" \
    --allow "read=$tmp" --allow write=/ --allow run=docker --allow run=sh
}
