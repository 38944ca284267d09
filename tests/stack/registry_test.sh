#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A stack whose image is in a registry that wants a login, on a node that has neither the image nor a login.
nodes=2
. "$(dirname "$0")/lab.sh"

if ! command -v docker-registry >/dev/null; then
  skip "there is no docker-registry"
  [ "${CI:-}" != true ] || check "with CI=true nothing is skipped" false
  exit 0
fi
registry=$(REGISTRY_ADDRESS="$(cat "$tmp/e/net").1" sh "$top/tests/support/registry.sh" start "$tmp/registry" locked) || exit 1
cleanup() {
  node stop "$tmp/e"
  sh "$top/tests/support/registry.sh" stop "$tmp/registry"
}

export RUNBOOK_STATE="$tmp/state" HOME="$tmp/home"
unset DOCKER_CONFIG
image=$registry/private/idle:1
cli() { docker -H "$url" "$@" >"$tmp/out" 2>&1 || { cat "$tmp/out"; false; }; }
cat >"$tmp/stack.yml" <<STACK
services:
  web:
    image: $image
    deploy: { placement: { constraints: [node.hostname == n2] }, restart_policy: { delay: 100ms } }
STACK
deploy() { timeout 200 "$RUNBOOK" "$top/runbooks/stack/deploy.lua" --engine "$url" --file "$tmp/stack.yml" --name site --yes "$@" >"$tmp/out" 2>&1; }
shown() { "$@" || { cat "$tmp/out"; false; }; }
fails_with() {
  words=$1
  shift
  if "$@"; then cat "$tmp/out"; return 1; fi
  grep -q -- "$words" "$tmp/out" || { cat "$tmp/out"; false; }
}
there() { curl -s --unix-socket "$tmp/e/$1/s.sock" http://engine/v1.40/images/json | grep -q "$registry/private/idle"; }

echo "right horse" | docker -H "$url" login -u deploy --password-stdin "$registry" >"$tmp/out" 2>&1 || cat "$tmp/out"
cli tag idle "$image" && cli push "$image" || exit 1
cli rmi "$image" idle || exit 1
check "nobody has the image but the registry" eval '! there n1 && ! there n2'
check "without a login the other node does not get the image" fails_with "No such image" deploy --within 12s
check "with the credentials of docker login the other node pulls it" shown deploy --with-registry-auth --within 60s
check "by its digest" eval 'curl -s --unix-socket "$tmp/e/n1/s.sock" http://engine/v1.40/services | grep -q "private/idle:1@sha256:"'
check "it is on that node alone" eval 'there n2 && ! there n1'
check "the password is nowhere in what is kept" eval '! grep -rqa -e "right horse" -e "$(printf "deploy:right horse" | base64)" "$tmp/state"'
check "a second time nothing is changed" eval 'shown deploy --with-registry-auth && grep -q "0 created, 0 updated, 0 removed, 1 as they were" "$tmp/out"'
login=$(grep -l "$registry" "$tmp/home/.docker/config.json")
sed -i 's/"auth": "[^"]*"/"auth": "ZGVwbG95Ondyb25n"/' "$login"
sed -i 's/replicas/&/; s/restart_policy/labels: { a: b }, restart_policy/' "$tmp/stack.yml"
check "a wrong password is a warning while the tag can stay with what it runs" \
  eval 'shown deploy --with-registry-auth --within 30s && grep -q "the registry does not say" "$tmp/out"'
