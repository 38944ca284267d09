#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The quickstart's runbooks with containers of a real engine, whose URL is in RUNBOOK_TEST_DOCKER.
target=docker
target_options="--engine ${RUNBOOK_TEST_DOCKER:-}"
. "$(dirname "$0")/procedure.sh"

if [ -z "${RUNBOOK_TEST_DOCKER:-}" ]; then
  skip "no Docker engine: RUNBOOK_TEST_DOCKER is not set"
  cleanup() { :; }
  exit 0
fi

engine() { curl -sf --unix-socket "${RUNBOOK_TEST_DOCKER#unix://}" "http://engine/v1.40/$1"; }
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
