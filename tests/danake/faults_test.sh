#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What goes wrong with danake: bad input is refused before anything is changed, what fails leaves nothing behind, and what was
# broken off goes on.
. "$(dirname "$0")/lab.sh"

sed "s/$net\.13/$net.99/" "$tmp/nodes.yaml" >"$tmp/wrong.yaml"
unreachable() (inventory=$tmp/wrong.yaml && book swarm)
check "a machine that cannot be reached is named" refused "$net.99" unreachable
check "and none of the others has begun a swarm" eval '! for node in n1 n2; do api "$node" /info; done | grep -q "\"LocalNodeState\":\"active\""'
swarm join "$nodes"
check "the images are built and pushed" shown images

# The list of students, and the rest of the configuration.
# shellcheck disable=SC2059  # the texts are written as formats
list() { printf "$@" >"$tmp/confs/uid2info.tsv"; }
long=$(printf 'x%.0s' $(seq 56))
list 's-01\tAda\ns-01\tBarbara\nbad uid\tEdith\n"s-02"\tFrances\n'
check "all that is wrong with a list is told by line" refused 'line 2: .* in line 1' book config create
check "to the last one" says 'line 4: a quote'
list '%sy\tAda\n' "$long"
check "a number of 57 characters is refused" refused '57 characters' book config create
printf '\357\273\277s-01\tAda\r\n' >"$tmp/confs/uid2info.tsv"
check "a list of another program is refused" refused 'byte order mark' book config create
check "and taken where that is asked for" shown book config create --normalize -n
list '%s\tAda\ns-02\tBarbara\n' "$long"
chmod 644 "$tmp/confs/certs/privkey.pem"
check "a key that others may read is refused" refused 'chmod 600' book config create
chmod 600 "$tmp/confs/certs/privkey.pem"
make_confs "$tmp/other"
cp "$tmp/confs/certs/privkey.pem" "$tmp/key.pem"
cp "$tmp/other/certs/privkey.pem" "$tmp/confs/certs/privkey.pem"
check "a key of another certificate is refused" refused 'is not the key of' book config create
cp "$tmp/key.pem" "$tmp/confs/certs/privkey.pem"
check "a certificate that ends soon is refused" refused 'it ends on' book config create --valid-days 60
check "nothing was made so far" [ "$(api n1 /secrets)-$(api n1 /configs)" = '[]-[]' ]

# Deployments.
networks() { api n1 /networks | names | grep danake; }
check "without secrets nothing is deployed" refused danake.missing deploy
check "not a network either" [ -z "$(networks)" ]
check "the longest number is taken" shown book config create
# shellcheck disable=SC2046  # words
deploy_v9() { book deploy $(echo "$stack" | sed 's/--release v1/--release v9/; s/--wait 90s/--wait 15s/'); }
check "a release that is not there is an error" refused "No such image" deploy_v9
nothing_left() { [ -z "$(services)$(networks)" ]; }
check "a first deployment that fails leaves no service and no network" wait_for 20 nothing_left
check "editors without a stack are refused" refused danake.no_stack editors
check "the stack is deployed" shown deploy
check "an editor's longest number is a service" shown editors
check "it answers through the router" [ "$(visit "$long" | cut -c1-8)" = editor-x ]

list '%s\tAda\ns-02\tBarbara\ns-03\tEdith\n' "$long"
# shellcheck disable=SC2086
check "a student more is given to the stack" shown book config rotate $stack
check "an editor of a release that is not there is an error, and says so" refused "No such image" start_editors v9 15s
undo() { timeout 100 "$RUNBOOK" undo last --yes >"$tmp/out" 2>&1 </dev/null; }
check "it is taken back" shown undo
check "and no editor but the former ones is left" [ "$(services | grep -c '^editor-')" = 2 ]

# Nodes.
drain() { # node, availability
  id=$(api n1 "/nodes/$1" | grep -o '"ID":"[^"]*"' | head -n 1 | cut -d'"' -f4)
  version=$(api n1 "/nodes/$id" | grep -o '"Index":[0-9]*' | head -n 1 | cut -d: -f2)
  role=$(api n1 "/nodes/$id" | grep -o '"Role":"[^"]*"' | head -n 1 | cut -d'"' -f4)
  curl -sf --unix-socket "$nodes/n1/s.sock" -X POST -H 'Content-Type: application/json' \
    "http://engine/v1.41/nodes/$id/update?version=$version" -d "{\"Availability\":\"$2\",\"Role\":\"$role\"}"
}
of_nowhere() { # an editor whose node is gone for ever
  curl -sf --unix-socket "$nodes/n1/s.sock" -X POST -H 'Content-Type: application/json' http://engine/v1.41/services/create -d "{\"Name\":\"editor-s-03\",
    \"Labels\":{\"danake.site\":\"danake\",\"danake.role\":\"editor\",\"danake.host\":\"n9\"},\"EndpointSpec\":{\"Mode\":\"dnsrr\"},
    \"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"$registry/danake-editor:v1\"},\"Placement\":{\"Constraints\":[\"node.hostname==n9\"]}}}"
}
of_nowhere >"$tmp/made"
check "an editor of a node that is not there stays, and is named" eval 'shown editors --no-prove && says "s-03. stays on .n9."'
check "the state says why it does not run" refused "no suitable node" book status
curl -sf --unix-socket "$nodes/n1/s.sock" -X DELETE http://engine/v1.41/services/editor-s-03
list '%s\tAda\ns-02\tBarbara\ns-03\tEdith\ns-04\tFrances\ns-05\tGrace\n' "$long"
# shellcheck disable=SC2086
check "more students are given to the stack" shown book config rotate $stack
drain n3 drain
check "a drained node gets no new editor" eval 'shown editors --no-prove && ! api n1 /services | grep -o "danake.host\":\"n3" | grep -q .'
drain n3 active

# Broken off, and taken up again.
list '%s\tAda\ns-02\tBarbara\ns-03\tEdith\ns-04\tFrances\ns-05\tGrace\ns-06\tHedy\ns-07\tIda\n' "$long"
# shellcheck disable=SC2086
check "and more" shown book config rotate $stack
mkfifo "$tmp/events"
# shellcheck disable=SC2086
"$RUNBOOK" "$books/editors.lua" --yes --json --engine "$engine" --confs "$tmp/confs" $site --registry "$registry" --endpoint-mode dnsrr \
  --release v1 --at-once 1 --no-prove >"$tmp/events" 2>/dev/null </dev/null &
runner=$!
while read -r line; do
  case $line in *'"changed":true,'*'"event":"effect.end"'*) kill -9 "$runner" 2>/dev/null ;; esac
done <"$tmp/events"
wait "$runner" 2>/dev/null
resume() { timeout 200 "$RUNBOOK" resume last --yes >"$tmp/out" 2>&1 </dev/null; }
check "a run that was killed while it started editors goes on" shown resume
check "and starts them all, once" [ "$(services | grep -c '^editor-')" = 7 ]
check "nothing is left to do" unchanged editors --no-prove

# Order.
check "a stack with editors on it is not removed" refused danake.editors_running book stop --scope stack
check "nor its configuration" refused danake.live book config remove
check "all is stopped" shown book stop --scope all
swarm kill "$nodes" n3
check "with a node that cannot be reached no data is removed" refused danake.unreachable book nuke --erase danake
volumes() { api n1 /volumes | names | grep -c '^danake_\|^editor-'; }
check "of no node" [ "$(volumes)" -gt 0 ]
