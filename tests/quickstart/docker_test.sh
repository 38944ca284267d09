#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The quickstart's runbooks with containers of a real engine of their own.
target=docker
. "$(dirname "$0")/procedure.sh"

if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
  cleanup() { :; }
  skip "a private Docker engine cannot be started (root and dockerd are needed)"
  exit 0
fi
url=$(sh "$top/tests/support/dockerd.sh" start "$tmp/e") || exit 1
target_options="--engine $url"
cleanup() {
  book teardown --yes >/dev/null 2>&1
  sh "$top/tests/support/dockerd.sh" stop "$tmp/e"
}

engine() { curl -sf --unix-socket "${url#unix://}" "http://engine/v1.40/$1"; }
# The engine's objects of this service: containers with state and start, images, networks, volumes; and the switch.
state_of() {
  engine "containers/json?all=true" | tr '{' '\n' | grep -o "\"Names\":\[\"/$name[^,]*" | sort
  for part in front blue green; do
    engine "containers/$name-$part/json" | grep -o '"Id":"[^"]*"\|"Running":[a-z]*\|"StartedAt":"[^"]*"' | head -3
  done
  engine images/json | grep -o "\"$name:[^\"]*\"" | sort
  engine networks | grep -o "\"Name\":\"$name\""
  engine volumes | grep -o "\"Name\":\"$name-data\""
  [ -e "$dir/front/upstream" ] && cat "$dir/front/upstream"
}

procedure
interruptions
removal
