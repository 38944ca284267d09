#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# runbooks/stack as people run it, on a swarm of one node.
. "$(dirname "$0")/lab.sh"

cat >"$tmp/stack.yml" <<'E2'
services:
  web:
    image: ${IMAGE:-idle}
    secrets: [token]
    deploy: { restart_policy: { delay: 100ms }, update_config: { monitor: 2s } }
secrets: { token: { file: token.txt } }
E2
printf 'x\n' >"$tmp/token.txt"
export RUNBOOK_STATE="$tmp/state" HOME="$tmp/home"
deploy() { "$RUNBOOK" "$top/runbooks/stack/deploy.lua" --engine "$url" --file "$tmp/stack.yml" --name site --resolve-image never --yes "$@"; }
remove() { "$RUNBOOK" "$top/runbooks/stack/remove.lua" --engine "$url" --name site --yes "$@"; }
objects() {
  for kind in service secret config network; do
    docker -H "$url" $kind ls --filter label=com.docker.stack.namespace=site --format "$kind {{.ID}} {{.Name}}"
  done
}
fails() { ! "$@"; }
says() { words=$1; shift; "$@" 2>&1 | tee "$tmp/said" | grep -q -- "$words" || { cat "$tmp/said"; return 1; }; }
image_is() { [ "$(docker -H "$url" service inspect site_web --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}')" = "$1" ]; }
nothing_left() { [ -z "$(objects)" ] || { objects; return 1; }; }

check "a first deployment that fails is a failure" fails deploy --var IMAGE=none-such:1 --within 6s
check "it leaves nothing behind" wait_for 20 nothing_left
check "a stack is deployed" says "1 created" deploy
objects >"$tmp/first"
check "a second deployment changes nothing" says "0 created, 0 updated, 0 removed, 1 as they were" deploy
check "nor is one planned" deploy -n --exit-code
check "a plan says what would change" says "none-such:2" deploy -n --var IMAGE=none-such:2
check "a deployment that fails goes back to what ran before" fails deploy --var IMAGE=none-such:2 --within 6s
check "what ran before is described again" image_is idle:latest
same_objects() { objects >"$tmp/second" && diff "$tmp/first" "$tmp/second"; }
check "the same objects are there" same_objects
printf 'y\n' >"$tmp/token.txt"
check "a secret with other content is refused" says "the content of the secret 'site_token' has changed" deploy
check "a secret with other content gets another name with --rotate" says "1 updated" deploy --rotate
mkdir "$tmp/shared"
printf '    volumes: ["%s:/shared"]\n' "$tmp/shared" | sed -i '/image:/r /dev/stdin' "$tmp/stack.yml"
check "a folder of the nodes is not mounted without leave" says "not permitted: write '$tmp/shared'" deploy --rotate
check "a folder of the nodes is mounted with --mount" says "1 updated" deploy --rotate --mount "$tmp/shared"
check "a stack is removed" says "removed 1 services" remove
check "nothing of it is left" nothing_left
check "it is deployed again at the first try" deploy --mount "$tmp/shared"
check "it is removed again" remove
check "a plan to remove it once more has no change" remove -n --exit-code
check "a stack that is not there is told" says "there is no stack 'site'" remove
